"""What people read: the base revisions of the current version, in the order of the tabs."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evidence import ReadDocument, version_sha256
from storage.tables import Document, Envelope, Revision
from storage.versions import of_version


@dataclass(frozen=True)
class ShownDocument:
    """A document of the current version as it is shown: its base revision's blob and hash."""

    document: Document
    revision: Revision

    @property
    def read(self) -> ReadDocument:
        """What evidence keeps of it."""
        return ReadDocument(self.document.id, self.revision.sha256)


def shown_documents(session: Session, envelope: Envelope) -> tuple[ShownDocument, ...]:
    """The current version's documents in the order of the tabs, with their base revisions."""
    rows = session.execute(
        select(Document, Revision)
        .join(Revision, Revision.document_id == Document.id)
        .where(
            Document.envelope_id == envelope.id,
            of_version(envelope.version),
            Revision.version == envelope.version,
            Revision.number == 0,
        )
        .order_by(Document.position)
    )
    return tuple(ShownDocument(document, revision) for document, revision in rows)


def shown_sha256(documents: tuple[ShownDocument, ...]) -> str:
    """What the page, the confirmation and the act carry: domain.evidence.version_sha256."""
    return version_sha256([document.read for document in documents])
