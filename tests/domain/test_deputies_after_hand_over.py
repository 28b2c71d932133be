"""Somebody absent hands his part over: the new person and the deputy are one place."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from domain.kinds import ActKind, SlotKind, StageRule
from domain.messages import ActFacts, EnvelopePlan, SlotPlan, StagePlan
from domain.refusals import RefusalCode
from domain.route import Route
from domain.route_effects import follow_deputies, leaves_deputies

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ABSENT, OTHER, DEPUTY, NEW = (uuid4() for _ in range(4))
FIRST, SECOND = uuid4(), uuid4()


def two_of_two() -> Route:
    slots = tuple(
        SlotPlan(slot_id=slot, kind=SlotKind.APPROVE, participant_ids=(ABSENT, OTHER))
        for slot in (FIRST, SECOND)
    )
    stage = StagePlan(stage_id=uuid4(), rule=StageRule.N_OF, need=2, slots=slots)
    route = Route.of(
        EnvelopePlan(
            envelope_id=uuid4(),
            version=1,
            stages=(stage,),
            deadline_at=NOW + timedelta(days=9),
            reminder_days=(7,),
            zone="Asia/Tokyo",
        )
    )
    route.open_next_stage(NOW)
    return route


def act(
    route: Route, kind: ActKind, who: UUID, slot: UUID, successor: UUID | None = None
) -> RefusalCode | None:
    """As the workflow decides it."""
    facts = ActFacts(
        act_id=uuid4(),
        kind=kind,
        posted_at=NOW + timedelta(minutes=1),
        version=1,
        slot_id=slot,
        participant_id=who,
        successor_id=successor,
    )
    verdict = route.decide(facts)
    if verdict.answer.accepted and leaves_deputies(route, facts):
        follow_deputies(route, facts)
    return verdict.answer.refusal


def test_a_deputy_and_the_new_person_fill_one_place_between_them() -> None:
    route = two_of_two()
    act(route, ActKind.DEPUTISE, ABSENT, FIRST, DEPUTY)
    act(route, ActKind.HAND_OVER, ABSENT, FIRST, NEW)
    assert act(route, ActKind.APPROVE, DEPUTY, FIRST) is None
    assert act(route, ActKind.APPROVE, NEW, SECOND) is RefusalCode.NO_LONGER_NEEDED
    assert not route.all_stages_met()
    assert act(route, ActKind.APPROVE, OTHER, SECOND) is None
    assert route.all_stages_met() or route.stage_is_met()


def test_so_do_a_deputy_s_own_successor_and_whoever_he_stands_in_for() -> None:
    route = two_of_two()
    act(route, ActKind.DEPUTISE, ABSENT, FIRST, DEPUTY)
    act(route, ActKind.HAND_OVER, DEPUTY, FIRST, NEW)
    assert act(route, ActKind.APPROVE, NEW, FIRST) is None
    assert act(route, ActKind.APPROVE, ABSENT, SECOND) is RefusalCode.NO_LONGER_NEEDED


def test_a_hand_over_without_deputies_leaves_none() -> None:
    route = two_of_two()
    facts = ActFacts(
        act_id=uuid4(), kind=ActKind.HAND_OVER, posted_at=NOW, version=1, slot_id=FIRST,
        participant_id=ABSENT, successor_id=NEW,
    )  # fmt: skip
    assert not leaves_deputies(route, facts)
