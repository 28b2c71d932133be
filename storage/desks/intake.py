"""Uploaded documents before sending."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.imports import Origin
from domain.kinds import DocumentState, EnvelopeState, RevisionKind
from domain.limits import ALL_PAGE_IMAGES
from domain.mends import Mend
from domain.ports.signatures import InspectedPdf
from domain.refusals import RefusalCode
from storage import ledger
from storage.database import Database
from storage.desks.rows import SYSTEM, locked_envelope, now
from storage.locks import locked
from storage.proposals import keep_found
from storage.repairs import to_prepare, uploaded
from storage.tables import Blob, Document, Envelope, Revision
from storage.texts import keep_texts
from storage.vault import Vault

IMAGES_AT_ONCE = 8
"""Stored in one transaction: a quarter of a second on a slow disk."""
_ONCE = {Event.DOCUMENT_REPAIRED: "repaired"}
_UNCHECKED = frozenset({DocumentState.UPLOADING.value, DocumentState.CHECKING.value})


class StoredIntakeDesk:
    """domain.ports.desks.IntakeDesk on the tables."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def read(self, document_id: UUID) -> bytes:
        """The uploaded bytes. Raises LookupError for an unknown document."""
        with self._database.reading() as session:
            return self._vault.read(session, uploaded(session, document_id).blob_id)

    def kept_as_it_is(self, document_id: UUID) -> bool:
        """Whether it was concluded elsewhere. Raises LookupError for an unknown document."""
        with self._database.reading() as session:
            document = session.get(Document, document_id)
            if document is None:
                raise LookupError(str(document_id))
            origin = session.get_one(Envelope, document.envelope_id).origin
            return origin == Origin.IMPORTED

    def agreed(self, document_id: UUID) -> frozenset[Mend]:
        """What a repaired copy may lack; empty without consent. Raises LookupError."""
        with self._database.reading() as session:
            document = session.get(Document, document_id)
            if document is None:
                raise LookupError(str(document_id))
            agreed = document.mends if document.repair_agreed_at is not None else []
            return frozenset(map(Mend, agreed))

    def _keep(self, document_id: UUID, images: Sequence[bytes], known: Sequence[str]) -> list[str]:
        """Some images in a transaction of their own: each is a file, and whoever writes to SQLite
        meanwhile waits for all of them. The document names what is stored of it so far."""
        with self._database.transaction() as session:
            document = _unchecked(session, document_id)
            if document is None:
                return []
            new = [str(self._vault.put(session, document.id, image)) for image in images]
            document.thumbnail_blob_ids = [*known, *new]
            return new

    def accept(self, document_id: UUID, inspected: InspectedPdf) -> None:
        """The document may be sent; its page images, and its repaired copy if it needed one, are
        stored. The first answer stays."""
        images: list[str] = []
        for start in range(0, len(inspected.images), IMAGES_AT_ONCE):
            some = inspected.images[start : start + IMAGES_AT_ONCE]
            images += self._keep(document_id, some, images)
        with self._database.transaction() as session:
            document = _unchecked(session, document_id)
            if document is None:
                return
            document.state = DocumentState.READY.value
            document.pages, document.signed = inspected.pages, inspected.signed
            document.page_sizes = [list(size) for size in inspected.page_sizes]
            document.taken = [[place.page, *place.rect] for place in inspected.taken]
            document.thumbnail_blob_ids = images
            document.text_blob_id = keep_texts(self._vault, session, document.id, inspected.texts)
            document.found_blob_id = keep_found(self._vault, session, document.id, inspected.found)
            checked = document.sha256
            if inspected.repaired is not None:
                checked = self._keep_copy(session, document, inspected.mends, inspected.repaired)
            data = {"pages": inspected.pages, "sha256": checked}
            _note(session, Event.DOCUMENT_CHECKED, document, data)

    def _keep_copy(
        self, session: Session, document: Document, mends: Iterable[Mend], copy: bytes
    ) -> str:
        """A revision beside the upload, and its hash."""
        blob = session.get_one(Blob, self._vault.put(session, document.id, copy))
        session.add(
            Revision(
                document_id=document.id,
                version=0,
                number=1,
                kind=RevisionKind.REPAIRED.value,
                blob_id=blob.id,
                sha256=blob.sha256,
                size=blob.size,
                created_at=now(),
            )
        )
        document.size, document.mends = blob.size, sorted(mends)
        hashes = {"original": document.sha256, "sha256": blob.sha256}
        _note(session, Event.DOCUMENT_REPAIRED, document, {"mends": document.mends, **hashes})
        return blob.sha256

    def undrawn(self, document_id: UUID) -> range:
        """Pages (from 0) of an accepted document that may still get an image."""
        with self._database.reading() as session:
            document = session.get(Document, document_id)
            if document is None or not _looked_at(document):
                return range(0)
            drawn = len(document.thumbnail_blob_ids)
            return range(drawn, max(drawn, min(document.pages, ALL_PAGE_IMAGES)))

    def base(self, document_id: UUID) -> bytes:
        """The repaired copy where there is one. Raises LookupError for an unknown document."""
        with self._database.reading() as session:
            return self._vault.read(session, to_prepare(session, document_id).blob_id)

    def add_images(self, document_id: UUID, first: int, images: Sequence[bytes]) -> None:
        """Some in each transaction, and none where a step that was repeated has been here. An
        empty one is kept as a gap."""
        for start in range(0, len(images), IMAGES_AT_ONCE):
            with self._database.transaction() as session:
                document = _locked(session, document_id)
                known = document.thumbnail_blob_ids if document is not None else []
                if document is None or not _looked_at(document) or len(known) != first + start:
                    return
                some = images[start : start + IMAGES_AT_ONCE]
                new = [
                    str(self._vault.put(session, document.id, image)) if image else ""
                    for image in some
                ]
                document.thumbnail_blob_ids = [*known, *new]

    def corrects(self, document_id: UUID) -> bool:
        """Whether it is to replace a document of a sent envelope."""
        with self._database.reading() as session:
            document = session.get(Document, document_id)
            return document is not None and document.replaces_id is not None

    def offer_repair(self, document_id: UUID, mends: frozenset[Mend]) -> None:
        """The draft says what a repaired copy would lack, and asks. The first answer stays."""
        with self._database.transaction() as session:
            document = _unchecked(session, document_id)
            if document is None:
                return
            document.state, document.mends = DocumentState.MENDABLE.value, sorted(mends)
            # consent to something else is no consent
            document.repair_agreed_at = document.repair_agreed_by = None
            _note(session, Event.DOCUMENT_MENDABLE, document, {"mends": document.mends})

    def refuse(self, document_id: UUID, code: RefusalCode) -> None:
        """The document may not be sent; the draft says why. The first answer stays."""
        with self._database.transaction() as session:
            document = _unchecked(session, document_id)
            if document is None:
                return
            document.state, document.refusal = DocumentState.REFUSED.value, code.value
            _note(session, Event.DOCUMENT_REFUSED, document, {"code": code})


