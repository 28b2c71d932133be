"""The finished documents of an envelope."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.attachments import MEDIA_TYPES
from domain.events import Event
from storage import ledger
from storage.handed_in import HandedIn, handed_in
from storage.recipients import chosen_for
from storage.standing import Holder
from storage.tables import Document, Envelope, LedgerEvent, Revision
from storage.vault import Vault
from storage.versions import of_version
from storage.visits import Visiting
from webapp.signer.ranges import StoredFile


@dataclass(frozen=True)
class Finished:
    """A document with its newest revision of the current version."""

    document: Document
    revision: Revision

    @property
    def file(self) -> StoredFile:
        """For hand-over."""
        revision = self.revision
        return StoredFile(revision.blob_id, revision.size, revision.sha256, pdf_name(self.document))


def pdf_name(document: Document) -> str:
    """The name that the sender's file had, always ending in `.pdf`."""
    name = document.file_name or document.title or "document"
    return name if name.lower().endswith(".pdf") else f"{name}.pdf"


def finished_for(session: Session, holder: Holder) -> tuple[Finished, ...]:
    """What one person is handed: everything, or what was chosen for him."""
    chosen = chosen_for(session, holder.participant.id)
    found = finished_documents(session, holder.envelope)
    return tuple(item for item in found if not chosen or item.document.id in chosen)


def attachments_for(session: Session, vault: Vault, holder: Holder) -> tuple[HandedIn, ...]:
    """Files that people handed in with the documents that one person gets."""
    chosen = chosen_for(session, holder.participant.id)
    found = handed_in(session, vault, holder.envelope)
    return tuple(item for item in found if not chosen or item.field.document_id in chosen)


def attachment_file_of(item: HandedIn) -> StoredFile:
    """For hand-over."""
    file = item.file
    return StoredFile(item.blob_id, file.size, file.sha256, file.name, MEDIA_TYPES[file.kind])


def finished_documents(session: Session, envelope: Envelope) -> tuple[Finished, ...]:
    """In the order of the tabs."""
    newest = (
        select(Revision.document_id, func.max(Revision.number).label("number"))
        .where(Revision.version == envelope.version)
        .group_by(Revision.document_id)
        .subquery()
    )
    rows = session.execute(
        select(Document, Revision)
        .join(newest, newest.c.document_id == Document.id)
        .join(
            Revision,
            (Revision.document_id == Document.id)
            & (Revision.version == envelope.version)
            & (Revision.number == newest.c.number),
        )
        .where(Document.envelope_id == envelope.id, of_version(envelope.version))
        .order_by(Document.position)
    )
    return tuple(Finished(document, revision) for document, revision in rows)


def note_download(
    session: Session,
    visiting: Visiting,
    finished: tuple[Finished, ...],
    now: datetime,
    *,
    resumed: bool = False,
) -> None:
    """One event per document that is handed over; `resumed`: none where this visit has one."""
    for item in finished:
        about = {"document": item.document.id, "sha256": item.revision.sha256}
        if not (resumed and _handed_over(session, visiting, Event.DOCUMENT_DOWNLOADED, about)):
            _note(session, visiting, Event.DOCUMENT_DOWNLOADED, now, about)


def note_attachments(
    session: Session,
    visiting: Visiting,
    items: tuple[HandedIn, ...],
    now: datetime,
    *,
    resumed: bool = False,
) -> None:
    """One event per attached file that is handed over; `resumed` as with documents."""
    for item in items:
        about = {"attachment": item.row.id, "sha256": item.file.sha256}
        if not (resumed and _handed_over(session, visiting, Event.ATTACHMENT_DOWNLOADED, about)):
            _note(session, visiting, Event.ATTACHMENT_DOWNLOADED, now, about)


def _handed_over(
    session: Session, visiting: Visiting, event: Event, about: dict[str, object]
) -> bool:
    """Whether the ledger says of this visit already that it was handed these very bytes. All that
    an envelope's ledger has of an event are few, and found by the envelope."""
    said = session.scalars(
        select(LedgerEvent.data).where(
            LedgerEvent.envelope_id == visiting.holder.envelope.id, LedgerEvent.tag == event.value
        )
    )
    wanted = {name: str(value) for name, value in _about(visiting, about).items()}
    return any(wanted.items() <= data.items() for data in said)


def _about(visiting: Visiting, about: dict[str, object]) -> dict[str, object]:
    return {**about, "visit": visiting.visit.id}


def _note(
    session: Session,
    visiting: Visiting,
    event: Event,
    now: datetime,
    about: dict[str, object],
) -> None:
    ledger.append(
        session,
        event,
        at=now,
        actor=f"participant:{visiting.visit.participant_id}",
        envelope_id=visiting.holder.envelope.id,
        data=_about(visiting, about),
    )
