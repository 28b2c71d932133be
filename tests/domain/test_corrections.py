"""Corrections in the route: who may correct when, what becomes of acts, where it goes on."""

from uuid import UUID, uuid4

import pytest

from domain.corrections import KeptField, Replacement, all_fit, corrected_sha256
from domain.fields import PlacedOn
from domain.kinds import ActKind, EnvelopeState, FieldKind, SlotKind, SlotState
from domain.messages import AnsweredAct, EnvelopePlan
from domain.refusals import RefusalCode
from domain.route import Route
from domain.route_versions import halt_version, start_version, version_is_ready
from tests.domain.test_route import NOW, act_on, refusal_of, route_of, stage_of
from tests.domain.test_sending_back import by_sender

SIGN, APPROVE = SlotKind.SIGN, SlotKind.APPROVE
A4 = PlacedOn(((595.0, 842.0),))
LINKED = PlacedOn(A4.page_sizes, taken=((0, (10.0, 10.0, 20.0, 20.0)),))
SIGNED = PlacedOn(A4.page_sizes, signed=True)


def next_plan(route: Route, act_id: UUID) -> EnvelopePlan:
    """What the rows of the next version say: the same people in new slots."""
    stages = tuple(
        stage.model_copy(
            update={
                "stage_id": uuid4(),
                "slots": tuple(
                    slot.model_copy(update={"slot_id": uuid4()}) for slot in stage.slots
                ),
            }
        )
        for stage in route.plan.stages
    )
    update = {"version": route.plan.version + 1, "stages": stages, "corrected_by": act_id}
    return route.plan.model_copy(update=update)


def corrected(route: Route) -> Route:
    """Accepted, prepared, and the first stage asked."""
    act = by_sender(route, ActKind.CORRECT)
    assert refusal_of(route, act) is None
    start_version(route, next_plan(route, act.act_id))
    version_is_ready(route)
    assert route.open_next_stage(NOW) is not None
    return route


def test_nobody_acts_while_a_correction_is_carried_out() -> None:
    route = route_of(stage_of(SIGN, SIGN))
    assert refusal_of(route, by_sender(route, ActKind.CORRECT)) is None
    assert route.state is EnvelopeState.SENDING
    assert route.next_reminder_at is None
    assert refusal_of(route, act_on(route, 0)) is RefusalCode.VERSION_REPLACED
    for kind in (ActKind.WITHDRAW, ActKind.CORRECT, ActKind.EXTEND):
        assert refusal_of(route, by_sender(route, kind)) is RefusalCode.CORRECTION_UNDER_WAY


def test_a_signature_accepted_before_is_still_to_be_made() -> None:
    route = route_of(stage_of(SIGN, SIGN))
    signed = act_on(route, 0)
    assert refusal_of(route, signed) is None
    assert refusal_of(route, by_sender(route, ActKind.CORRECT)) is None
    assert [verdict.act_id for verdict in route.unsigned()] == [signed.act_id]


def test_the_new_version_asks_everybody_from_the_first_stage_on() -> None:
    route = route_of(stage_of(APPROVE), stage_of(SIGN))
    assert refusal_of(route, act_on(route, 0, ActKind.APPROVE)) is None
    assert route.open_next_stage(NOW) is not None
    old = act_on(route, 1)
    corrected(route)
    assert [slot.plan.kind for slot in route.asked] == [APPROVE]
    assert route.plan.version == 2
    assert refusal_of(route, old) is RefusalCode.VERSION_REPLACED
    again = act_on(route, 0, ActKind.APPROVE).model_copy(update={"version": 2})
    assert refusal_of(route, again) is None


def test_answers_keep_their_numbers_and_are_not_given_twice() -> None:
    route = route_of(stage_of(SIGN, SIGN))
    first = act_on(route, 0)
    before = route.decide(first)
    corrected(route)
    assert route.decide(first) == before
    anew = act_on(route, 1).model_copy(update={"version": 2})
    assert route.decide(anew).order == 3


