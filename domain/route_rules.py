"""Why the route says no to an act. Reading only: nothing here changes anything."""

from collections.abc import Callable

from domain import route_candidates, route_returns
from domain.kinds import ACT_OF_SLOT, MEMBER_ACTS, ActKind, EnvelopeState, SlotState
from domain.messages import ActFacts
from domain.refusals import RefusalCode
from domain.route_state import RouteState, SlotRecord

_WHILE_SENT_BACK = frozenset(
    {ActKind.WITHDRAW, ActKind.EXTEND, ActKind.RESUME, ActKind.CORRECT, ActKind.READDRESS}
)
"""Everything else waits until the sender has decided. What follows his decision goes to the
addresses of then, so that a wrong one is corrected before."""


_OPEN_TO_ALL = frozenset({ActKind.DECLINE, ActKind.SEND_BACK, ActKind.FRESH_LINK})


def objection(route: RouteState, facts: ActFacts) -> RefusalCode | None:
    """The reason for which an act is refused as things stand, or None."""
    if route.ended or route.state is EnvelopeState.COMPLETING:
        return _too_late(route, facts)
    moved = _to_moved(route, facts)
    if moved is not None:
        return moved
    if facts.posted_at > route.deadline_at:
        return RefusalCode.AFTER_DEADLINE
    if route.state is EnvelopeState.SENT_BACK and facts.kind not in _WHILE_SENT_BACK:
        return RefusalCode.SENT_BACK_NOW
    if facts.kind in MEMBER_ACTS:
        return _to_member(route, facts)
    return _to_slot(route, facts)


def _to_moved(route: RouteState, facts: ActFacts) -> RefusalCode | None:
    """To what was posted before the route moved under it, or while it does."""
    if route.correcting is not None or facts.version != route.plan.version:
        return _to_replaced(route, facts)
    member = facts.kind in MEMBER_ACTS
    if route.returning is not None:
        return RefusalCode.RETURN_UNDER_WAY if member else RefusalCode.SENT_BACK_SINCE
    gone = not member and route.rounds and route.record_of(facts.slot_id) is None
    return RefusalCode.SENT_BACK_SINCE if gone else None


def _to_replaced(route: RouteState, facts: ActFacts) -> RefusalCode:
    """A member tries again in a moment; everybody else reads the new version first."""
    soon = route.correcting is not None and facts.kind in MEMBER_ACTS
    return RefusalCode.CORRECTION_UNDER_WAY if soon else RefusalCode.VERSION_REPLACED


def _too_late(route: RouteState, facts: ActFacts) -> RefusalCode:
    record = route.record_of(facts.slot_id)
    if record is not None and record.state in {SlotState.ACTED, SlotState.DONE}:
        return RefusalCode.ALREADY_ACTED
    return RefusalCode.ENVELOPE_ENDED


def _to_member(route: RouteState, facts: ActFacts) -> RefusalCode | None:
    if facts.kind is ActKind.WITHDRAW:
        return None
    own = _OWN_RULES.get(facts.kind)
    if own is not None:
        return own(route, facts)
    record = route.record_of(facts.slot_id)
    if record is None:
        return None if _is_of_recipient(facts) else RefusalCode.NOT_ALLOWED
    if record.state is SlotState.ASKED or corrects_ahead(route, facts):
        return None
    waiting = record.state is SlotState.WAITING
    return RefusalCode.NOT_ASKED_YET if waiting else RefusalCode.ALREADY_ACTED


def corrects_ahead(route: RouteState, facts: ActFacts) -> bool:
    """Whether it is an address of somebody whose turn has not come: nothing went there yet."""
    record = route.record_of(facts.slot_id)
    waits = record is not None and record.state is SlotState.WAITING
    return waits and facts.kind is ActKind.READDRESS


def corrects_while_sent_back(route: RouteState, facts: ActFacts) -> bool:
    """Whether it is an address while everything stands still: nothing is mailed for the moment."""
    return route.state is EnvelopeState.SENT_BACK and facts.kind is ActKind.READDRESS


