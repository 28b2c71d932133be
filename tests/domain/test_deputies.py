"""Deputies in the route: asked besides whom they stand in for, and one person with him."""

from datetime import timedelta
from uuid import UUID, uuid4

from domain.kinds import ActKind, EnvelopeState, SlotKind, SlotState
from domain.messages import ActFacts, AnsweredAct
from domain.refusals import RefusalCode
from domain.route import Route
from tests.domain.test_route import NOW, act_on, refusal_of, route_of, stage_of
from tests.workflows.fakes import shared

SIGN, APPROVE = SlotKind.SIGN, SlotKind.APPROVE
LATER = NOW + timedelta(days=5)
ANNA, BEN, CLEO = (UUID(int=number) for number in (1, 2, 3))


def deputised(route: Route, absent: UUID | None = None, position: int = 0) -> ActFacts:
    """An absence puts a deputy beside somebody asked."""
    facts = act_on(route, position, ActKind.DEPUTISE, posted_at=LATER)
    update = {"successor_id": uuid4(), "participant_id": absent or facts.participant_id}
    facts = facts.model_copy(update=update)
    assert refusal_of(route, facts) is None
    return facts


def of(route: Route, who: UUID | None, kind: ActKind | None = None) -> ActFacts:
    return act_on(route, 0, kind, posted_at=LATER, participant_id=who)


def test_either_of_them_acts_and_the_other_is_not_needed() -> None:
    for deputy_acts in (True, False):
        route = route_of(stage_of(SIGN))
        facts = deputised(route)
        pair = [facts.successor_id, facts.participant_id]
        first, second = pair if deputy_acts else reversed(pair)
        assert refusal_of(route, of(route, first)) is None
        assert refusal_of(route, of(route, first)) is RefusalCode.ALREADY_ACTED
        assert refusal_of(route, of(route, second)) is RefusalCode.NO_LONGER_NEEDED
        [record] = route.slots.values()
        assert record.filled_by == first


def test_a_no_of_either_of_them_is_the_no_of_both() -> None:
    route = route_of(stage_of(APPROVE))
    facts = deputised(route)
    assert refusal_of(route, of(route, facts.successor_id, ActKind.DECLINE)) is None
    assert route.state is EnvelopeState.DECLINED


def test_two_of_three_are_never_somebody_and_his_deputy() -> None:
    route = route_of(shared(ANNA, BEN, CLEO, need=2))
    deputy = deputised(route, ANNA).successor_id
    assert refusal_of(route, of(route, deputy)) is None
    other = next(slot for slot, record in route.slots.items() if record.state is SlotState.ASKED)
    second = of(route, ANNA).model_copy(update={"slot_id": other})
    assert refusal_of(route, second) is RefusalCode.NO_LONGER_NEEDED
    assert refusal_of(route, second.model_copy(update={
        "participant_id": BEN, "act_id": uuid4()})) is None  # fmt: skip


def test_a_no_with_a_deputy_counts_one_person() -> None:
    """Two are needed of three; with Ben's and Anna's no, the deputy's presence saves nothing."""
    route = route_of(shared(ANNA, BEN, CLEO, need=2))
    deputised(route, ANNA)
    states = []
    for who in (BEN, ANNA):
        assert refusal_of(route, of(route, who, ActKind.DECLINE)) is None
        states.append(route.state)
    assert states == [EnvelopeState.RUNNING, EnvelopeState.DECLINED]


def test_the_deputy_is_reminded_from_his_own_day_and_whom_he_stands_in_for_from_his() -> None:
    route = route_of(stage_of(SIGN))
    first = route.next_reminder_at
    assert first is not None
    facts = deputised(route)
    assert route.remind(first) == (facts.participant_id,)
    assert route.remind(first + timedelta(days=5)) == (facts.successor_id,)


def test_a_deputy_has_a_deputy_of_his_own() -> None:
    route = route_of(stage_of(SIGN))
    first = deputised(route)
    second = deputised(route, first.successor_id)
    assert refusal_of(route, of(route, second.successor_id)) is None
    for one in (first.participant_id, first.successor_id):
        assert refusal_of(route, of(route, one)) is RefusalCode.NO_LONGER_NEEDED


def test_another_workflow_goes_on_with_the_deputy() -> None:
    """The rows name him already; his act stands among the answers."""
    route = route_of(stage_of(SIGN))
    facts = deputised(route)
    [stage] = route.plan.stages
    both = (facts.participant_id, facts.successor_id)
    slot = stage.slots[0].model_copy(update={"participant_ids": both})
    plan = route.plan.model_copy(update={
        "stages": (stage.model_copy(update={"slots": (slot,)}),), "deputies": {},
        "opened_at": (NOW,),
        "answered": (AnsweredAct(facts=facts, accepted=True, order=1, decided_at=LATER,
                                 carried_out=True),),
    })  # fmt: skip
    again = Route.of(plan)
    [record] = again.slots.values()
    assert record.plan.participant_ids == both
    assert refusal_of(again, of(again, facts.successor_id)) is None
    assert refusal_of(again, of(again, facts.participant_id)) is RefusalCode.NO_LONGER_NEEDED


def test_nobody_deputises_by_a_message_that_no_row_backs() -> None:
    route = route_of(stage_of(SIGN))
    assert refusal_of(route, of(route, ANNA, ActKind.DEPUTISE)) is RefusalCode.NOT_YOUR_SLOT
    facts = act_on(route, 0, ActKind.DEPUTISE)
    assert refusal_of(route, facts) is RefusalCode.NOT_ALLOWED
