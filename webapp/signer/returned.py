"""What somebody is told who is asked once more, since it was sent back to an earlier stage."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from domain.kinds import PartyKind
from storage import returns
from storage.standing import Holder
from storage.tables import Participant, Party


@dataclass(frozen=True)
class ReturnNews:
    """When, and for whom it is meant also why and by whom."""

    at: datetime
    reason: str = ""
    by: str = ""


def return_news(session: Session, holder: Holder) -> ReturnNews | None:
    """None where it was never sent back to his stage or one before it. The other side reads why
    only where it was sent back to them: else it is a word inside a party."""
    act = returns.returned_by(session, holder.slot)
    if act is None or act.participant_id is None:
        return None
    own = session.get_one(Party, holder.participant.party_id).kind == PartyKind.OWN
    if not own and not returns.is_addressed(session, act, holder.participant.id):
        return ReturnNews(act.posted_at)
    by = session.get_one(Participant, act.participant_id)
    return ReturnNews(act.posted_at, act.reason, by.name)
