"""Completion: every document gets its archive revision, once its signatures are complete.

And a fresher one later, where the data of that day were older than a timestamp: `fresher_at` of the
document's row says when, and is what its ArchiveWorkflow goes by.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event, utc_text
from domain.kinds import GONE, RENEWAL_INVALID, EnvelopeState, HindranceKind, RevisionKind
from domain.ports.desks import ArchiveTask, RenewalTask
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
    revision_bytes,
)
from storage.desks.signing import StaleBase, signed_revision
from storage.tables import Document, Envelope, Hindrance, OutboxItem, Revision, SignatureIntent
from storage.vault import Vault

ARCHIVE = "archive"
"""Kind of the outbox item that starts a document's ArchiveWorkflow."""
_REASON_CHARACTERS = 64
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

    def archived(self, envelope_id: UUID) -> tuple[UUID, ...]:
        """The newest revisions of documents that have an archive revision."""
        with self._database.reading() as session:
            envelope = known_envelope(session, envelope_id)
            newest = (
                newest_revision(session, document.id, envelope.version)
                for document in documents_in_order(session, envelope_id)
            )
            return tuple(
                revision.id
                for revision in newest
                if revision is not None and revision.kind == RevisionKind.ARCHIVE
            )

    def read_revision(self, revision_id: UUID) -> bytes:
        """Stored bytes, through the vault."""
        with self._database.reading() as session:
            return revision_bytes(session, self._vault, revision_id)

    def store_archive(
        self,
        document_id: UUID,
        base_revision_id: UUID,
        tail: bytes,
        fresher_at: datetime | None = None,
    ) -> UUID:
        """Store the archive revision (predecessor + tail). The first one stays. With
        `fresher_at`, the start of the document's ArchiveWorkflow is committed too.

        Raises StaleBase if `base_revision_id` is not the newest revision of the document.
        """
        with self._database.transaction() as session:
            document = session.get_one(Document, document_id)
            envelope = locked_envelope(session, document.envelope_id)
            _check_complete(session, envelope)
            base = newest_revision(session, document_id, envelope.version)
            if base is not None and base.kind == RevisionKind.ARCHIVE:
                return base.id
            revision = self._follow(session, base, base_revision_id, tail)
            _note_archive(session, Event.ARCHIVE_STAMPED, envelope, revision)
            _plan(session, envelope, revision, fresher_at)
            return revision.id

    def renewal(self, document_id: UUID) -> RenewalTask | None:
        """What is planned for a document; None when nothing is, it is deleted, or not known. Raises
        Refusal NOT_ALLOWED for one whose newest revision is no archive."""
        with self._database.reading() as session:
            document = session.get(Document, document_id)
            if document is None or document.fresher_at is None:
                return None
            envelope = known_envelope(session, document.envelope_id)
            if EnvelopeState(envelope.state) in GONE:
                return None
            newest = _archived(session, document, envelope)
            fields = _signed_fields(session, document, envelope.version)
            return RenewalTask(document_id, newest.id, fields, document.fresher_at)

    def store_renewal(
        self, document_id: UUID, base_revision_id: UUID, tail: bytes, fresher_at: datetime | None
    ) -> UUID:
        """Store one more archive revision, and when the next one follows. Operators need not look
        at this document any more.

        Raises StaleBase if `base_revision_id` is not the newest revision of the document.
        """
        with self._database.transaction() as session:
            document = session.get_one(Document, document_id)
            envelope = locked_envelope(session, document.envelope_id)
            base = _archived(session, document, envelope)
            revision = self._follow(session, base, base_revision_id, tail)
            _note_archive(session, Event.ARCHIVE_RENEWED, envelope, revision)
            document.fresher_at = fresher_at
            _end_problem(session, document)
            if fresher_at is not None:
                _note_plan(session, envelope, revision, fresher_at)
            return revision.id

    def postpone_renewal(
        self, document_id: UUID, fresher_at: datetime, problem: str = ""
    ) -> datetime:
        """Nothing newer yet: plan it again. A `problem` hinders the envelope, however long ago it
        was completed, until a later renewal of the document succeeds."""
        with self._database.transaction() as session:
            document = session.get_one(Document, document_id)
            envelope = locked_envelope(session, document.envelope_id)
            _archived(session, document, envelope)
            document.fresher_at = fresher_at
            if problem and not _problems(session, document):
                _begin_problem(session, envelope, document, problem[:_REASON_CHARACTERS])
            return fresher_at

    def _follow(
        self, session: Session, base: Revision | None, expected: UUID, tail: bytes
    ) -> Revision:
        if base is None or base.id != expected or not tail:
            raise StaleBase(str(expected))
        blob_id = self._vault.append(session, base.document_id, base.blob_id, tail)
        return signed_revision(session, base, blob_id, RevisionKind.ARCHIVE)


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
    return ArchiveTask(document.id, newest.id, _signed_fields(session, document, version))


