"""What a signer is told of a correction: which documents, when and why; that he is asked anew."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from storage.corrections import correction_before, replaced_by
from storage.standing import Holder
from storage.tables import Act, Document


@dataclass(frozen=True)
class CorrectionNews:
    """The correction that made the version he reads."""

    titles: tuple[str, ...]
    reason: str
    at: datetime
    anew: bool
    """Whether he had read or acted on a version before."""


def correction_news(session: Session, holder: Holder) -> CorrectionNews | None:
    """None on the version that was sent first."""
    row = correction_before(session, holder.envelope)
    if row is None:
        return None
    act = session.get_one(Act, row.act_id)
    named = replaced_by(act.evidence)
    documents = [session.get_one(Document, part.replacement_id) for part in named]
    return CorrectionNews(
        titles=tuple(item.title for item in sorted(documents, key=lambda item: item.position)),
        reason=act.reason,
        at=act.posted_at,
        anew=str(holder.participant.id) in row.concerned,
    )
