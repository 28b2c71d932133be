"""The route algebra, without Temporal and without a database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kinds import ACT_OF_SLOT, ActKind, EnvelopeState, SlotKind, SlotState, StageRule
from domain.messages import ActFacts, AnsweredAct, EnvelopePlan, SlotPlan, StagePlan
from domain.refusals import RefusalCode
from domain.route import Route

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DEADLINE = NOW + timedelta(days=30)
SIGN, APPROVE, CONFIRM = SlotKind.SIGN, SlotKind.APPROVE, SlotKind.CONFIRM


def stage_of(*kinds: SlotKind, need: int | None = None) -> StagePlan:
    """A stage with one person per slot."""
    return StagePlan(
        stage_id=uuid4(),
        rule=StageRule.ALL if need is None else StageRule.N_OF,
        need=len(kinds) if need is None else need,
        slots=tuple(
            SlotPlan(slot_id=uuid4(), kind=kind, participant_ids=(uuid4(),)) for kind in kinds
        ),
    )


def route_of(*stages: StagePlan) -> Route:
    """A route whose first stage is open."""
    route = Route.of(
        EnvelopePlan(envelope_id=uuid4(), version=1, stages=stages, deadline_at=DEADLINE)
    )
    route.open_next_stage(NOW)
    return route


def act_on(
    route: Route,
    position: int,
    kind: ActKind | None = None,
    *,
    posted_at: datetime = NOW,
    version: int = 1,
    participant_id: UUID | None = None,
) -> ActFacts:
    """The act of the person of the slot at `position`; by default the one that is asked."""
    slot = list(route.slots.values())[position].plan
    return ActFacts(
        act_id=uuid4(),
        kind=kind or ACT_OF_SLOT[slot.kind],
        posted_at=posted_at,
        version=version,
        slot_id=slot.slot_id,
        participant_id=participant_id or slot.participant_ids[0],
    )


def refusal_of(route: Route, facts: ActFacts) -> RefusalCode | None:
    """What the route says to an act."""
    return route.decide(facts).answer.refusal


def test_a_signature_is_done_only_when_its_effects_are_stored() -> None:
    """ACTED is not DONE: nobody is asked next before the token is there."""
    route = route_of(stage_of(SIGN))
    facts = act_on(route, 0)
    assert route.decide(facts).answer.accepted
    assert not route.stage_is_met()
    assert facts.slot_id is not None
    route.mark_done(facts.slot_id)
    assert route.all_stages_met()


def test_an_approval_is_done_at_once() -> None:
    """Approve and confirm are ledger events, not signatures."""
    route = route_of(stage_of(APPROVE))
    assert route.decide(act_on(route, 0)).answer.accepted
    assert route.all_stages_met()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"posted_at": DEADLINE + timedelta(seconds=1)}, RefusalCode.AFTER_DEADLINE),
        ({"version": 2}, RefusalCode.VERSION_REPLACED),
        ({"participant_id": uuid4()}, RefusalCode.NOT_YOUR_SLOT),
        ({"kind": ActKind.APPROVE}, RefusalCode.NOT_ALLOWED),
    ],
)
def test_an_act_that_does_not_fit_is_refused_with_its_reason(
    change: dict[str, object], expected: RefusalCode
) -> None:
    """Each objection has a code of its own."""
    route = route_of(stage_of(SIGN))
    assert refusal_of(route, act_on(route, 0, **change)) is expected  # type: ignore[arg-type]


def test_an_act_posted_at_the_deadline_still_counts() -> None:
    """The last second belongs to the person."""
    route = route_of(stage_of(SIGN))
    assert refusal_of(route, act_on(route, 0, posted_at=DEADLINE)) is None


def test_nobody_acts_before_his_stage_and_nobody_twice() -> None:
    """Out of turn and again."""
    route = route_of(stage_of(APPROVE), stage_of(SIGN))
    assert refusal_of(route, act_on(route, 1)) is RefusalCode.NOT_YOUR_TURN
    assert refusal_of(route, act_on(route, 0)) is None
    assert refusal_of(route, act_on(route, 0)) is RefusalCode.ALREADY_ACTED


def test_the_same_act_gets_the_same_verdict_for_ever() -> None:
    """Even after the envelope has ended."""
    route = route_of(stage_of(APPROVE))
    facts = act_on(route, 0)
    first = route.decide(facts)
    route.finish(EnvelopeState.DONE)
    assert route.decide(facts) == first


def test_a_refusal_of_the_rows_is_final() -> None:
    """The route never overrules what the database says no to."""
    route = route_of(stage_of(SIGN))
    facts = act_on(route, 0).model_copy(update={"refusal": RefusalCode.EVIDENCE_INCOMPLETE})
    assert refusal_of(route, facts) is RefusalCode.EVIDENCE_INCOMPLETE
    assert next(iter(route.slots.values())).state is SlotState.ASKED


def test_rule_all_ends_with_the_first_decline() -> None:
    """And the other is released."""
    route = route_of(stage_of(SIGN, SIGN))
    assert refusal_of(route, act_on(route, 0, ActKind.DECLINE)) is None
    assert route.state is EnvelopeState.DECLINED
    states = [slot.state for slot in route.slots.values()]
    assert states == [SlotState.DECLINED, SlotState.RELEASED]


def test_two_of_three_survives_one_decline_and_releases_the_rest() -> None:
    """A decline ends the envelope only when the rule can no longer be met."""
    route = route_of(stage_of(APPROVE, APPROVE, APPROVE, need=2))
    route.decide(act_on(route, 0, ActKind.DECLINE))
    assert route.state is EnvelopeState.RUNNING
    route.decide(act_on(route, 1))
    route.decide(act_on(route, 2))
    assert route.all_stages_met()


def test_rule_any_releases_the_others() -> None:
    """Their act is no longer needed, and is told so."""
    route = route_of(stage_of(APPROVE, APPROVE, need=1))
    route.decide(act_on(route, 1))
    assert refusal_of(route, act_on(route, 0)) is RefusalCode.NO_LONGER_NEEDED
    assert route.all_stages_met()


def test_a_withdrawal_ends_everything_but_an_accepted_signature_stays_accepted() -> None:
    """What was accepted before is carried out."""
    route = route_of(stage_of(SIGN, SIGN))
    route.decide(act_on(route, 0))
    assert refusal_of(route, act_on(route, 1, ActKind.WITHDRAW)) is None
    assert route.state is EnvelopeState.WITHDRAWN
    assert [slot.state for slot in route.slots.values()] == [SlotState.ACTED, SlotState.RELEASED]


def test_snapshots_are_numbered_upwards() -> None:
    """So that a late projection never overwrites a newer one."""
    route = route_of(stage_of(SIGN))
    assert route.snapshot().sequence < route.snapshot().sequence


def test_a_route_survives_being_carried_to_a_new_run() -> None:
    """Everything that decides is in the model."""
    route = route_of(stage_of(APPROVE), stage_of(SIGN))
    route.decide(act_on(route, 0))
    assert Route.model_validate_json(route.model_dump_json()) == route


kinds = st.lists(st.sampled_from([SIGN, APPROVE, CONFIRM]), min_size=1, max_size=4)


@given(
    stages=st.lists(kinds, min_size=1, max_size=4),
    choices=st.lists(
        st.tuples(st.integers(0, 15), st.sampled_from([None, ActKind.DECLINE])), max_size=40
    ),
)
def test_no_order_of_acts_leads_to_a_dead_end(
    stages: list[list[SlotKind]], choices: list[tuple[int, ActKind | None]]
) -> None:
    """While an envelope runs, somebody is asked or an accepted signature is being made."""
    route = route_of(*(stage_of(*stage) for stage in stages))
    for position, kind in choices:
        facts = act_on(route, position % len(route.slots), kind)
        accepted = route.decide(facts).answer.accepted
        if accepted and not route.ended and facts.slot_id is not None:
            route.mark_done(facts.slot_id)
        if not route.ended and route.stage_is_met():
            if route.all_stages_met():
                route.start_completing()
                break
            route.open_next_stage(NOW)
        if not route.ended:
            assert route.asked
    orders = [verdict.order for verdict in route.verdicts.values()]
    assert orders == list(range(1, len(orders) + 1))


def test_each_person_is_reminded_from_his_own_day() -> None:
    """The second stage opened five days later, so its reminders come five days later."""
    route = route_of(stage_of(APPROVE), stage_of(SIGN))
    first = route.next_reminder_at
    route.decide(act_on(route, 0))
    assert route.next_reminder_at is None
    route.open_next_stage(NOW + timedelta(days=5))
    assert first is not None
    assert route.next_reminder_at == first + timedelta(days=5)


def test_a_late_wake_up_makes_one_reminder_of_several() -> None:
    """After an outage nobody gets three mails at once."""
    route = route_of(stage_of(SIGN))
    assert len(route.remind(NOW + timedelta(days=15))) == 1
    assert not route.remind(NOW + timedelta(days=16))
    assert len(route.remind(NOW + timedelta(days=21, hours=12))) == 1


def steer(route: Route, kind: ActKind, position: int = 0, **changes: object) -> ActFacts:
    """A sender's act about the slot at `position`."""
    slot = list(route.slots.values())[position].plan
    facts = ActFacts(act_id=uuid4(), kind=kind, posted_at=NOW, version=1, slot_id=slot.slot_id)
    return facts.model_copy(update=changes)


