"""A chain's places put together for one envelope: found when the route is planned, and kept in the
envelope as persons.

Everybody is asked once, and nobody is asked for less than the chain demands of him. Of several
places for one person he keeps one of those in which he has to act, the strongest act first, then
the latest; only who has to act nowhere keeps a place in which others could act instead. What comes
before the other side is not done by what comes behind it: whoever has to act on both is asked
twice, as two persons of the envelope, each with an act of his own. Anybody who
holds a role is somebody who is asked nowhere else, and never the sender nor who made the draft.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from domain.chain_seats import Seat, Sender, Staff, candidates, nobody
from domain.chain_slots import ChainSlot, Who
from domain.chains import ChainStage
from domain.kinds import SlotKind, StageRule
from domain.refusals import Words

_STRENGTH = {SlotKind.CONFIRM: 0, SlotKind.APPROVE: 1, SlotKind.SIGN: 2}

_BESIDE = Words(
    "この段階の前の役割で依頼するため、ここでは依頼しません",
    "asked in this stage already, by another role",
)
_ONLY_SENDER = Words(
    "この役割の人は送信者だけのため、受領者として加えません",
    "only the sender holds this role: nobody is added",
)


@dataclass(frozen=True, order=True)
class _Place:
    """A place that names a person; the greatest is the one that he keeps."""

    binds: bool
    """Whether he has to act there: nobody else of the stage could in his stead."""
    strength: int
    stage: int
    index: int


def seats_of(  # noqa: PLR0913 - the chain, and for whom it is looked at
    stages: Sequence[ChainStage],
    asked: Sequence[bool],
    staff: Staff,
    sender: Sender,
    chosen: Mapping[str, UUID],
    beside: Collection[UUID] = (),
) -> tuple[tuple[Seat, ...], ...]:
    """The places of every stage. Those of a stage that is not asked are looked at by themselves.
    `beside` are members who act in the envelope anyway: they are not asked by their role."""
    rows = [[candidates(slot, staff, sender, chosen) for slot in stage.people] for stage in stages]
    middle = middle_of(stages)
    where = _kept_places(stages, rows, asked, middle)
    fixed = [
        [_left_out(seat, staff, where, (number, index), middle) for index, seat in enumerate(row)]
        if holds
        else row
        for number, (row, holds) in enumerate(zip(rows, asked, strict=True))
    ]
    taken = set(beside) | {
        one
        for row, holds in zip(fixed, asked, strict=True)
        for seat in row
        if holds and seat.slot.who is not Who.ROLE
        for one in seat.people
    }
    found = []
    for number, (row, stage, holds) in enumerate(zip(fixed, stages, asked, strict=True)):
        seats = row
        if holds:
            seats = _by_role(stage, row, staff, taken)
            taken |= {one for seat in seats for one in seat.people}
            seats = _enough(stage, seats, _away(rows[number], seats, where, number, middle))
        found.append(tuple(seats))
    return tuple(found)


def receiving(
    slots: Sequence[ChainSlot],
    acting: Collection[UUID],
    staff: Staff,
    sender: Sender,
    chosen: Mapping[str, UUID],
) -> tuple[Seat, ...]:
    """The recipients' places. Whoever acts gets the documents anyway, and once is enough; a role
    that nobody but the sender holds is for nobody."""
    known, found = set(acting), []
    for slot in slots:
        seat = candidates(slot, staff, sender, chosen)
        if seat.lacks and not seat.people and _only_sender(slot, staff, sender):
            seat = replace(seat, lacks=None, elsewhere=_ONLY_SENDER)
        people = tuple(one for one in seat.people if one not in known)
        known |= set(people)
        found.append(replace(seat, people=people))
    return tuple(found)


def _only_sender(slot: ChainSlot, staff: Staff, sender: Sender) -> bool:
    if slot.who is not Who.ROLE:
        return False
    anybody = replace(sender, member_id=None, maker_id=None)
    everybody = candidates(slot, staff, anybody, {}).people
    return bool(everybody) and sender.themselves.issuperset(everybody)


def needed(stage: ChainStage, seats: Sequence[Seat]) -> int:
    """How many have to act of those who are asked; the others act in another stage."""
    if stage.rule is StageRule.ALL:
        return sum(bool(seat.people) for seat in seats)
    return min(_number(stage), len({one for seat in seats for one in seat.people}))


def middle_of(stages: Sequence[ChainStage]) -> int | None:
    """Where the other side stands among the stages; None where it has no place of its own."""
    return next((index for index, stage in enumerate(stages) if stage.others), None)


def _apart(one: int, other: int, middle: int | None) -> bool:
    """Whether the other side acts between two stages."""
    return middle is not None and (one < middle) != (other < middle)


def _number(stage: ChainStage) -> int:
    """Of those whom a stage names, where not all of them have to act."""
    return 1 if stage.rule is StageRule.ANY else stage.need


_Kept = Mapping[UUID, Sequence[_Place]]
"""Where everybody is asked whom a place means by himself: one place, or two, the other one on the
far side of the other side."""


def _kept_places(
    stages: Sequence[ChainStage],
    rows: Sequence[Sequence[Seat]],
    asked: Sequence[bool],
    middle: int | None,
) -> _Kept:
    found: dict[UUID, list[_Place]] = {}
    for number, (stage, row, holds) in enumerate(zip(stages, rows, asked, strict=True)):
        binds = _all_act(stage, row)
        for index, seat in enumerate(row):
            if holds and seat.slot.who is not Who.ROLE:
                here = _Place(binds, _strength(seat), number, index)
                for one in seat.people:
                    found.setdefault(one, []).append(here)
    where: dict[UUID, list[_Place]] = {}
    for one, places in found.items():
        first = max(places)
        far = [
            place for place in places if place.binds and _apart(first.stage, place.stage, middle)
        ]
        where[one] = [first, max(far)] if far else [first]
    return where


def _nearest(places: Sequence[_Place], here: int, middle: int | None) -> _Place:
    """Of the places that somebody keeps the one on this side, if there is one."""
    same = (place for place in places if not _apart(here, place.stage, middle))
    return next(same, places[0])


def _all_act(stage: ChainStage, row: Sequence[Seat]) -> bool:
    """Whether everybody of a stage has to act, by its rule or because there are no more people."""
    if stage.rule is StageRule.ALL:
        return True
    people = {one for seat in row for one in seat.people}
    named = all(seat.slot.who is not Who.ROLE for seat in row)
    return named and len(people) <= _number(stage)


def _strength(seat: Seat) -> int:
    return _STRENGTH[seat.slot.kind] if seat.slot.kind else 0


def _left_out(
    seat: Seat,
    staff: Staff,
    where: _Kept,
    here: tuple[int, int],
    middle: int | None,
) -> Seat:
    if seat.slot.who is Who.ROLE or not seat.people:
        return seat
    [one] = seat.people
    if here in {(place.stage, place.index) for place in where[one]}:
        return seat
    name, number = staff.people[one].name, _nearest(where[one], here[0], middle).stage + 1
    why = Words(
        f"{name}さんには段階{number}で依頼するため、ここでは依頼しません",
        f"{name} is asked in stage {number} instead",
    )
    return replace(seat, people=(), elsewhere=why)


def _by_role(
    stage: ChainStage, row: Sequence[Seat], staff: Staff, taken: Collection[UUID]
) -> list[Seat]:
    """The places of those who hold a role, with whoever is not asked otherwise: each person in one
    place of the stage only, so that nobody acts in it twice."""
    crowds = {
        index: [one for one in seat.people if one not in taken]
        for index, seat in enumerate(row)
        if seat.slot.who is Who.ROLE and seat.people
    }
    seated = _paired(crowds) if stage.rule is StageRule.ALL else {}
    for index, people in crowds.items():
        for one in people:
            seated.setdefault(one, index)
    found = list(row)
    for index, people in crowds.items():
        slot = row[index].slot
        here = tuple(one for one in people if seated[one] == index)
        if here:
            found[index] = replace(row[index], people=here)
        elif people and stage.rule is not StageRule.ALL:
            found[index] = replace(row[index], people=(), elsewhere=_BESIDE)
        else:
            lacks = nobody(slot, staff, slot.unit_id)
            found[index] = replace(row[index], people=(), lacks=lacks)
    return found


def _paired(crowds: Mapping[int, Sequence[UUID]]) -> dict[UUID, int]:
    """One person for each place, for as many places as possible (augmenting paths)."""
    taken: dict[UUID, int] = {}

    def seat(place: int, seen: set[UUID]) -> bool:
        for person in crowds[place]:
            if person in seen:
                continue
            seen.add(person)
            if person not in taken or seat(taken[person], seen):
                taken[person] = place
                return True
        return False

    for place in crowds:
        seat(place, set())
    return taken


def _away(
    before: Sequence[Seat],
    seats: Sequence[Seat],
    where: _Kept,
    here: int,
    middle: int | None,
) -> list[tuple[_Place, bool]]:
    """Where those act who are named in stage `here` and asked elsewhere; and whether they have to
    act there at least as strongly, on the same side, so that nothing of this stage is lost."""
    asked = {one for seat in seats for one in seat.people}
    strongest: dict[UUID, int] = {}
    for seat in before:
        for one in seat.people if seat.slot.who is not Who.ROLE else ():
            if one not in asked:
                strongest[one] = max(strongest.get(one, 0), _strength(seat))
    return [
        (place, place.binds and place.strength >= wanted and not _apart(here, place.stage, middle))
        for place, wanted in (
            (_nearest(where[one], here, middle), wanted) for one, wanted in strongest.items()
        )
    ]


def _enough(
    stage: ChainStage, seats: list[Seat], away: Iterable[tuple[_Place, bool]]
) -> list[Seat]:
    """Where too few are left of a number, or of any, that is said with the first place. Whoever
    has to act as much elsewhere counts."""
    people = {one for seat in seats for one in seat.people}
    lacking = any(seat.lacks for seat in seats)
    need, gone = _number(stage), list(away)
    met = sum(there for _place, there in gone)
    if stage.rule is StageRule.ALL or len(people) + met >= need or (lacking and not people):
        return seats
    if gone:
        numbers = sorted({place.stage + 1 for place, _met in gone})
        short = Words(
            f"この段階の人には段階{'・'.join(map(str, numbers))}で依頼するため、"
            f"{need}人の対応が必要なこの段階に、依頼できる人が{len(people)}人しかいません。"
            "選んだ人を変えるか、管理者に相談してください。",
            f"Its people are asked in stage {', '.join(map(str, numbers))}, so that only "
            f"{len(people)} of the {need} needed can be asked here. Choose other people, or ask "
            "an administrator.",
        )
    else:
        short = Words(
            f"{need}人の対応が必要ですが、依頼できる人が{len(people)}人しかいません。管理者に相談してください。",
            f"{need} people are needed, but only {len(people)} can be asked. Ask an administrator.",
        )
    first = replace(seats[0], lacks=seats[0].lacks or short, elsewhere=None)
    return [first, *seats[1:]]
