"""Handing over: in the route, and as a form."""

from datetime import timedelta
from uuid import uuid4

import pytest

from domain.forms import FormProblems
from domain.handovers import TypedSuccessor, check_successor
from domain.kinds import ActKind, EnvelopeState, SlotKind, SlotState
from domain.messages import ActFacts, AnsweredAct
from domain.refusals import RefusalCode
from domain.route import Route
from tests.domain.test_route import NOW, act_on, refusal_of, route_of, stage_of
from tests.workflows.fakes import shared

SIGN, APPROVE = SlotKind.SIGN, SlotKind.APPROVE
LATER = NOW + timedelta(days=5)


def handover(route: Route, position: int = 0) -> ActFacts:
    """The asked person names somebody else, five days later."""
    facts = act_on(route, position, ActKind.HAND_OVER, posted_at=LATER)
    return facts.model_copy(update={"successor_id": uuid4()})


def test_the_new_person_is_asked_and_the_old_one_no_longer() -> None:
    """The slot stays open; only its person changes."""
    route = route_of(stage_of(SIGN))
    old = act_on(route, 0)
    facts = handover(route)
    assert refusal_of(route, facts) is None
    assert refusal_of(route, old) is RefusalCode.NOT_YOUR_SLOT
    assert refusal_of(route, act_on(route, 0, participant_id=facts.successor_id)) is None


def test_the_reminders_of_the_new_person_count_from_his_own_day() -> None:
    """Seven days after he was named, not after his predecessor was asked."""
    route = route_of(stage_of(SIGN))
    first = route.next_reminder_at
    assert first is not None
    route.decide(handover(route))
    assert route.next_reminder_at == first + timedelta(days=5)


def test_among_several_candidates_each_is_reminded_on_his_own_days() -> None:
    """Two share a place; one of them names a third after five days."""
    stays, leaves, comes = uuid4(), uuid4(), uuid4()
    route = route_of(shared(stays, leaves))
    first = route.next_reminder_at
    assert first is not None
    facts = act_on(route, 0, ActKind.HAND_OVER, posted_at=LATER, participant_id=leaves)
    route.decide(facts.model_copy(update={"successor_id": comes}))
    assert route.next_reminder_at == first
    assert route.remind(first) == (stays,)
    assert route.next_reminder_at == first + timedelta(days=5)
    assert route.remind(first + timedelta(days=5)) == (comes,)
    assert route.next_reminder_at == first + timedelta(days=7)


def test_in_a_stage_that_opens_later_all_are_reminded_together() -> None:
    """Whoever was named before the stage was asked is asked with the others."""
    people = uuid4(), uuid4()
    route = route_of(stage_of(SIGN), shared(*people))
    route.decide(handover(route))
    opened = LATER + timedelta(days=1)
    route.slots[route.plan.stages[0].slots[0].slot_id].state = SlotState.DONE
    assert route.open_next_stage(opened) is not None
    assert route.next_reminder_at is not None
    assert route.remind(route.next_reminder_at) == people


def test_whoever_signed_first_hands_nothing_over_and_the_other_way_round() -> None:
    """Two windows of one person: the first decides."""
    route = route_of(stage_of(SIGN))
    assert refusal_of(route, act_on(route, 0)) is None
    assert refusal_of(route, handover(route)) is RefusalCode.ALREADY_ACTED


def test_a_slot_can_be_handed_on_and_a_message_without_a_person_is_refused() -> None:
    """Chains are limited by the rows, not by the route."""
    route = route_of(stage_of(SIGN))
    first = handover(route)
    route.decide(first)
    second = handover(route).model_copy(update={"participant_id": first.successor_id})
    assert refusal_of(route, second) is None
    nobody = act_on(route, 0, ActKind.HAND_OVER, participant_id=second.successor_id)
    assert refusal_of(route, nobody) is RefusalCode.NOT_ALLOWED


def test_a_route_from_rows_knows_who_came_for_whom() -> None:
    """Whether the candidates were read before the hand-over or after it."""
    route = route_of(stage_of(SIGN, SIGN))
    facts = handover(route)
    route.decide(facts)
    answered = AnsweredAct(facts=facts, accepted=True, order=1, decided_at=LATER, carried_out=True)
    for slots in (route.plan.stages[0].slots, [r.plan for r in route.slots.values()]):
        stage = route.plan.stages[0].model_copy(update={"slots": tuple(slots)})
        plan = route.plan.model_copy(
            update={"stages": (stage,), "opened_at": (NOW,), "answered": (answered,)}
        )
        again = Route.of(plan)
        assert again.slots == route.slots
        assert again.came_by == {facts.successor_id: facts.act_id}
        assert again.state is EnvelopeState.RUNNING


GOOD = TypedSuccessor("佐藤 花子", "hanako@yamada.example", "ja", "担当が替わりました")


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"name": ""}, {"new-name"}),
        ({"name": "佐藤\r\nBcc: x@evil.example"}, {"new-name"}),
        ({"mail": "hanako"}, {"new-mail"}),
        ({"mail": "hanako@yamada.example\nBcc: x@evil.example"}, {"new-mail"}),
        ({"mail": "a@b.example,c@d.example"}, {"new-mail"}),
        ({"language": "xx"}, {"new-language"}),
        ({"reason": "  "}, {"reason"}),
        ({"reason": "あ" * 1001}, {"reason"}),
        ({"name": "", "mail": "", "reason": ""}, {"new-name", "new-mail", "reason"}),
    ],
)
def test_what_cannot_stand_in_a_mail_is_complained_about_by_field(
    changes: dict[str, str], wrong: set[str]
) -> None:
    """Nothing is guessed, nothing is cut."""
    with pytest.raises(FormProblems) as caught:
        check_successor(TypedSuccessor(**(vars(GOOD) | changes)))
    assert set(caught.value.problems) == wrong


def test_a_good_form_becomes_a_person() -> None:
    """With full-width addresses put right."""
    typed = TypedSuccessor("佐藤 花子", "ｈａｎａｋｏ@yamada.example", "en", "担当外")
    assert check_successor(typed).mail == "hanako@yamada.example"
