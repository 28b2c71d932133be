"""Sending back: everything stands still, nothing dies, and it goes on or ends."""

from datetime import timedelta
from uuid import uuid4

import pytest

from domain.kinds import ActKind, EnvelopeState, SlotKind, SlotState
from domain.messages import ActFacts, AnsweredAct
from domain.refusals import RefusalCode
from domain.route import Route
from tests.domain.test_route import DEADLINE, NOW, act_on, refusal_of, route_of, stage_of

SIGN, APPROVE = SlotKind.SIGN, SlotKind.APPROVE


def by_sender(route: Route, kind: ActKind, days: int = 0) -> ActFacts:
    """A member's act."""
    return ActFacts(
        act_id=uuid4(),
        kind=kind,
        posted_at=NOW + timedelta(days=days),
        version=1,
        deadline_at=DEADLINE + timedelta(days=5),
    )


def sent_back(*kinds: SlotKind) -> Route:
    """By the person of the first slot."""
    route = route_of(stage_of(*(kinds or (APPROVE, SIGN))))
    assert refusal_of(route, act_on(route, 0, ActKind.SEND_BACK)) is None
    return route


def test_nobody_acts_until_the_sender_has_decided() -> None:
    route = sent_back()
    assert route.state is EnvelopeState.SENT_BACK
    assert route.next_reminder_at is None
    assert route.remind(NOW + timedelta(days=20)) == ()
    for kind in (ActKind.SIGN, ActKind.DECLINE, ActKind.SEND_BACK):
        assert refusal_of(route, act_on(route, 1, kind)) is RefusalCode.SENT_BACK_NOW
    assert refusal_of(route, act_on(route, 1, ActKind.REMIND)) is RefusalCode.SENT_BACK_NOW


def test_it_goes_on_as_it_was_and_reminders_of_the_pause_are_left_out() -> None:
    route = sent_back()
    assert refusal_of(route, by_sender(route, ActKind.RESUME, days=15)) is None
    assert [slot.state for slot in route.asked] == [SlotState.ASKED] * 2
    assert route.next_reminder_at is not None
    assert route.next_reminder_at > NOW + timedelta(days=20)
    assert refusal_of(route, act_on(route, 0)) is None
    assert refusal_of(route, act_on(route, 1)) is None


def test_the_sender_may_also_withdraw_or_give_more_time() -> None:
    route = sent_back()
    assert refusal_of(route, by_sender(route, ActKind.EXTEND)) is None
    assert route.extended
    assert refusal_of(route, by_sender(route, ActKind.WITHDRAW)) is None
    assert route.state is EnvelopeState.WITHDRAWN


def test_a_wrong_address_is_corrected_before_it_goes_on() -> None:
    """Whatever follows would go there; of somebody asked, of a later stage, of a recipient."""
    route = route_of(stage_of(APPROVE, SIGN), stage_of(SIGN))
    route.decide(act_on(route, 0, ActKind.SEND_BACK))
    for position in (1, 2):
        facts = act_on(route, position, ActKind.READDRESS)
        assert refusal_of(route, facts) is None
    recipient = by_sender(route, ActKind.READDRESS).model_copy(update={"about_id": uuid4()})
    assert refusal_of(route, recipient) is None
    assert route.state is EnvelopeState.SENT_BACK
    assert len(route.asked) == 2


def test_the_deadline_goes_on() -> None:
    route = sent_back()
    route.expire()
    assert route.state is EnvelopeState.EXPIRED


def test_what_is_not_sent_back_is_not_resumed() -> None:
    route = route_of(stage_of(SIGN))
    assert refusal_of(route, by_sender(route, ActKind.RESUME)) is RefusalCode.NOT_SENT_BACK


def test_a_signature_that_was_accepted_before_is_still_made() -> None:
    route = route_of(stage_of(SIGN, APPROVE))
    route.decide(act_on(route, 0))
    route.decide(act_on(route, 1, ActKind.SEND_BACK))
    assert len(route.unsigned()) == 1


@pytest.mark.parametrize("resumed", [False, True])
def test_a_route_from_rows_stands_where_the_first_one_stood(resumed: bool) -> None:
    route = route_of(stage_of(APPROVE, SIGN))
    acts = [act_on(route, 0, ActKind.SEND_BACK)]
    acts += [by_sender(route, ActKind.RESUME, days=1)] if resumed else []
    for facts in acts:
        route.decide(facts)
    answered = tuple(
        AnsweredAct(
            facts=facts, accepted=True, order=n, decided_at=facts.posted_at, carried_out=True
        )
        for n, facts in enumerate(acts, start=1)
    )
    plan = route.plan.model_copy(update={"opened_at": (NOW,), "answered": answered})
    again = Route.of(plan)
    assert (again.state, again.slots) == (route.state, route.slots)
    assert again.sent_back_by == acts[0].act_id
