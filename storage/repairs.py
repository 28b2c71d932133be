"""The sender's consent to a repaired copy, and the bytes that versions are then made from.

The upload stays as the first revision for ever: a repaired copy lies beside it as the second.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import DocumentState
from storage import ledger
from storage.tables import Document, Envelope, Member, OutboxItem, Revision

REPAIR = "repair"
"""Kind of the outbox item that starts the check with the sender's consent."""


def agree_to_repair(  # noqa: PLR0913 - what is agreed to, by whom, when
    session: Session,
    envelope: Envelope,
    document_id: UUID,
    shown: Collection[str],
    member: Member,
    now: datetime,
) -> bool:
    """Record the consent and have the copy made. False, and nothing done, when the document does
    not wait for consent to exactly the mends that the person was shown.

    The caller has locked the draft. Raises LookupError for a document of somebody else.
    """
    document = session.get(Document, document_id)
    if document is None or document.envelope_id != envelope.id or document.removed_at is not None:
        raise LookupError(str(document_id))
    if document.state != DocumentState.MENDABLE or set(document.mends) != set(shown):
        return False
    document.state = DocumentState.CHECKING.value
    document.repair_agreed_at, document.repair_agreed_by = now, member.id
    envelope.changed_at = now
    session.add(
        OutboxItem(
            kind=REPAIR,
            subject_id=document.id,
            generation=_next_generation(session, document.id),
            created_at=now,
        )
    )
    ledger.append(
        session,
        Event.DOCUMENT_REPAIR_AGREED,
        at=now,
        actor=f"member:{member.id}",
        envelope_id=envelope.id,
        data={"document": document.id, "mends": document.mends, "sha256": document.sha256},
    )
    return True


def _next_generation(session: Session, document_id: UUID) -> int:
    """A second consent is asked for when the rules have changed since the first."""
    last = session.scalar(
        select(func.max(OutboxItem.generation)).where(
            OutboxItem.kind == REPAIR, OutboxItem.subject_id == document_id
        )
    )
    return (last or 0) + 1


def uploaded(session: Session, document_id: UUID) -> Revision:
    """The revision that holds the bytes as uploaded. Raises LookupError."""
    return _before_versions(session, document_id)[0]


def to_prepare(session: Session, document_id: UUID) -> Revision:
    """The revision that versions are made from: the upload, or its repaired copy.

    Raises LookupError.
    """
    revisions = _before_versions(session, document_id)
    if not revisions:
        raise LookupError(str(document_id))
    return revisions[-1]


def same_pdf(session: Session, one: UUID, other: UUID) -> bool:
    """Whether versions of both documents are made from the same bytes."""
    found = [_before_versions(session, document_id) for document_id in (one, other)]
    return all(found) and found[0][-1].sha256 == found[1][-1].sha256


def _before_versions(session: Session, document_id: UUID) -> Sequence[Revision]:
    return session.scalars(
        select(Revision)
        .where(Revision.document_id == document_id, Revision.version == 0)
        .order_by(Revision.number)
    ).all()