def _looked_at(document: Document) -> bool:
    """Whether it was accepted and not taken out of its draft."""
    return document.state == DocumentState.READY and document.removed_at is None


def _unchecked(session: Session, document_id: UUID) -> Document | None:
    """The document, locked after its envelope; None once it was answered, or is nobody's."""
    document = _locked(session, document_id)
    return document if document is not None and document.state in _UNCHECKED else None


def _locked(session: Session, document_id: UUID) -> Document | None:
    envelope_id = session.scalar(select(Document.envelope_id).where(Document.id == document_id))
    if envelope_id is None:
        raise LookupError(str(document_id))
    if locked_envelope(session, envelope_id).state == EnvelopeState.DISCARDED:
        return None  # its key is gone: a check that was under way keeps nothing more of it
    return locked(session, Document, document_id)


def _note(session: Session, tag: Event, document: Document, data: dict[str, Any]) -> None:
    session.flush()
    # what was offered may be offered again after a change of rules; every other answer is the last
    once = None if tag is Event.DOCUMENT_MENDABLE else f"{_ONCE.get(tag, 'checked')}:{document.id}"
    ledger.append(
        session,
        tag,
        at=now(),
        actor=SYSTEM,
        envelope_id=document.envelope_id,
        data={"document": document.id, **data},
        once=once,
    )
