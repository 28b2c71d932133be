"""What an accepted act changes in the route: one function per kind of act."""

from collections.abc import Callable

from domain import route_candidates
from domain.kinds import ActKind, EnvelopeState, SlotKind, SlotState
from domain.messages import ActFacts
from domain.route_state import UNFILLED, RouteState, SlotRecord


def apply(route: RouteState, facts: ActFacts) -> None:
    """Carry an accepted act over into the route."""
    effect = _EFFECTS.get(facts.kind)
    if effect is not None:
        effect(route, facts)


def _withdraw(route: RouteState, facts: ActFacts) -> None:
    route.ending_act_id = facts.act_id
    route.finish(EnvelopeState.WITHDRAWN)


def _extend(route: RouteState, facts: ActFacts) -> None:
    """A stage's own deadline moves along; the envelope's never comes earlier."""
    later = max(route.plan.deadline_at, facts.deadline_at or route.plan.deadline_at)
    route.plan = route.plan.model_copy(update={"deadline_at": later})
    route.extended = True
    if route.stage_deadline_at is not None:
        route.stage_deadline_at = facts.deadline_at


def _open_gate(route: RouteState, facts: ActFacts) -> None:
    if facts.stage_id is None:  # the rules let no such act through
        raise AssertionError
    route.gates[facts.stage_id] = facts.act_id


def _fill(route: RouteState, facts: ActFacts) -> None:
    record = _known(route, facts)
    record.act_id, record.filled_by = facts.act_id, facts.participant_id
    signs = record.plan.kind is SlotKind.SIGN
    record.state = SlotState.ACTED if signs else SlotState.DONE
    _release_if_rule_is_met(route)


def _decline(route: RouteState, facts: ActFacts) -> None:
    record, person = _known(route, facts), facts.participant_id
    stage = route_candidates.stage_of(route, record.plan.slot_id)
    if stage is None or person is None:  # the rules let no such act through
        raise AssertionError
    route_candidates.say_no(route, stage, person, facts.act_id)
    if not route_candidates.can_be_met(route, stage):
        route.ending_act_id = facts.act_id
        route.finish(EnvelopeState.DECLINED)


def _send_back(route: RouteState, facts: ActFacts) -> None:
    """To the sender: nothing dies, the slots stay asked, and nobody can act. To a stage: nobody
    acts for the moment that it takes (domain.route_returns)."""
    if facts.stage_id is not None:
        route.returning = facts.act_id
        return
    route.state, route.sent_back_by = EnvelopeState.SENT_BACK, facts.act_id


def _resume(route: RouteState, facts: ActFacts) -> None:
    """Reminders whose day came meanwhile are left out: they would all come at once."""
    route.state, route.resumed_by = EnvelopeState.RUNNING, facts.act_id
    route.reminded_until = max(route.reminded_until or facts.posted_at, facts.posted_at)


def _correct(route: RouteState, facts: ActFacts) -> None:
    """Signatures that were accepted before are still made, on the old version, where they stay as
    evidence. Everybody else waits for the new one."""
    route.state, route.correcting = EnvelopeState.SENDING, facts.act_id


def _hand_over(route: RouteState, facts: ActFacts) -> None:
    """Wherever his predecessor was still expected, the new person is; his reminders count from
    his own day. Rows that were read after the act know him already."""
    before, after = facts.participant_id, facts.successor_id
    if before is None or after is None:  # the rules let no such act through
        raise AssertionError
    route.came_by[after] = facts.act_id
    for record in route.slots.values():
        people = record.plan.participant_ids
        if record.state not in UNFILLED or not {before, after}.intersection(people):
            continue
        named = tuple(after if person == before else person for person in people)
        record.plan = record.plan.model_copy(update={"participant_ids": named})
        if record.state is SlotState.ASKED and named == (after,):
            record.asked_at = facts.posted_at
        elif record.state is SlotState.ASKED:
            record.came_at = {**record.came_at, after: facts.posted_at}


def leaves_deputies(route: RouteState, facts: ActFacts) -> bool:
    """Whether a hand-over was somebody's who has a deputy, or is one."""
    deputies = route.plan.deputies
    named = {*deputies, *deputies.values()}
    return facts.kind is ActKind.HAND_OVER and facts.participant_id in named


def follow_deputies(route: RouteState, facts: ActFacts) -> None:
    """The new person and the deputies of before are one person, as his predecessor was with them:
    whoever of them acts, acts for all."""
    before, after = facts.participant_id, facts.successor_id
    if before is None or after is None:  # the rules let no such act through
        raise AssertionError
    known = route.plan.deputies
    deputies = {one: after if of == before else of for one, of in known.items()}
    if before in known:
        deputies[after] = known[before]
    route.plan = route.plan.model_copy(update={"deputies": deputies})


def _deputise(route: RouteState, facts: ActFacts) -> None:
    """Wherever somebody absent is expected, his deputy is too; he stays, and may act himself.
    Rows that were read after the act know the deputy already."""
    absent, deputy = facts.participant_id, facts.successor_id
    if absent is None or deputy is None:  # the rules let no such act through
        raise AssertionError
    route.came_by[deputy] = facts.act_id
    deputies = {**route.plan.deputies, deputy: absent}
    route.plan = route.plan.model_copy(update={"deputies": deputies})
    for record in route.slots.values():
        people = record.plan.participant_ids
        if record.state not in UNFILLED or absent not in people:
            continue
        both = tuple(dict.fromkeys((*people, deputy)))
        record.plan = record.plan.model_copy(update={"participant_ids": both})
        if record.state is SlotState.ASKED:
            record.came_at = {**record.came_at, deputy: facts.posted_at}


def _known(route: RouteState, facts: ActFacts) -> SlotRecord:
    record = route.record_of(facts.slot_id)
    if record is None:  # the rules let no such act through without its slot
        raise AssertionError
    return record


def _release_if_rule_is_met(route: RouteState) -> None:
    stage = route.stage
    if stage is not None and route_candidates.rule_is_met(route, stage):
        route.release(slot.slot_id for slot in stage.slots)


_EFFECTS: dict[ActKind, Callable[[RouteState, ActFacts], None]] = {
    ActKind.SIGN: _fill,
    ActKind.APPROVE: _fill,
    ActKind.CONFIRM: _fill,
    ActKind.DECLINE: _decline,
    ActKind.HAND_OVER: _hand_over,
    ActKind.DEPUTISE: _deputise,
    ActKind.SEND_BACK: _send_back,
    ActKind.RESUME: _resume,
    ActKind.WITHDRAW: _withdraw,
    ActKind.EXTEND: _extend,
    ActKind.CORRECT: _correct,
    ActKind.OPEN_GATE: _open_gate,
}
"""Reminding and asking anew change nothing in the route: what follows is a mail."""
