"""Recipients of chosen documents: who gets which of the finished ones."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.tables import Document, ParticipantDocument


def chosen_for(session: Session, participant_id: UUID) -> frozenset[UUID]:
    """Ids of the documents that were chosen for somebody; empty for who gets all of them."""
    return frozenset(
        session.scalars(
            select(ParticipantDocument.document_id).where(
                ParticipantDocument.participant_id == participant_id
            )
        )
    )


def handed_to(
    session: Session, participant_id: UUID, documents: Sequence[Document]
) -> tuple[Document, ...]:
    """The documents that somebody gets, in their order."""
    chosen = chosen_for(session, participant_id)
    return tuple(document for document in documents if not chosen or document.id in chosen)


def choose_instead(session: Session, replaced: Mapping[UUID, UUID]) -> None:
    """Who was to get a document gets the one that replaces it; the old choice stays as a record."""
    rows = session.scalars(
        select(ParticipantDocument).where(ParticipantDocument.document_id.in_(list(replaced)))
    ).all()
    for row in rows:
        after = replaced[row.document_id]
        session.add(ParticipantDocument(participant_id=row.participant_id, document_id=after))
    session.flush()
