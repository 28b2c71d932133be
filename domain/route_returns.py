"""Sending back to a stage (段階への差し戻し): how far it may go, and how the route goes on.

The stage and all that were opened after it are asked anew, in places of their own: what was done
in them before counts no more and stays as evidence. Stages before it, and the gates among them,
stay as they are, since nothing that they were about has changed. It never goes past a signature:
that stands in the document and cannot be asked for a second time there; only a correction, with
new documents, asks for it anew (house decision 12).
"""

from uuid import UUID

from domain.kinds import EnvelopeState, SlotKind, SlotState
from domain.messages import EnvelopePlan, StagePlan
from domain.refusals import RefusalCode
from domain.route_state import RouteState, SlotRecord

_FILLED = frozenset({SlotState.ACTED, SlotState.DONE})


def objection(route: RouteState, stage_id: UUID) -> RefusalCode | None:
    """Why the open stage cannot be sent back to that one, or None."""
    found = index_of(route, stage_id)
    if found is None or found >= route.stage_index or route.plan.stages[found].gate:
        return RefusalCode.NO_EARLIER_STAGE
    again = route.plan.stages[found : route.stage_index + 1]
    return RefusalCode.SIGNED_SINCE if any(_is_signed(route, stage) for stage in again) else None


def index_of(route: RouteState, stage_id: UUID) -> int | None:
    """Where a stage stands, from 0; None for one that is not of this route."""
    ids = [stage.stage_id for stage in route.plan.stages]
    return ids.index(stage_id) if stage_id in ids else None


def _is_signed(route: RouteState, stage: StagePlan) -> bool:
    """Also where the signature is only being made."""
    records = (route.slots[slot.slot_id] for slot in stage.slots)
    return any(row.plan.kind is SlotKind.SIGN and row.state in _FILLED for row in records)


def start_round(route: RouteState, plan: EnvelopePlan) -> None:
    """The stages that are asked anew have taken the place of those of before; nobody of them is
    asked yet. The same object goes on, so that a decision which waits for its facts meanwhile is
    made on what holds afterwards. Answers stay remembered: no act is decided twice."""
    known = route.slots
    deadline_at = route.plan.deadline_at
    route.plan = plan.model_copy(update={"deadline_at": max(deadline_at, plan.deadline_at)})
    route.slots = {
        slot.slot_id: known.get(slot.slot_id) or SlotRecord(plan=slot)
        for stage in plan.stages
        for slot in stage.slots
    }
    first = next(
        index
        for index, stage in enumerate(plan.stages)
        if stage.returned_by == route.returning and route.returning is not None
    )
    route.stage_index = first - 1
    route.state, route.returning = EnvelopeState.RUNNING, None
    route.stage_deadline_at = route.next_reminder_at = None
    route.rounds += 1
    route.sequence = max(route.sequence, plan.sequence)


def asked_later(route: RouteState, act_id: UUID) -> tuple[UUID, ...]:
    """People whom this sending back concerns and who are not asked at once: they learn now that
    what they did counts no more, or that nothing is asked of them for the moment."""
    now = {person for slot in route.asked for person in slot.plan.participant_ids}
    later = (
        person
        for stage in route.plan.stages
        if stage.returned_by == act_id
        for slot in stage.slots
        for person in route.slots[slot.slot_id].plan.participant_ids
    )
    return tuple(person for person in dict.fromkeys(later) if person not in now)