def test_an_extension_moves_deadline_and_reminders_and_shows_in_the_snapshot() -> None:
    """And an act after the old deadline is in time again."""
    route = route_of(stage_of(SIGN))
    later = DEADLINE + timedelta(days=30)
    assert route.snapshot().deadline_at is None
    assert refusal_of(route, steer(route, ActKind.EXTEND, deadline_at=later)) is None
    assert route.snapshot().deadline_at == later
    assert refusal_of(route, act_on(route, 0, posted_at=DEADLINE + timedelta(days=1))) is None


@pytest.mark.parametrize("moved", [None, timedelta(), timedelta(days=-1)])
def test_a_deadline_only_moves_forward(moved: timedelta | None) -> None:
    """Nobody's time is shortened behind his back."""
    route = route_of(stage_of(SIGN))
    to = None if moved is None else DEADLINE + moved
    facts = steer(route, ActKind.EXTEND, deadline_at=to)
    assert refusal_of(route, facts) is RefusalCode.DEADLINE_NOT_LATER


@pytest.mark.parametrize("kind", [ActKind.REMIND, ActKind.REREQUEST])
def test_only_somebody_who_is_asked_can_be_reminded(kind: ActKind) -> None:
    """Before his turn and after his act the reason is said; the route stays as it is."""
    route = route_of(stage_of(APPROVE), stage_of(SIGN))
    assert refusal_of(route, steer(route, kind)) is None
    assert refusal_of(route, steer(route, kind, 1)) is RefusalCode.NOT_ASKED_YET
    assert next(iter(route.slots.values())).state is SlotState.ASKED
    route.decide(act_on(route, 0))
    assert refusal_of(route, steer(route, kind)) is RefusalCode.ALREADY_ACTED


