"""Sending back to a stage: it and what followed is asked anew, what came before it stays."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.kinds import ActKind, EnvelopeState, SlotKind, SlotState
from domain.messages import ActFacts, AnsweredAct, SlotPlan, StagePlan
from domain.refusals import RefusalCode
from domain.route import Route
from domain.route_returns import asked_later, start_round
from tests.domain.test_route import NOW, act_on, refusal_of, route_of, stage_of
from tests.domain.test_sending_back import by_sender

SIGN, APPROVE = SlotKind.SIGN, SlotKind.APPROVE
LATER = NOW + timedelta(days=3)


def back_to(route: Route, stage: int, position: int) -> ActFacts:
    """The person of the slot at `position` sends it back to a stage, both from 0."""
    facts = act_on(route, position, ActKind.SEND_BACK)
    return facts.model_copy(update={"stage_id": route.plan.stages[stage].stage_id})


def approved(route: Route, *positions: int) -> None:
    """These acts are accepted, and each time the next stage is asked."""
    for position in positions:
        assert refusal_of(route, act_on(route, position)) is None
        if route.stage_is_met():
            route.open_next_stage(NOW)


def anew(stage: StagePlan, act_id: UUID) -> StagePlan:
    """As the rows copy it: the same people in places of their own."""
    slots = tuple(
        SlotPlan(slot_id=uuid4(), kind=slot.kind, participant_ids=slot.participant_ids)
        for slot in stage.slots
    )
    changes = {"stage_id": uuid4(), "slots": slots, "returned_by": act_id}
    return stage.model_copy(update=changes)


def carried_out(route: Route, facts: ActFacts) -> Route:
    """Its stages have new places, and the first of them is asked."""
    first = [stage.stage_id for stage in route.plan.stages].index(facts.stage_id or uuid4())
    stages = tuple(
        anew(stage, facts.act_id) if first <= index <= route.stage_index else stage
        for index, stage in enumerate(route.plan.stages)
    )
    start_round(route, route.plan.model_copy(update={"stages": stages}))
    route.open_next_stage(LATER)
    return route


def chain() -> Route:
    """Three approvals, then a signature; the third is asked."""
    route = route_of(*(stage_of(kind) for kind in (APPROVE, APPROVE, APPROVE, SIGN)))
    approved(route, 0, 1)
    return route


def test_the_stage_and_those_after_it_are_asked_anew_and_earlier_acts_stay() -> None:
    route = chain()
    first = route.plan.stages[0].slots[0].slot_id
    facts = back_to(route, 1, 2)
    assert refusal_of(route, facts) is None
    carried_out(route, facts)
    assert route.slots[first].state is SlotState.DONE
    assert [slot.state for slot in route.slots.values()] == [
        SlotState.DONE,
        SlotState.ASKED,
        SlotState.WAITING,
        SlotState.WAITING,
    ]
    assert [slot.asked_at for slot in route.asked] == [LATER]
    assert (route.state, route.stage_index) == (EnvelopeState.RUNNING, 1)
    third = route.plan.stages[2].slots[0].participant_ids
    assert asked_later(route, facts.act_id) == third
    approved(route, 1, 2)
    assert route.stage_index == 3


def test_it_may_go_back_to_the_beginning_and_more_than_once() -> None:
    route = chain()
    for stage, position in ((0, 2), (0, 1)):
        facts = back_to(route, stage, position)
        assert refusal_of(route, facts) is None
        carried_out(route, facts)
        assert route.stage_index == 0
        approved(route, 0)
    assert route.rounds == 2
    assert len({verdict.order for verdict in route.verdicts.values()}) == len(route.verdicts)


@pytest.mark.parametrize("target", [2, 3])
def test_only_an_earlier_stage_is_gone_back_to(target: int) -> None:
    route = chain()
    assert refusal_of(route, back_to(route, target, 2)) is RefusalCode.NO_EARLIER_STAGE
    unknown = act_on(route, 2, ActKind.SEND_BACK).model_copy(update={"stage_id": uuid4()})
    assert refusal_of(route, unknown) is RefusalCode.NO_EARLIER_STAGE
    assert route.returning is None


def test_nothing_goes_back_past_a_signature_also_one_that_is_only_being_made() -> None:
    route = route_of(stage_of(APPROVE), stage_of(SIGN), stage_of(APPROVE, SIGN))
    approved(route, 0)
    route.decide(act_on(route, 1))
    route.mark_done(route.plan.stages[1].slots[0].slot_id)
    route.open_next_stage(NOW)
    for stage in (0, 1):
        assert refusal_of(route, back_to(route, stage, 2)) is RefusalCode.SIGNED_SINCE
    parallel = route_of(stage_of(APPROVE), stage_of(APPROVE, SIGN))
    approved(parallel, 0)
    assert refusal_of(parallel, act_on(parallel, 2)) is None
    assert refusal_of(parallel, back_to(parallel, 0, 1)) is RefusalCode.SIGNED_SINCE


def test_signatures_before_the_stage_stay() -> None:
    """The other side has signed first; the own side's approvals go round once more."""
    route = route_of(stage_of(SIGN), stage_of(APPROVE), stage_of(APPROVE))
    route.decide(act_on(route, 0))
    signed = route.plan.stages[0].slots[0].slot_id
    route.mark_done(signed)
    route.open_next_stage(NOW)
    approved(route, 1)
    facts = back_to(route, 1, 2)
    assert refusal_of(route, facts) is None
    assert route.slots[signed].act_id == carried_out(route, facts).slots[signed].act_id
    assert route.slots[signed].state is SlotState.DONE


