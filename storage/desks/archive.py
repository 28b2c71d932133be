"""Completion: every document gets its archive revision, once its signatures are complete."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import EnvelopeState, RevisionKind
from domain.ports.desks import ArchiveTask
from domain.refusals import Refusal, RefusalCode
from storage import ledger
from storage.database import Database
from storage.desks import authority
from storage.desks.rows import (
    SYSTEM,
    documents_in_order,
    known_envelope,
    locked_envelope,
    newest_revision,
    now,
)
from storage.desks.signing import StaleBase, signed_revision
from storage.tables import Document, Envelope, Revision, SignatureIntent
from storage.vault import Vault

_COMPLETABLE = frozenset({EnvelopeState.RUNNING, EnvelopeState.COMPLETING, EnvelopeState.DONE})


class StoredArchiveDesk:
    """domain.ports.desks.ArchiveDesk on the tables."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def unarchived(self, envelope_id: UUID) -> tuple[ArchiveTask, ...]:
        """Documents without an archive revision. Raises Refusal NOT_ALLOWED while a stage's rule
        is unmet in the rows: a message alone completes nothing."""
        with self._database.reading() as session:
            envelope = known_envelope(session, envelope_id)
            _check_complete(session, envelope)
            tasks = [
                _task(session, document, envelope.version)
                for document in documents_in_order(session, envelope_id)
            ]
            return tuple(task for task in tasks if task is not None)

    def read_revision(self, revision_id: UUID) -> bytes:
        """Stored bytes, through the vault."""
        with self._database.reading() as session:
            return self._vault.read(session, session.get_one(Revision, revision_id).blob_id)

    def store_archive(self, document_id: UUID, base_revision_id: UUID, tail: bytes) -> UUID:
        """Store the archive revision (predecessor + tail). The first one stays.

        Raises StaleBase if `base_revision_id` is not the newest revision of the document.
        """
        with self._database.transaction() as session:
            document = session.get_one(Document, document_id)
            envelope = locked_envelope(session, document.envelope_id)
            _check_complete(session, envelope)
            base = newest_revision(session, document_id, envelope.version)
            if base is not None and base.kind == RevisionKind.ARCHIVE:
                return base.id
            if base is None or base.id != base_revision_id or not tail:
                raise StaleBase(str(document_id))
            blob_id = self._vault.append(session, document_id, base.blob_id, tail)
            revision = signed_revision(session, base, blob_id, RevisionKind.ARCHIVE)
            _note(session, envelope, revision)
            return revision.id


def _check_complete(session: Session, envelope: Envelope) -> None:
    if EnvelopeState(envelope.state) not in _COMPLETABLE:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    if not authority.stages_are_met(session, envelope):
        raise Refusal(RefusalCode.NOT_ALLOWED)


def _task(session: Session, document: Document, version: int) -> ArchiveTask | None:
    newest = newest_revision(session, document.id, version)
    if newest is None:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    if newest.kind == RevisionKind.ARCHIVE:
        return None
    fields = session.scalars(
        select(SignatureIntent.field_name)
        .join(Revision, Revision.id == SignatureIntent.revision_id)
        .where(SignatureIntent.document_id == document.id, Revision.version == version)
        .order_by(Revision.number)
    )
    return ArchiveTask(document.id, newest.id, tuple(fields))


def _note(session: Session, envelope: Envelope, revision: Revision) -> None:
    ledger.append(
        session,
        Event.ARCHIVE_STAMPED,
        at=now(),
        actor=SYSTEM,
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data={
            "document": revision.document_id,
            "revision": revision.id,
            "number": revision.number,
            "sha256": revision.sha256,
        },
        once=f"archived:{revision.document_id}:{revision.version}",
    )
