"""Places of a chain in which nobody could act, as members, roles and departments are now.

A place that depends on the sender's department is looked at for each department from which somebody
sends: where it is empty for all of them, the chain cannot be used at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from uuid import UUID

from domain.chain_conditions import Condition, among
from domain.chain_finding import Finding
from domain.chain_seats import Seat, Sender, Staff, candidates
from domain.chain_slots import SENDERS, ChainSlot, Who
from domain.chains import ChainStage
from domain.kinds import StageRule
from domain.permissions import allowed
from domain.refusals import Words

_MAX_NAMED = 5
_SENDING = "envelope.send"

_GONE = Words(
    "一覧から削除された部署が使われています。部署を選び直してください。",
    "A department was removed from the list. Choose another one.",
)
_NO_SENDERS = Words(
    "部署に所属する送信者がいないため、送信者の部署では誰も決まりません。利用者の所属を登録してください。",
    "Nobody who sends belongs to a department: enter the members’ departments first.",
)


def vacancies(stages: Sequence[ChainStage], staff: Staff) -> Iterable[Finding]:
    """Places that stay empty, and stages with fewer people than have to act."""
    units = _sending_units(staff)
    for index, stage in enumerate(stages):
        for place, slot in enumerate(stage.people):
            yield from _vacancy(stage, index, place, slot, staff, units)
        yield from _short(stage, index, staff)
    yield from _same_people(stages, staff)


def unreceived(recipients: Sequence[ChainSlot], staff: Staff) -> Iterable[Finding]:
    """Recipients' places that stay empty."""
    units = _sending_units(staff)
    nowhere = ChainStage("", StageRule.ALL, 0, None, ())
    for number, slot in enumerate(recipients):
        for one in _vacancy(nowhere, 0, 0, slot, staff, units):
            words = Words(f"受領者：{one.words.ja}", f"Recipient: {one.words.en}")
            part = _FIELD[slot.who]
            yield Finding(words, error=one.error, part=part, recipient=number)


def _vacancy(  # noqa: PLR0913 - the place, and what it is looked at with
    stage: ChainStage,
    index: int,
    place: int,
    slot: ChainSlot,
    staff: Staff,
    units: Sequence[UUID],
) -> Iterable[Finding]:
    part = f"people-{place}-{_FIELD[slot.who]}"
    if slot.who is Who.FILLED:
        return
    if slot.unit_id is not None and slot.unit_id not in staff.units:
        yield Finding(_GONE, index, error=True, part=part)
    elif slot.unit != SENDERS:
        lacks = candidates(slot, staff, Sender(), {}).lacks
        if lacks is not None:
            yield Finding(lacks, index, error=True, part=part)
    else:
        yield from _by_sender(stage, index, part, slot, staff, units)


_FIELD = {Who.MEMBER: "member", Who.ROLE: "role", Who.HEAD: "unit", Who.FILLED: "label"}


def _by_sender(  # noqa: PLR0913 - the same
    stage: ChainStage, index: int, part: str, slot: ChainSlot, staff: Staff, units: Sequence[UUID]
) -> Iterable[Finding]:
    wanted = stage.condition.departments
    looked = [unit for unit in units if not wanted or among(staff.units[unit].name, wanted)]
    if not looked:
        yield Finding(_NO_SENDERS, index, error=True, part=part)
        return
    empty = {
        unit: found.lacks
        for unit in looked
        if (found := candidates(slot, staff, Sender(department_id=unit), {})).lacks is not None
    }
    if not empty:
        return
    if len(empty) == 1:
        [said] = empty.values()
    else:
        said = _everywhere(empty, slot, staff)
    yield Finding(said, index, error=len(empty) == len(looked), part=part)


def _everywhere(empty: Mapping[UUID, Words | None], slot: ChainSlot, staff: Staff) -> Words:
    names = [staff.units[unit].name for unit in empty][:_MAX_NAMED]
    more = len(empty) - len(names)
    ja = "・".join(names) + (f"ほか{more}部署" if more else "")
    en = ", ".join(names) + (f" and {more} more" if more else "")
    if slot.who is Who.HEAD:
        return Words(
            f"部署長がいない部署があります：{ja}。そこから送信する人は、この承認ルートを使えません。",
            f"These departments have no head, and cannot use the route: {en}.",
        )
    return Words(
        f"この役割の人がいないか、多すぎる部署があります：{ja}。そこから送信する人は、この承認ルートを使えません。",
        f"In these departments nobody holds the role, or too many do; they cannot use the "
        f"route: {en}.",
    )


def _sending_units(staff: Staff) -> list[UUID]:
    """Departments from which somebody sends."""
    found = {
        one.department_id
        for one in staff.people.values()
        if one.active and one.department_id in staff.units and allowed(tuple(one.roles), _SENDING)
    }
    return [unit for unit in staff.units if unit in found]


def _short(stage: ChainStage, index: int, staff: Staff) -> Iterable[Finding]:
    """A number that is more than there are people; what depends on the sender is not counted."""
    if stage.rule is not StageRule.N_OF or any(
        slot.who is Who.FILLED or slot.unit == SENDERS for slot in stage.people
    ):
        return
    seats: list[Seat] = [candidates(slot, staff, Sender(), {}) for slot in stage.people]
    people = {one for seat in seats for one in seat.people}
    if people and len(people) < stage.need:
        yield Finding(
            Words(
                f"{stage.need}人の対応が必要ですが、当てはまる人は{len(people)}人です。",
                f"{stage.need} people are needed, but only {len(people)} fit.",
            ),
            index,
            error=True,
            part="need",
        )


def _same_people(stages: Sequence[ChainStage], staff: Staff) -> Iterable[Finding]:
    """Everybody acts once: whom an earlier stage asks by their role is nobody for a later one."""
    crowds = [
        (index, place, slot, set(candidates(slot, staff, Sender(), {}).people))
        for index, stage in enumerate(stages)
        for place, slot in enumerate(stage.people)
        if slot.who is Who.ROLE and slot.unit != SENDERS
    ]
    said: set[int] = set()
    for (first, _place, _slot, before), (index, place, _later, people) in combinations(crowds, 2):
        if index in said or not people or not people <= before:
            continue
        if first == index or _together(stages[first].condition, stages[index].condition):
            said.add(index)
            yield Finding(
                Words(
                    f"段階{first + 1}と同じ人になり、この段階に依頼できる人がいません。"
                    "1人は1回だけです。",
                    f"Stage {first + 1} asks the same people, so that nobody is left for this "
                    "one: everybody acts once.",
                ),
                index,
                error=True,
                part=f"people-{place}-role",
            )


def _together(one: Condition, other: Condition) -> bool:
    """Whether some envelope meets both."""
    least = max(one.least or 0, other.least or 0)
    below = [end for end in (one.below, other.below) if end is not None]
    return (
        (not below or least < min(below))
        and _overlap(one.kinds, other.kinds)
        and _overlap(one.departments, other.departments)
    )


def _overlap(some: Sequence[str], others: Sequence[str]) -> bool:
    return not some or not others or any(among(name, others) for name in some)
