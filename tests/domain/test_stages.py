"""Slots with several candidates, deadlines of stages, gates: the route algebra of each."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.kinds import ActKind, EnvelopeState, SlotKind, SlotState
from domain.messages import ActFacts, AnsweredAct, StagePlan
from domain.refusals import RefusalCode
from domain.route import Route
from domain.route_candidates import needless
from domain.route_reminders import gate_due
from tests.domain.test_route import DEADLINE, NOW, act_on, refusal_of, route_of, stage_of
from tests.workflows.fakes import gate, shared

SIGN, APPROVE = SlotKind.SIGN, SlotKind.APPROVE
ANNA, BEN, CLEO = uuid4(), uuid4(), uuid4()


def opening(stage: StagePlan) -> ActFacts:
    """Its resolution is entered."""
    return ActFacts(
        act_id=uuid4(),
        kind=ActKind.OPEN_GATE,
        posted_at=NOW,
        version=1,
        stage_id=stage.stage_id,
    )


def by(route: Route, person: UUID, kind: ActKind | None = None, position: int = 0) -> ActFacts:
    """An act on the slot at `position`."""
    return act_on(route, position, kind, participant_id=person)


def test_of_several_candidates_one_signs_and_the_others_are_not_needed() -> None:
    route = route_of(shared(ANNA, BEN, CLEO))
    first, second = by(route, BEN), by(route, ANNA)
    assert refusal_of(route, first) is None
    assert refusal_of(route, second) is RefusalCode.NO_LONGER_NEEDED
    assert needless(route, route.plan.stages[0]) == (ANNA, CLEO)
    assert [verdict.act_id for verdict in route.unsigned()] == [first.act_id]


def test_two_of_three_take_two_acts_of_two_people() -> None:
    route = route_of(shared(ANNA, BEN, CLEO, need=2, kind=APPROVE))
    assert refusal_of(route, by(route, ANNA)) is None
    assert refusal_of(route, by(route, ANNA, position=1)) is RefusalCode.ALREADY_ACTED
    assert refusal_of(route, by(route, BEN)) is RefusalCode.SLOT_TAKEN
    assert not route.stage_is_met()
    assert refusal_of(route, by(route, BEN, position=1)) is None
    assert route.all_stages_met()
    assert needless(route, route.plan.stages[0]) == (CLEO,)
    assert refusal_of(route, by(route, CLEO, position=1)) is RefusalCode.NO_LONGER_NEEDED


def test_a_decline_ends_it_only_when_too_few_are_left() -> None:
    route = route_of(shared(ANNA, BEN, CLEO, need=2))
    assert refusal_of(route, by(route, ANNA, ActKind.DECLINE)) is None
    assert not route.ended
    assert refusal_of(route, by(route, ANNA, position=1)) is RefusalCode.ALREADY_ACTED
    last = by(route, CLEO, ActKind.DECLINE)
    assert refusal_of(route, last) is None
    assert route.state is EnvelopeState.DECLINED
    assert route.ending_act_id == last.act_id


def test_who_signed_already_is_not_counted_twice_for_those_who_are_left() -> None:
    """Two are needed; one signed, one declined: the third is still awaited."""
    route = route_of(shared(ANNA, BEN, CLEO, need=2))
    route.decide(by(route, ANNA))
    route.decide(by(route, BEN, ActKind.DECLINE, position=1))
    assert route.state is EnvelopeState.RUNNING
    assert refusal_of(route, by(route, CLEO, position=1)) is None


def test_the_only_candidate_left_declines_the_slot() -> None:
    route = route_of(shared(ANNA, BEN))
    route.decide(by(route, ANNA, ActKind.DECLINE))
    route.decide(by(route, BEN, ActKind.DECLINE))
    assert route.state is EnvelopeState.DECLINED
    assert [slot.state for slot in route.slots.values()] == [SlotState.DECLINED]


def test_a_candidate_hands_over_and_the_new_person_may_act() -> None:
    route = route_of(shared(ANNA, BEN))
    named = by(route, ANNA, ActKind.HAND_OVER).model_copy(update={"successor_id": CLEO})
    assert refusal_of(route, named) is None
    assert refusal_of(route, by(route, ANNA)) is RefusalCode.NOT_YOUR_SLOT
    assert refusal_of(route, by(route, CLEO)) is None
    assert needless(route, route.plan.stages[0]) == (BEN,)


def test_a_gate_holds_everybody_back_until_it_is_opened() -> None:
    wait = gate()
    route = route_of(stage_of(APPROVE), wait, stage_of(SIGN))
    assert refusal_of(route, opening(wait)) is RefusalCode.GATE_NOT_WAITING
    route.decide(act_on(route, 0))
    route.open_next_stage(NOW)
    assert route.waiting_gate == wait
    assert not route.asked
    assert route.next_reminder_at == NOW.replace(hour=0) + timedelta(days=7)
    reminded = NOW + timedelta(days=7)
    assert gate_due(route, NOW + timedelta(days=6)) is None
    assert gate_due(route, reminded) is route.waiting_gate is not None
    assert route.remind(reminded) == ()
    assert gate_due(route, reminded) is None
    assert refusal_of(route, act_on(route, 1)) is RefusalCode.NOT_YOUR_TURN
    act = opening(wait)
    assert refusal_of(route, act) is None
    assert route.gates == {wait.stage_id: act.act_id}
    assert route.stage_is_met()
    assert route.waiting_gate is None
    assert refusal_of(route, opening(wait)) is RefusalCode.GATE_NOT_WAITING
    route.open_next_stage(NOW)
    assert refusal_of(route, act_on(route, 1)) is None


def test_a_gate_at_the_end_is_met_too_and_may_be_withdrawn_at() -> None:
    wait = gate()
    route = route_of(wait)
    withdrawn = Route.model_validate_json(route.model_dump_json())
    route.decide(opening(wait))
    assert route.all_stages_met()
    act = act_on(route_of(stage_of(SIGN)), 0, ActKind.WITHDRAW)
    assert refusal_of(withdrawn, act) is None
    assert withdrawn.state is EnvelopeState.WITHDRAWN
    assert refusal_of(withdrawn, opening(wait)) is RefusalCode.ENVELOPE_ENDED


def timed(days: int) -> StagePlan:
    """One signer, with a deadline of its own."""
    return stage_of(SIGN).model_copy(update={"deadline_days": days})


def test_a_stage_has_its_own_deadline_from_the_day_it_was_asked() -> None:
    route = route_of(timed(5))
    assert route.deadline_at < NOW + timedelta(days=6) < DEADLINE
    late = act_on(route, 0, posted_at=NOW + timedelta(days=6))
    assert refusal_of(route, late) is RefusalCode.AFTER_DEADLINE
    in_time = act_on(route, 0, posted_at=NOW + timedelta(days=5))
    assert refusal_of(route, in_time) is None


def test_reminders_never_pass_a_stage_s_deadline() -> None:
    assert route_of(timed(5)).next_reminder_at is None
    assert route_of(timed(10)).next_reminder_at is not None


def test_a_stage_s_deadline_never_outlives_the_envelope_s_and_ends_with_its_stage() -> None:
    assert route_of(timed(200)).deadline_at == DEADLINE
    route = route_of(timed(5), stage_of(SIGN))
    route.decide(act_on(route, 0))
    route.open_next_stage(NOW)
    assert route.deadline_at == DEADLINE


def extension(days: int) -> ActFacts:
    """The sender gives more time."""
    return ActFacts(
        act_id=uuid4(),
        kind=ActKind.EXTEND,
        posted_at=NOW,
        version=1,
        deadline_at=NOW + timedelta(days=days),
    )


def test_extending_moves_the_stage_s_deadline_and_never_shortens_the_envelope_s() -> None:
    route = route_of(timed(5))
    assert refusal_of(route, extension(3)) is RefusalCode.DEADLINE_NOT_LATER
    assert refusal_of(route, extension(20)) is None
    assert route.deadline_at == NOW + timedelta(days=20)
    assert route.plan.deadline_at == DEADLINE
    assert refusal_of(route, extension(40)) is None
    assert route.deadline_at == route.plan.deadline_at == NOW + timedelta(days=40)


@pytest.mark.parametrize("moved", [False, True])
def test_a_second_route_knows_opened_gates_and_moved_deadlines(moved: bool) -> None:
    """Read from rows after the first workflow is gone."""
    wait = gate()
    route = route_of(wait, timed(5))
    acts = [opening(wait)]
    route.decide(acts[0])
    opened = [NOW, NOW + timedelta(minutes=2)]
    route.open_next_stage(opened[1])
    if moved:
        acts.append(extension(20))
        route.decide(acts[1])
    answered = tuple(
        AnsweredAct(
            facts=act,
            accepted=True,
            order=order,
            decided_at=NOW + timedelta(minutes=2 * order - 1),
            carried_out=True,
        )
        for order, act in enumerate(acts, start=1)
    )
    rows = {"opened_at": tuple(opened), "answered": answered, "sequence": route.sequence}
    again = Route.of(route.plan.model_copy(update=rows))
    assert again.gates == route.gates
    assert again.deadline_at == route.deadline_at
    assert again.stage_index == 1