def test_an_address_is_corrected_from_the_sending_until_the_act() -> None:
    """Before his turn as well: nothing went to the wrong address yet. Afterwards never."""
    route = route_of(stage_of(APPROVE), stage_of(SIGN))
    before = route.model_copy(deep=True)
    for position in (0, 1):
        assert refusal_of(route, steer(route, ActKind.READDRESS, position)) is None
    assert route.slots == before.slots
    route.decide(act_on(route, 0))
    refused = refusal_of(route, steer(route, ActKind.READDRESS))
    assert refused is RefusalCode.ALREADY_ACTED
    assert refusal_of(route, steer(route, ActKind.READDRESS, 1)) is None


@pytest.mark.parametrize(
    ("kind", "changes", "refused"),
    [
        (ActKind.READDRESS, {"about_id": uuid4()}, None),
        (ActKind.READDRESS, {}, RefusalCode.NOT_ALLOWED),
        (ActKind.READDRESS, {"about_id": uuid4(), "slot_id": uuid4()}, RefusalCode.NOT_ALLOWED),
        (ActKind.REMIND, {"about_id": uuid4()}, RefusalCode.NOT_ALLOWED),
        (ActKind.REREQUEST, {"about_id": uuid4()}, RefusalCode.NOT_ALLOWED),
    ],
)
def test_a_recipients_address_alone_needs_no_slot(
    kind: ActKind, changes: dict[str, object], refused: RefusalCode | None
) -> None:
    """He is asked for nothing, so he can neither be reminded nor asked anew."""
    route = route_of(stage_of(SIGN))
    facts = steer(route, kind).model_copy(update={"slot_id": None} | changes)
    assert refusal_of(route, facts) is refused
    route.decide(act_on(route, 0))
    route.start_completing()
    late = facts.model_copy(update={"act_id": uuid4()})
    assert refusal_of(route, late) is RefusalCode.ENVELOPE_ENDED