def _signed_fields(session: Session, document: Document, version: int) -> tuple[str, ...]:
    fields = session.scalars(
        select(SignatureIntent.field_name)
        .join(Revision, Revision.id == SignatureIntent.revision_id)
        .where(SignatureIntent.document_id == document.id, Revision.version == version)
        .order_by(Revision.number)
    )
    return tuple(fields)


def _archived(session: Session, document: Document, envelope: Envelope) -> Revision:
    newest = newest_revision(session, document.id, envelope.version)
    if newest is None or newest.kind != RevisionKind.ARCHIVE:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    return newest


def _problems(session: Session, document: Document) -> Sequence[Hindrance]:
    """What operators are shown of the document's renewal now."""
    return session.scalars(
        select(Hindrance).where(
            Hindrance.envelope_id == document.envelope_id,
            Hindrance.reason == _problem_reason(document),
            Hindrance.ended_at.is_(None),
        )
    ).all()


def _problem_reason(document: Document) -> str:
    return f"{RENEWAL_INVALID}:{document.id}"


def _begin_problem(session: Session, envelope: Envelope, document: Document, found: str) -> None:
    session.add(
        Hindrance(
            envelope_id=envelope.id,
            kind=HindranceKind.OPERATOR.value,
            reason=_problem_reason(document),
            since=now(),
        )
    )
    session.flush()
    data = {"document": document.id, "reason": found}
    _note(session, Event.OPERATOR_NEEDED, envelope, data)


def _end_problem(session: Session, document: Document) -> None:
    for problem in _problems(session, document):
        problem.ended_at = now()


def _plan(
    session: Session, envelope: Envelope, revision: Revision, fresher_at: datetime | None
) -> None:
    """Whoever stores the first archive revision commits the start of what follows it."""
    if fresher_at is None:
        return
    session.get_one(Document, revision.document_id).fresher_at = fresher_at
    session.add(OutboxItem(kind=ARCHIVE, subject_id=revision.document_id, created_at=now()))
    _note_plan(session, envelope, revision, fresher_at)


def _note_archive(session: Session, tag: Event, envelope: Envelope, revision: Revision) -> None:
    data = {
        "document": revision.document_id,
        "revision": revision.id,
        "number": revision.number,
        "sha256": revision.sha256,
    }
    once = f"archived:{revision.document_id}:{revision.version}"
    if tag is Event.ARCHIVE_RENEWED:
        once = f"{once}:{revision.number}"
    _note(session, tag, envelope, data, once)


def _note_plan(
    session: Session, envelope: Envelope, revision: Revision, fresher_at: datetime
) -> None:
    data = {"document": revision.document_id, "after": utc_text(fresher_at)}
    _note(session, Event.ARCHIVE_PLANNED, envelope, data, f"fresher:{revision.id}")


def _note(
    session: Session, tag: Event, envelope: Envelope, data: dict[str, Any], once: str | None = None
) -> None:
    ledger.append(
        session,
        tag,
        at=now(),
        actor=SYSTEM,
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data=data,
        once=once,
    )