def _is_of_recipient(facts: ActFacts) -> bool:
    """He fills no slot; whether the person who is named is one, the rows have judged."""
    named = facts.slot_id is None and facts.about_id is not None
    return named and facts.kind is ActKind.READDRESS


def _to_opening(route: RouteState, facts: ActFacts) -> RefusalCode | None:
    gate = route.waiting_gate
    waits = gate is not None and gate.stage_id == facts.stage_id
    return None if waits else RefusalCode.GATE_NOT_WAITING


def _to_extending(route: RouteState, facts: ActFacts) -> RefusalCode | None:
    later = facts.deadline_at is not None and facts.deadline_at > route.deadline_at
    return None if later else RefusalCode.DEADLINE_NOT_LATER


def _to_resuming(route: RouteState, _: ActFacts) -> RefusalCode | None:
    if route.state is not EnvelopeState.SENT_BACK:
        return RefusalCode.NOT_SENT_BACK
    return RefusalCode.CORRECTION_FAILED if route.plan.unprepared else None


def _to_correcting(route: RouteState, _: ActFacts) -> RefusalCode | None:
    """Between the first request and the last act: what all have agreed to, nobody corrects."""
    if route.everybody_acted():
        return RefusalCode.EVERYBODY_ACTED
    asked = route.state in {EnvelopeState.RUNNING, EnvelopeState.SENT_BACK}
    return None if asked else RefusalCode.NOT_ALLOWED


_OWN_RULES: dict[ActKind, Callable[[RouteState, ActFacts], RefusalCode | None]] = {
    ActKind.RESUME: _to_resuming,
    ActKind.CORRECT: _to_correcting,
    ActKind.EXTEND: _to_extending,
    ActKind.OPEN_GATE: _to_opening,
}


def _to_slot(route: RouteState, facts: ActFacts) -> RefusalCode | None:
    record = route.record_of(facts.slot_id)
    if record is None or facts.participant_id not in record.plan.participant_ids:
        return RefusalCode.NOT_YOUR_SLOT
    if record.state is SlotState.WAITING:
        return RefusalCode.NOT_YOUR_TURN
    stage = route_candidates.stage_of(route, record.plan.slot_id)
    acted = stage is not None and route_candidates.acted_himself(route, stage, facts.participant_id)
    if acted or record.state is not SlotState.ASKED:
        return RefusalCode.ALREADY_ACTED if acted else _closed(route, record)
    if stage is not None and route_candidates.has_acted(route, stage, facts.participant_id):
        return RefusalCode.NO_LONGER_NEEDED  # his deputy has, or whom he stands in for
    return _to_asked(route, facts, record)


def _to_asked(route: RouteState, facts: ActFacts, record: SlotRecord) -> RefusalCode | None:
    """Of somebody whose turn it is."""
    if facts.kind is ActKind.SEND_BACK and facts.stage_id is not None:
        return route_returns.objection(route, facts.stage_id)
    # Whether he may send back or hand over, the rows have judged.
    open_to_him = {ACT_OF_SLOT[record.plan.kind], *_OPEN_TO_ALL}
    if facts.successor_id is not None:
        open_to_him |= {ActKind.HAND_OVER, ActKind.DEPUTISE}
    return None if facts.kind in open_to_him else RefusalCode.NOT_ALLOWED


def _closed(route: RouteState, record: SlotRecord) -> RefusalCode:
    """Why a slot that somebody else filled, or that was released, takes no act of another."""
    if len(record.plan.participant_ids) == 1 and record.state is not SlotState.RELEASED:
        return RefusalCode.ALREADY_ACTED
    stage = route_candidates.stage_of(route, record.plan.slot_id)
    others = stage is not None and any(
        route.slots[slot.slot_id].state is SlotState.ASKED for slot in stage.slots
    )
    return RefusalCode.SLOT_TAKEN if others else RefusalCode.NO_LONGER_NEEDED