def test_only_whoever_is_asked_gets_a_fresh_link_and_nothing_else_changes() -> None:
    """Before his turn, after his act, and for somebody else's slot the reason is said."""
    route = route_of(stage_of(APPROVE), stage_of(SIGN))
    facts = act_on(route, 0, ActKind.FRESH_LINK)
    assert route.decide(facts).answer.accepted
    assert next(iter(route.slots.values())).state is SlotState.ASKED
    assert refusal_of(route, act_on(route, 1, ActKind.FRESH_LINK)) is RefusalCode.NOT_YOUR_TURN
    stranger = act_on(route, 0, ActKind.FRESH_LINK).model_copy(
        update={"participant_id": UUID(int=1)}
    )
    assert refusal_of(route, stranger) is RefusalCode.NOT_YOUR_SLOT
    route.decide(act_on(route, 0))
    assert refusal_of(route, act_on(route, 0, ActKind.FRESH_LINK)) is RefusalCode.ALREADY_ACTED


def rows_of(route: Route, opened: list[datetime], decided: dict[UUID, AnsweredAct]) -> EnvelopePlan:
    """The plan as a second workflow reads it."""
    return route.plan.model_copy(
        update={
            "opened_at": tuple(opened),
            "answered": tuple(decided.values()),
            "sequence": route.sequence,
        }
    )


@given(
    stages=st.lists(kinds, min_size=1, max_size=4),
    choices=st.lists(
        st.tuples(
            st.integers(0, 15),
            st.sampled_from([None, None, None, ActKind.DECLINE]),
            st.booleans(),
        ),
        max_size=30,
    ),
)
def test_a_route_taken_over_from_its_rows_is_the_route_that_was_lost(
    stages: list[list[SlotKind]], choices: list[tuple[int, ActKind | None, bool]]
) -> None:
    """Whenever the first workflow is gone, signatures under way included."""
    route = route_of(*(stage_of(*stage) for stage in stages))
    opened, decided, clock = [NOW], {}, NOW
    for position, kind, carried_out in choices:
        clock += timedelta(minutes=1)
        facts = act_on(route, position % len(route.slots), kind)
        verdict = route.decide(facts)
        record = route.slots[facts.slot_id] if facts.slot_id else None
        signs = record is not None and record.plan.kind is SIGN and facts.kind is ActKind.SIGN
        done = verdict.answer.accepted and (carried_out or not signs)
        if done and signs and facts.slot_id is not None:
            route.mark_done(facts.slot_id)
        decided[facts.act_id] = AnsweredAct(
            facts=facts,
            accepted=verdict.answer.accepted,
            refusal=verdict.answer.refusal,
            order=verdict.order,
            decided_at=clock,
            carried_out=done,
        )
        if not route.ended and route.stage_is_met() and not route.all_stages_met():
            clock += timedelta(minutes=1)
            route.open_next_stage(clock)
            opened.append(clock)
    again = Route.of(rows_of(route, opened, decided))
    assert again.state is route.state
    assert again.stage_index == route.stage_index
    assert {key: slot.state for key, slot in again.slots.items()} == {
        key: slot.state for key, slot in route.slots.items()
    }
    assert again.verdicts == route.verdicts
    assert again.unsigned() == route.unsigned()
    assert again.snapshot().sequence > route.sequence


def test_a_stage_may_remind_on_days_of_its_own_or_never() -> None:
    usual = route_of(stage_of(SIGN)).next_reminder_at
    own = route_of(stage_of(SIGN).model_copy(update={"reminder_days": (2,)})).next_reminder_at
    assert usual is not None
    assert own == usual - timedelta(days=5)
    never = route_of(stage_of(SIGN).model_copy(update={"reminder_days": ()}))
    assert never.next_reminder_at is None


def test_where_all_act_a_place_of_several_people_needs_one_of_them() -> None:
    """A role's place beside a named person's."""
    one, other, third = (uuid4() for _ in range(3))
    places = [
        SlotPlan(slot_id=uuid4(), kind=APPROVE, participant_ids=people)
        for people in ((one, other), (third,))
    ]
    stage = StagePlan(stage_id=uuid4(), need=2, slots=tuple(places))
    route = route_of(stage, stage_of(SIGN))
    assert refusal_of(route, act_on(route, 0, ActKind.DECLINE, participant_id=one)) is None
    assert route.state is EnvelopeState.RUNNING
    assert refusal_of(route, act_on(route, 0, participant_id=other)) is None
    route = route_of(stage, stage_of(SIGN))
    route.decide(act_on(route, 0, participant_id=one))
    late = act_on(route, 0, participant_id=other)
    assert refusal_of(route, late) is RefusalCode.SLOT_TAKEN
    assert route.remind(NOW + timedelta(days=8)) == (third,)
