"""What an envelope is about, for the members of its own organisation who decide on it."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from domain.refusals import Words
from storage import deputies
from storage.standing import Holder
from storage.tables import Deal, Envelope, Member
from webapp.deals.words import yen
from webapp.language import words

OTHER_AMOUNT = Words(
    "登録されている金額が変わりました。金額を確認してから、もう一度押してください。",
    "The registered amount has changed. Please check it, and press the button again.",
)


@dataclass(frozen=True)
class About:
    """What is looked at before anything is pressed; "" is not known, or nobody."""

    amount: str
    partner: str
    sender: str
    deputy: str = ""
    """In whose absence he is asked."""


def about(session: Session, holder: Holder) -> About:
    """As the register says it now. For the own side alone: others never see the register."""
    deputy = deputies.stands_in(session, holder.participant)
    found = about_envelope(session, holder.envelope)
    return replace(found, deputy=words(deputy)) if deputy is not None else found


def about_envelope(session: Session, envelope: Envelope) -> About:
    """The same of an envelope in which nobody is asked, whose gate waits."""
    deal = session.get(Deal, envelope.id)
    sender = session.get(Member, envelope.created_by)
    named = (sender.department, sender.name) if sender is not None else ()
    return About(
        amount=yen(deal.amount) if deal is not None and deal.amount is not None else "",
        partner=deal.partner if deal is not None else "",
        sender=" ".join(part for part in named if part),
    )
