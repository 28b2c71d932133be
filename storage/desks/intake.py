"""Uploaded documents before sending."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import DocumentState
from domain.ports.signatures import InspectedPdf
from domain.refusals import RefusalCode
from storage import ledger
from storage.database import Database
from storage.desks.rows import SYSTEM, locked, locked_envelope, now
from storage.tables import Document, Revision
from storage.vault import Vault

_UNCHECKED = frozenset({DocumentState.UPLOADING.value, DocumentState.CHECKING.value})


def uploaded(session: Session, document_id: UUID) -> Revision:
    """The revision that holds the bytes as uploaded. Raises LookupError."""
    revision = session.scalar(
        select(Revision).where(Revision.document_id == document_id, Revision.version == 0)
    )
    if revision is None:
        raise LookupError(str(document_id))
    return revision


class StoredIntakeDesk:
    """domain.ports.desks.IntakeDesk on the tables."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def read(self, document_id: UUID) -> bytes:
        """The uploaded bytes. Raises LookupError for an unknown document."""
        with self._database.reading() as session:
            return self._vault.read(session, uploaded(session, document_id).blob_id)

    def accept(self, document_id: UUID, inspected: InspectedPdf) -> None:
        """The document may be sent; its page images are stored. The first answer stays."""
        with self._database.transaction() as session:
            document = _unchecked(session, document_id)
            if document is None:
                return
            images = [self._vault.put(session, document.id, image) for image in inspected.images]
            document.state = DocumentState.READY.value
            document.pages = inspected.pages
            document.page_sizes = [list(size) for size in inspected.page_sizes]
            document.thumbnail_blob_ids = [str(blob_id) for blob_id in images]
            data = {"pages": inspected.pages, "sha256": document.sha256}
            _note(session, Event.DOCUMENT_CHECKED, document, data)

    def refuse(self, document_id: UUID, code: RefusalCode) -> None:
        """The document may not be sent; the draft says why. The first answer stays."""
        with self._database.transaction() as session:
            document = _unchecked(session, document_id)
            if document is None:
                return
            document.state, document.refusal = DocumentState.REFUSED.value, code.value
            _note(session, Event.DOCUMENT_REFUSED, document, {"code": code})


def _unchecked(session: Session, document_id: UUID) -> Document | None:
    """The document, locked after its envelope; None once it was answered."""
    envelope_id = session.scalar(select(Document.envelope_id).where(Document.id == document_id))
    if envelope_id is None:
        raise LookupError(str(document_id))
    locked_envelope(session, envelope_id)
    document = locked(session, Document, document_id)
    return document if document is not None and document.state in _UNCHECKED else None


def _note(session: Session, tag: Event, document: Document, data: dict[str, Any]) -> None:
    session.flush()
    ledger.append(
        session,
        tag,
        at=now(),
        actor=SYSTEM,
        envelope_id=document.envelope_id,
        data={"document": document.id, **data},
        once=f"checked:{document.id}",
    )
