"""Slots with several candidates: who may still fill what, and who is not needed any more.

Rule all → a slot for each person; any → one slot, n-of → n slots, each with all candidates. A
person acts once in a stage: by filling one of its slots, or by declining for all that name him.
Somebody absent and his deputy are one person here: whoever of them acts, acts for both.
"""

from collections.abc import Sequence
from uuid import UUID

from domain.kinds import SlotState
from domain.messages import SlotPlan, StagePlan
from domain.route_state import UNFILLED, RouteState, SlotRecord

_FILLED = frozenset({SlotState.ACTED, SlotState.DONE})


def stage_of(route: RouteState, slot_id: UUID) -> StagePlan | None:
    """The stage that a slot belongs to."""
    holds = (stage for stage in route.plan.stages if slot_id in _ids(stage.slots))
    return next(holds, None)


def has_acted(route: RouteState, stage: StagePlan, person: UUID) -> bool:
    """Whether a person, or who stands in for him, has filled a slot of the stage, or declined."""
    wanted = _principal(route, person)
    return any(
        wanted in {_principal(route, one) for one in _acted_in(record)}
        for record in _records(route, stage)
    )


def acted_himself(route: RouteState, stage: StagePlan, person: UUID) -> bool:
    """Whether it was this very person."""
    return any(person in _acted_in(record) for record in _records(route, stage))


def _acted_in(record: SlotRecord) -> set[UUID | None]:
    return {*record.said_no, _filler(record)}


def _principal(route: RouteState, person: UUID | None) -> UUID | None:
    """Whose place it is: a deputy's is that of whom he stands in for."""
    deputies, steps = route.plan.deputies, 0
    while person in deputies and steps < len(deputies):
        person, steps = deputies[person], steps + 1
    return person


def can_be_met(route: RouteState, stage: StagePlan) -> bool:
    """Whether enough slots are filled, or may still be by people who have not acted yet."""
    records = _records(route, stage)
    filled = sum(record.state in _FILLED for record in records)
    still_open = [record for record in records if record.state in UNFILLED]
    willing = [
        sorted(
            {
                _principal(route, person) or person
                for person in _people(record)
                if not has_acted(route, stage, person)
            }
        )
        for record in still_open
    ]
    return filled + _most_pairs(willing) >= stage.need


def rule_is_met(route: RouteState, stage: StagePlan) -> bool:
    """Whether the acts that the rule asks for are accepted, though not all may be carried out."""
    return sum(record.state in _FILLED for record in _records(route, stage)) >= stage.need


def needless(route: RouteState, stage: StagePlan) -> tuple[UUID, ...]:
    """Who was asked in a stage and has not acted himself, in the order of the plan."""
    asked = (
        person
        for record in _records(route, stage)
        if record.asked_at is not None
        for person in _people(record)
        if not acted_himself(route, stage, person)
    )
    return tuple(dict.fromkeys(asked))


def say_no(route: RouteState, stage: StagePlan, person: UUID, act_id: UUID) -> None:
    """He fills no slot of the stage any more; a slot that nobody is left for is declined."""
    for record in _records(route, stage):
        people = _people(record)
        place = _principal(route, person)
        same = tuple(one for one in people if _principal(route, one) == place)
        if not same or record.state not in UNFILLED:
            continue
        record.said_no = (*record.said_no, *same)
        if set(people) <= set(record.said_no):
            record.state, record.act_id = SlotState.DECLINED, act_id


def _records(route: RouteState, stage: StagePlan) -> list[SlotRecord]:
    return [route.slots[slot.slot_id] for slot in stage.slots]


def _ids(slots: Sequence[SlotPlan]) -> set[UUID]:
    return {slot.slot_id for slot in slots}


def _people(record: SlotRecord) -> tuple[UUID, ...]:
    return record.plan.participant_ids


def _filler(record: SlotRecord) -> UUID | None:
    """Who filled the slot; runs that began before slots had several candidates know only one."""
    if record.state not in _FILLED:
        return None
    people = _people(record)
    return record.filled_by or (people[0] if len(people) == 1 else None)


def _most_pairs(willing: Sequence[Sequence[UUID]]) -> int:
    """How many slots can be filled at once by different people (augmenting paths)."""
    taken: dict[UUID, int] = {}

    def place(slot: int, seen: set[UUID]) -> bool:
        for person in willing[slot]:
            if person in seen:
                continue
            seen.add(person)
            if person not in taken or place(taken[person], seen):
                taken[person] = slot
                return True
        return False

    return sum(place(slot, set()) for slot in range(len(willing)))
