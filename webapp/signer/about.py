"""What an envelope is about, for the members of its own organisation who decide on it."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from domain.refusals import Words
from storage import deputies
from storage.outgrown import outgrown
from storage.standing import Holder
from storage.tables import Deal, Envelope, Member
from webapp.deals.words import yen
from webapp.language import say, words

OTHER_AMOUNT = Words(
    "登録されている金額が変わりました。金額を確認してから、もう一度押してください。",
    "The registered amount has changed. Please check it, and press the button again.",
)
_OTHER_ROUTE = Words(
    "送信後に取引情報の金額または種類が変わり、今の値では承認ルートの段階が異なります。手続きの前に、差出人に"
    "確かめてください。",
    "Amount or kind changed after sending, and the route would have other stages now. Ask the "
    "sender before you act.",
)


@dataclass(frozen=True)
class About:
    """What is looked at before anything is pressed; "" is not known, or nobody."""

    amount: str
    partner: str
    sender: str
    deputy: str = ""
    """In whose absence he is asked."""
    outgrown: str = ""
    """That the register says by now what would have made another route."""


def about(session: Session, holder: Holder) -> About:
    """As the register says it now. For the own side alone: others never see the register."""
    deputy = deputies.stands_in(session, holder.participant)
    found = about_envelope(session, holder.envelope)
    found = replace(found, outgrown=outgrown_words(session, holder.envelope))
    return replace(found, deputy=words(deputy)) if deputy is not None else found


def outgrown_words(session: Session, envelope: Envelope) -> str:
    """For the own side, before anything is pressed; "" where the route fits."""
    found = outgrown(session, envelope)
    if found is None:
        return ""
    if not found.skipped:
        return words(_OTHER_ROUTE)
    return say(
        "送信後に取引情報の金額または種類が変わりました。今の値なら必要な承認の段階（%(stages)s）が省かれています。手続きの前に、差出人に確かめてください。",
        stages="、".join(found.skipped),
    )


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