def test_a_gate_is_entered_anew_and_nobody_is_sent_to_one() -> None:
    gate = StagePlan(stage_id=uuid4(), need=0, slots=(), gate=True)
    route = route_of(stage_of(APPROVE), gate, stage_of(APPROVE))
    approved(route, 0)
    opening = by_sender(route, ActKind.OPEN_GATE).model_copy(update={"stage_id": gate.stage_id})
    assert refusal_of(route, opening) is None
    route.open_next_stage(NOW)
    assert refusal_of(route, back_to(route, 1, 1)) is RefusalCode.NO_EARLIER_STAGE
    facts = back_to(route, 0, 1)
    assert refusal_of(route, facts) is None
    carried_out(route, facts)
    approved(route, 0)
    assert route.waiting_gate is not None


def test_who_posted_before_and_is_decided_after_is_told_that_it_was_sent_back() -> None:
    route = route_of(stage_of(APPROVE), stage_of(APPROVE, APPROVE))
    approved(route, 0)
    late, later = act_on(route, 2), act_on(route, 2)
    facts = back_to(route, 0, 1)
    assert refusal_of(route, facts) is None
    assert refusal_of(route, late) is RefusalCode.SENT_BACK_SINCE
    assert refusal_of(route, by_sender(route, ActKind.EXTEND)) is RefusalCode.RETURN_UNDER_WAY
    assert route.next_reminder_at is None
    carried_out(route, facts)
    assert refusal_of(route, later) is RefusalCode.SENT_BACK_SINCE
    assert refusal_of(route, by_sender(route, ActKind.WITHDRAW)) is None


def test_a_route_from_rows_goes_on_where_the_first_one_stood() -> None:
    route = chain()
    facts = back_to(route, 1, 2)
    route.decide(facts)
    kept = act_on(route, 0)
    answered = tuple(
        AnsweredAct(facts=act, accepted=True, order=order, decided_at=NOW, carried_out=True)
        for order, act in ((1, kept), (3, facts))
    )
    opened = (NOW, NOW, NOW)
    plan = route.plan.model_copy(update={"opened_at": opened, "answered": answered})
    assert Route.of(plan).returning == facts.act_id, "before its stages have new places"
    carried_out(route, facts)
    rows = route.plan.model_copy(
        update={"opened_at": (NOW, LATER), "answered": answered[:1], "answered_before": 3}
    )
    again = Route.of(rows)
    assert [slot.state for slot in again.slots.values()] == [
        slot.state for slot in route.slots.values()
    ]
    assert (again.stage_index, again.rounds) == (route.stage_index, 1)
    assert again.next_order() == 4


def test_sending_back_to_the_sender_stays_what_it_was() -> None:
    route = chain()
    assert refusal_of(route, act_on(route, 2, ActKind.SEND_BACK)) is None
    assert route.state is EnvelopeState.SENT_BACK
    assert route.returning is None