def test_what_everybody_has_agreed_to_is_not_corrected_any_more() -> None:
    route = route_of(stage_of(SIGN))
    assert refusal_of(route, act_on(route, 0)) is None
    assert refusal_of(route, by_sender(route, ActKind.CORRECT)) is RefusalCode.EVERYBODY_ACTED


def test_an_envelope_that_was_sent_back_can_be_corrected() -> None:
    route = route_of(stage_of(APPROVE, SIGN))
    assert refusal_of(route, act_on(route, 0, ActKind.SEND_BACK)) is None
    corrected(route)
    assert route.state is EnvelopeState.RUNNING
    assert len(route.asked) == 2


def test_a_version_that_cannot_be_prepared_stands_still_until_it_is_corrected_again() -> None:
    route = route_of(stage_of(SIGN, SIGN))
    act = by_sender(route, ActKind.CORRECT)
    assert refusal_of(route, act) is None
    start_version(route, next_plan(route, act.act_id))
    halt_version(route)
    resumed = by_sender(route, ActKind.RESUME).model_copy(update={"version": 2})
    assert refusal_of(route, resumed) is RefusalCode.CORRECTION_FAILED
    again = by_sender(route, ActKind.CORRECT).model_copy(update={"version": 2})
    assert refusal_of(route, again) is None
    assert route.correcting == again.act_id


def test_a_workflow_that_starts_from_rows_carries_an_accepted_correction_on() -> None:
    route = route_of(stage_of(SIGN, SIGN))
    act = by_sender(route, ActKind.CORRECT)
    answered = AnsweredAct(facts=act, accepted=True, order=1, decided_at=NOW, carried_out=True)
    plan = route.plan.model_copy(update={"opened_at": (NOW,), "answered": (answered,)})
    assert Route.of(plan).correcting == act.act_id
    halted = route.plan.model_copy(update={"unprepared": True, "answered": (answered,)})
    assert Route.of(halted).correcting == act.act_id
    still = Route.of(route.plan.model_copy(update={"unprepared": True}))
    assert still.state is EnvelopeState.SENT_BACK
    assert still.asked == ()


def test_the_route_survives_a_continuation_in_the_middle() -> None:
    route = corrected(route_of(stage_of(SIGN, SIGN)))
    again = Route.model_validate_json(route.model_dump_json())
    assert again == route
    assert all(slot.state is SlotState.ASKED for slot in again.slots.values())


@pytest.mark.parametrize(
    ("row", "onto", "fits"),
    [
        (KeptField(FieldKind.SIGNATURE, 0, None), A4, True),
        (KeptField(FieldKind.TEXT, 0, (500.0, 800.0, 95.0, 42.0)), A4, True),
        (KeptField(FieldKind.TEXT, 0, (500.0, 800.0, 97.0, 42.0)), A4, False),
        (KeptField(FieldKind.TEXT, 1, (10.0, 10.0, 60.0, 20.0)), A4, False),
        (KeptField(FieldKind.TEXT, 0, (10.0, 10.0, 60.0, 20.0)), SIGNED, False),
        (KeptField(FieldKind.SIGNATURE, 7, None), SIGNED, True),
        (KeptField(FieldKind.TEXT, 0, (25.0, 25.0, 60.0, 20.0)), LINKED, False),
        (KeptField(FieldKind.TEXT, 0, (30.0, 30.0, 60.0, 20.0)), LINKED, True),
    ],
)
def test_fields_keep_their_places_or_are_told_not_to_fit(
    row: KeptField, onto: PlacedOn, fits: bool
) -> None:
    assert all_fit([row], onto) is fits


def test_the_confirmation_covers_every_replacement_in_any_order() -> None:
    one, two = (Replacement(uuid4(), "a" * 64, uuid4(), "b" * 64) for _ in range(2))
    assert corrected_sha256([one, two]) == corrected_sha256([two, one])
    assert corrected_sha256([one]) != corrected_sha256([one, two])
    changed = two._replace(replacement_sha256="c" * 64)
    assert corrected_sha256([one, changed]) != corrected_sha256([one, two])
