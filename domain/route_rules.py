"""Why the route says no to an act. Reading only: nothing here changes anything."""

from domain.kinds import ACT_OF_SLOT, MEMBER_ACTS, ActKind, EnvelopeState, SlotState
from domain.messages import ActFacts
from domain.refusals import RefusalCode
from domain.route_state import RouteState


def objection(route: RouteState, facts: ActFacts) -> RefusalCode | None:
    """The reason for which an act is refused as things stand, or None."""
    if route.ended or route.state is EnvelopeState.COMPLETING:
        return _too_late(route, facts)
    if facts.version != route.plan.version:
        return RefusalCode.VERSION_REPLACED
    if facts.posted_at > route.plan.deadline_at:
        return RefusalCode.AFTER_DEADLINE
    if facts.kind in MEMBER_ACTS:
        return _to_member(route, facts)
    return _to_slot(route, facts)


def _too_late(route: RouteState, facts: ActFacts) -> RefusalCode:
    record = route.record_of(facts.slot_id)
    if record is not None and record.state in {SlotState.ACTED, SlotState.DONE}:
        return RefusalCode.ALREADY_ACTED
    return RefusalCode.ENVELOPE_ENDED


def _to_member(route: RouteState, facts: ActFacts) -> RefusalCode | None:
    if facts.kind is ActKind.WITHDRAW:
        return None
    if facts.kind is ActKind.EXTEND:
        later = facts.deadline_at is not None and facts.deadline_at > route.plan.deadline_at
        return None if later else RefusalCode.DEADLINE_NOT_LATER
    record = route.record_of(facts.slot_id)
    if record is None:
        return RefusalCode.NOT_ALLOWED
    if record.state is SlotState.ASKED:
        return None
    waiting = record.state is SlotState.WAITING
    return RefusalCode.NOT_ASKED_YET if waiting else RefusalCode.ALREADY_ACTED


def _to_slot(route: RouteState, facts: ActFacts) -> RefusalCode | None:
    record = route.record_of(facts.slot_id)
    if record is None or facts.participant_id not in record.plan.participant_ids:
        return RefusalCode.NOT_YOUR_SLOT
    if record.state is SlotState.WAITING:
        return RefusalCode.NOT_YOUR_TURN
    if record.state is not SlotState.ASKED:
        return RefusalCode.ALREADY_ACTED
    if facts.kind is ActKind.HAND_OVER:
        return None if facts.successor_id else RefusalCode.NOT_ALLOWED
    if facts.kind not in {ACT_OF_SLOT[record.plan.kind], ActKind.DECLINE}:
        return RefusalCode.NOT_ALLOWED
    return None
