"""The version's base revisions: the bytes that people read, with empty signature fields."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import DocumentState, EnvelopeState, FieldKind, RevisionKind, SlotKind
from domain.ports.desks import PreparedDocument
from domain.refusals import Refusal, RefusalCode
from storage import ledger
from storage.database import Database
from storage.desks.plan import UNDER_WAY
from storage.desks.rows import (
    SYSTEM,
    base_revision,
    current_version_sha256,
    documents_in_order,
    locked_envelope,
    now,
)
from storage.field_rows import placed_fields
from storage.repairs import to_prepare
from storage.tables import Blob, Document, Envelope, Field, Revision, Slot, Stage
from storage.vault import Vault


class StoredPreparationDesk:
    """domain.ports.desks.PreparationDesk on the tables."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def unprepared(self, envelope_id: UUID) -> tuple[PreparedDocument, ...]:
        """Documents of the current version that have no base revision yet, in tab order.

        Every signing slot has its field in every document afterwards. Raises Refusal if the
        envelope is not under way or a document is not ready.
        """
        with self._database.transaction() as session:
            envelope = _under_way(session, envelope_id)
            documents = documents_in_order(session, envelope_id)
            if any(document.state != DocumentState.READY for document in documents):
                raise Refusal(RefusalCode.DOCUMENTS_NOT_READY)
            _add_missing_fields(session, envelope, documents)
            return tuple(
                PreparedDocument(document.id, placed_fields(session, document.id, envelope.version))
                for document in documents
                if base_revision(session, document.id, envelope.version) is None
            )

    def read_upload(self, document_id: UUID) -> bytes:
        """The bytes that a version is made from: as uploaded, or as repaired."""
        with self._database.reading() as session:
            return self._vault.read(session, to_prepare(session, document_id).blob_id)

    def store_version(self, document_id: UUID, data: bytes) -> None:
        """Store the base revision (number 0 of the version). The first one stays."""
        with self._database.transaction() as session:
            document = session.get(Document, document_id)
            if document is None:
                raise LookupError(str(document_id))
            envelope = locked_envelope(session, document.envelope_id)
            if base_revision(session, document_id, envelope.version) is not None:
                return
            if envelope.state != EnvelopeState.SENDING or document.removed_at is not None:
                raise Refusal(RefusalCode.NOT_ALLOWED)
            blob = session.get_one(Blob, self._blob_of(session, document_id, data))
            session.add(
                Revision(
                    document_id=document_id,
                    version=envelope.version,
                    number=0,
                    kind=RevisionKind.VERSION.value,
                    blob_id=blob.id,
                    sha256=blob.sha256,
                    size=blob.size,
                    created_at=now(),
                )
            )

    def _blob_of(self, session: Session, document_id: UUID, data: bytes) -> UUID:
        """An incremental update shares the upload's segments; anything else stands alone."""
        upload = to_prepare(session, document_id)
        tail = data[upload.size :]
        if tail and data.startswith(self._vault.read(session, upload.blob_id)):
            return self._vault.append(session, document_id, upload.blob_id, tail)
        return self._vault.put(session, document_id, data)

    def prepared(self, envelope_id: UUID) -> None:
        """Every document has its base revision: write the event. Raises Refusal otherwise."""
        with self._database.transaction() as session:
            envelope = _under_way(session, envelope_id)
            version_hash = current_version_sha256(session, envelope)
            if version_hash is None:
                raise Refusal(RefusalCode.NOT_PREPARABLE)
            ledger.append(
                session,
                Event.ENVELOPE_PREPARED,
                at=now(),
                actor=SYSTEM,
                envelope_id=envelope_id,
                organisation_id=envelope.organisation_id,
                data={"version": envelope.version, "version_sha256": version_hash},
                once=f"prepared:{envelope_id}:{envelope.version}",
            )


def _under_way(session: Session, envelope_id: UUID) -> Envelope:
    envelope = locked_envelope(session, envelope_id)
    if EnvelopeState(envelope.state) not in UNDER_WAY:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    return envelope


def _add_missing_fields(
    session: Session, envelope: Envelope, documents: Sequence[Document]
) -> None:
    """An invisible field where the sender placed none; names follow the order of the route."""
    slots = session.scalars(
        select(Slot)
        .join(Stage, Stage.id == Slot.stage_id)
        .where(
            Slot.envelope_id == envelope.id,
            Slot.kind == SlotKind.SIGN.value,
            Stage.version == envelope.version,
        )
        .order_by(Stage.position, Slot.position)
    ).all()
    for document in documents:
        known = {field.slot_id for field in _signature_fields(session, document, envelope.version)}
        for number, slot in enumerate(slots, start=1):
            if slot.id not in known:
                session.add(_invisible(document, envelope.version, slot, f"FIELD_{number:04d}"))
    session.flush()


def _invisible(document: Document, version: int, slot: Slot, name: str) -> Field:
    return Field(
        document_id=document.id,
        version=version,
        slot_id=slot.id,
        name=name,
        kind=FieldKind.SIGNATURE.value,
    )


def _signature_fields(session: Session, document: Document, version: int) -> Sequence[Field]:
    return session.scalars(
        select(Field)
        .where(
            Field.document_id == document.id,
            Field.version == version,
            Field.kind == FieldKind.SIGNATURE.value,
        )
        .order_by(Field.name)
    ).all()
