"""A contract that follows another (変更契約, 本契約, 更新契約): what its draft takes over.

People, order and kind are the earlier one's; what is new about it (documents, the message, an
amount that changes) is left open. Nobody's access code goes along, but that one is asked for does.
Nor does anybody get more than before: whoever got chosen documents keeps a choice that names none
of the new ones, so that sending asks for another.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from domain.deals import Deal, Relation, TypedDeal
from domain.drafts import WANTED, TypedDraft, TypedPerson
from domain.kinds import Language
from domain.limits import MAX_TITLE_CHARACTERS
from domain.phones import read_mobile

FOLLOWING = (Relation.AMENDS, Relation.MAIN, Relation.RENEWS)
"""What can be made from a concluded contract's page."""
_CONTRACT = "契約書"
_PROVISIONAL, _MAIN = "仮契約", "本契約"


@dataclass(frozen=True)
class Reached:
    """Where somebody of the earlier contract was reached at last. `seat` is who he was there: name,
    side and part, as a draft's row has them."""

    seat: tuple[str, str, str]
    mail: str
    phone: str = ""
    """E.164, where a code went there."""


def follow_up(
    before: TypedDraft, deal: Deal, number: str, relation: Relation, *, language: Language
) -> TypedDraft:
    """The draft of the later contract. `before` is the earlier one's, `deal` and `number` are what
    the register has of it."""
    people = tuple(_again(person) for person in before.people if not person.untouched)
    return TypedDraft(
        title=title_after(before.title, relation, language),
        deadline_days=before.deadline_days,
        order=before.order,
        purpose=before.purpose,
        chain_id=before.chain_id,
        filled=before.filled,
        amount=deal.as_typed().amount if relation is Relation.MAIN else "",
        contract_kind=deal.kind,
        own=before.own,
        people=people or (TypedPerson(company=deal.partner),),
        stages=before.stages,
        deal=_deal_after(deal, number, relation),
    )


def _again(person: TypedPerson) -> TypedPerson:
    return replace(person, code=WANTED if person.code else "")


def with_last(
    people: tuple[TypedPerson, ...], reached: Iterable[Reached]
) -> tuple[TypedPerson, ...]:
    """Addresses and numbers as they were at last: they may have been corrected under way. Where two
    have one name, nobody knows whose they are, and each keeps what was typed of him."""
    last = list(reached)
    theirs, ours = Counter(one.seat for one in last), Counter(_seat(one) for one in people)
    known = {
        one.seat: one for one in last if theirs[one.seat] == 1 == ours[one.seat] and one.seat[0]
    }
    return tuple(_corrected(person, known.get(_seat(person))) for person in people)


def _seat(person: TypedPerson) -> tuple[str, str, str]:
    return person.name.strip(), person.party, person.kind


def _corrected(person: TypedPerson, last: Reached | None) -> TypedPerson:
    if last is None:
        return person
    found = replace(person, mail=last.mail)
    if last.phone and person.smscode == "1" and read_mobile(person.phone) != last.phone:
        return replace(found, phone=last.phone)
    return found


def title_after(title: str, relation: Relation, language: Language) -> str:
    """What the later contract is called at first; its sender may change it."""
    if language is Language.EN:
        prefix = {Relation.AMENDS: "Amendment: ", Relation.MAIN: "Main contract: "}
        found = prefix.get(relation, "") + title
    elif relation is Relation.MAIN:
        named = title.replace(_PROVISIONAL, _MAIN)
        found = named if named != title else f"{title}（{_MAIN}）"
    elif relation is Relation.AMENDS:
        ends = title.endswith(_CONTRACT)
        found = (
            f"{title.removesuffix(_CONTRACT)}変更{_CONTRACT}" if ends else f"{title}（変更契約）"
        )
    else:
        found = title
    return found[:MAX_TITLE_CHARACTERS]


def _deal_after(deal: Deal, number: str, relation: Relation) -> TypedDeal:
    """A main contract has its provisional one's term; a renewal begins on the day after the end,
    and how long it runs is not guessed; an amendment's term is said by whoever changes it."""
    known = deal.as_typed()
    found = TypedDeal(
        partner=known.partner,
        partner_code=known.partner_code,
        retention_years=known.retention_years,
        relation=relation.value,
        earlier=number,
    )
    if relation is Relation.AMENDS:
        return found
    lasting = replace(found, renews=known.renews, notice_days=known.notice_days)
    if relation is Relation.RENEWS:
        return replace(lasting, begins_on=_day_after(deal.ends_on))
    return replace(lasting, begins_on=known.begins_on, ends_on=known.ends_on)


def _day_after(day: date | None) -> str:
    return (day + timedelta(days=1)).isoformat() if day and day < date.max else ""
