"""Whatever people do in whatever order: no dead end, no act lost, one order, rules kept."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from domain.kinds import ACT_OF_SLOT, FILLING_ACTS, ActKind, EnvelopeState, SlotKind, SlotState
from domain.messages import ActFacts, StagePlan
from domain.route import Route
from tests.domain.test_route import NOW, route_of, stage_of
from tests.workflows.fakes import gate, shared

FILLED = {SlotState.ACTED, SlotState.DONE}


@st.composite
def stages(draw: st.DrawFn) -> StagePlan:
    """Any stage that a sender can lay out."""
    shape = draw(st.sampled_from(["all", "shared", "gate"]))
    if shape == "gate":
        return gate()
    kind = draw(st.sampled_from(list(SlotKind)))
    if shape == "all":
        plan = stage_of(*[kind] * draw(st.integers(1, 3)))
    else:
        people = [uuid4() for _ in range(draw(st.integers(1, 4)))]
        plan = shared(*people, need=draw(st.integers(1, len(people))), kind=kind)
    return plan.model_copy(update={"deadline_days": draw(st.sampled_from([None, None, 3, 10]))})


class Story:
    """A route, and what its workflow would do between the acts."""

    def __init__(self, plans: list[StagePlan]) -> None:
        self.route = route_of(*plans)
        self.clock = NOW
        self.accepted: list[ActFacts] = []

    @property
    def pairs(self) -> list[tuple[UUID, UUID]]:
        """Everybody with each slot that names him."""
        return [
            (record.plan.slot_id, person)
            for record in self.route.slots.values()
            for person in record.plan.participant_ids
        ]

    def person(self, choice: int) -> tuple[UUID, UUID]:
        """Somebody with a slot that names him, in any stage, needed or not."""
        pairs = self.pairs
        return pairs[choice % len(pairs)] if pairs else (uuid4(), uuid4())

    def play(self, kind: ActKind, choice: int) -> None:
        """One act, whether it is allowed or not; then what follows by itself."""
        self.clock += timedelta(minutes=1)
        slot_id, person = self.person(choice)
        record = self.route.slots.get(slot_id)
        if kind is ActKind.SIGN and record is not None:
            kind = ACT_OF_SLOT[record.plan.kind]
        facts = ActFacts(
            act_id=uuid4(),
            kind=kind,
            posted_at=self.clock,
            version=1,
            slot_id=slot_id,
            participant_id=person,
            successor_id=uuid4() if kind is ActKind.HAND_OVER else None,
            stage_id=self.route.stage.stage_id if self.route.stage else None,
            deadline_at=self.route.deadline_at + timedelta(days=1),
        )
        if self.route.decide(facts).answer.accepted:
            self.accepted.append(facts)
        self.follow()

    def follow(self) -> None:
        """Signatures are made, stages open."""
        for verdict in self.route.unsigned():
            assert verdict.slot_id is not None
            self.route.mark_done(verdict.slot_id)
        while not self.route.ended and self.route.stage_is_met():
            if self.route.all_stages_met():
                self.route.start_completing()
                self.route.finish(EnvelopeState.DONE)
            else:
                self.route.open_next_stage(self.clock)


KINDS = st.sampled_from(
    [ActKind.SIGN] * 6
    + [ActKind.OPEN_GATE] * 2
    + [
        ActKind.DECLINE,
        ActKind.HAND_OVER,
        ActKind.SEND_BACK,
        ActKind.RESUME,
        ActKind.EXTEND,
        ActKind.REMIND,
        ActKind.WITHDRAW,
    ]
)
PLANS = st.lists(stages(), min_size=1, max_size=4)
ACTS = st.lists(st.tuples(KINDS, st.integers(0, 40)), max_size=40)


def story_of(plans: list[StagePlan], acts: list[tuple[ActKind, int]]) -> Story:
    story = Story(plans)
    story.follow()
    for kind, choice in acts:
        story.play(kind, choice)
    event(story.route.state.value)
    return story


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(PLANS, ACTS)
def test_there_is_no_dead_end(plans: list[StagePlan], acts: list[tuple[ActKind, int]]) -> None:
    """As long as nobody ends it, somebody can act, and acts lead to the end."""
    story = story_of(plans, acts)
    route = story.route
    for _ in range(60):
        if route.ended:
            return
        if route.state is EnvelopeState.SENT_BACK:
            story.play(ActKind.RESUME, 0)
        elif route.waiting_gate is not None:
            story.play(ActKind.OPEN_GATE, 0)
        else:
            before = len(story.accepted)
            for choice in range(len(story.pairs)):
                story.play(ActKind.SIGN, choice)
                if len(story.accepted) > before:
                    break
            assert len(story.accepted) > before, "somebody is asked, and nobody can act"
    raise AssertionError(route.state)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(PLANS, ACTS)
def test_acts_have_one_order_and_none_is_lost(
    plans: list[StagePlan], acts: list[tuple[ActKind, int]]
) -> None:
    story = story_of(plans, acts)
    orders = [verdict.order for verdict in story.route.verdicts.values()]
    assert orders == list(range(1, len(acts) + 1))
    filled = {r.act_id: r for r in story.route.slots.values() if r.state in FILLED}
    for facts in story.accepted:
        assert story.route.verdicts[facts.act_id].answer.accepted
        if facts.kind in FILLING_ACTS and facts.kind is not ActKind.DECLINE:
            assert filled[facts.act_id].filled_by == facts.participant_id
    assert len(filled) == sum(
        facts.kind in FILLING_ACTS and facts.kind is not ActKind.DECLINE for facts in story.accepted
    )


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(PLANS, ACTS)
def test_no_stage_takes_more_acts_than_it_needs_nor_two_of_one_person(
    plans: list[StagePlan], acts: list[tuple[ActKind, int]]
) -> None:
    story = story_of(plans, acts)
    for stage in story.route.plan.stages:
        records = [story.route.slots[slot.slot_id] for slot in stage.slots]
        people = [record.filled_by for record in records if record.state in FILLED]
        assert len(people) <= stage.need
        assert len(set(people)) == len(people)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(PLANS, ACTS)
def test_a_decline_ends_it_exactly_when_too_few_are_left(
    plans: list[StagePlan], acts: list[tuple[ActKind, int]]
) -> None:
    """Counted anew from the accepted acts alone."""
    story = story_of(plans, acts)
    route = story.route
    said_no = {f.participant_id for f in story.accepted if f.kind is ActKind.DECLINE}
    for index, stage in enumerate(route.plan.stages):
        if stage.gate or index > route.stage_index:
            continue
        people = {
            person
            for slot in stage.slots
            for person in route.slots[slot.slot_id].plan.participant_ids
        }
        enough = len(people - said_no) >= stage.need
        if not enough:
            assert route.state is EnvelopeState.DECLINED
    if route.state is EnvelopeState.DECLINED:
        assert story.accepted[-1].kind is ActKind.DECLINE
        assert route.ending_act_id == story.accepted[-1].act_id


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(PLANS, ACTS)
def test_nobody_acts_behind_a_closed_gate(
    plans: list[StagePlan], acts: list[tuple[ActKind, int]]
) -> None:
    story = story_of(plans, acts)
    opened: set[Any] = set()
    stage_of_slot = {s.slot_id: i for i, p in enumerate(plans) for s in p.slots}
    for facts in story.accepted:
        if facts.kind is ActKind.OPEN_GATE:
            opened.add(facts.stage_id)
        elif facts.kind in FILLING_ACTS and facts.slot_id is not None:
            before = plans[: stage_of_slot[facts.slot_id]]
            assert {plan.stage_id for plan in before if plan.gate} <= opened


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(PLANS, ACTS)
def test_carrying_it_over_changes_nothing(
    plans: list[StagePlan], acts: list[tuple[ActKind, int]]
) -> None:
    """Continue-as-new in the middle of any story."""
    half = len(acts) // 2
    straight = Story(plans)
    straight.follow()
    for kind, choice in acts[:half]:
        straight.play(kind, choice)
    carried = Route.model_validate_json(straight.route.model_dump_json())
    assert carried == straight.route
