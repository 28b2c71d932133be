"""Gates whose opener is absent: his deputy opens them, in his own name, and the record says so."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain.absences import NoDeputy
from domain.kinds import NoticeKind, Role
from domain.messages import NoticeOrder
from domain.refusals import Refusal, RefusalCode
from domain.stages import ANY_CLERK, Opener
from storage import absences, gates
from storage.tables import Absence, Act, Envelope, LedgerEvent, Member, Stage
from tests.storage.test_deputies import absent
from tests.storage.test_stages import enter
from tests.storage.test_waiting_gates import at_gate, waits_for
from tests.storage.world import Journey, World, now


@pytest.fixture
def mayor(world: World) -> UUID:
    """Who is named for the gate."""
    return world.join("mayor", Role.CLERK)


@pytest.fixture
def head(world: World) -> UUID:
    """His deputy."""
    return world.join("head", Role.CLERK)


@pytest.fixture
def journey(world: World, mayor: UUID) -> Journey:
    """Waits for the mayor."""
    return at_gate(world, Opener(member_id=mayor))


def told(journey: Journey, occasion: str = "stage") -> list[tuple[str, str]]:
    """To whom the mail goes, and instead of whom."""
    order = NoticeOrder(envelope_id=journey.envelope_id, kind=NoticeKind.GATE_WAITING,
                        occasion=occasion, participant_ids=())  # fmt: skip
    return [(mail.to_name, mail.deputy_of) for mail in journey.world.notices.enqueue(order)]


def refused(world: World, journey: Journey, who: UUID) -> bool:
    with pytest.raises(Refusal) as caught:
        enter(world, journey, who)
    return caught.value.code is RefusalCode.NOT_ALLOWED


def test_the_deputy_is_told_opens_it_and_the_record_says_for_whom(
    world: World, journey: Journey, mayor: UUID, head: UUID
) -> None:
    assert refused(world, journey, head)
    assert waits_for(world, head) == []
    assert told(journey) == [("mayorさん", "")]
    absence = absent(world, mayor, head)
    assert waits_for(world, head) == waits_for(world, mayor) == [journey.envelope_id]
    assert told(journey, "again") == [("mayorさん", ""), ("headさん", "mayorさん")]
    act_id = enter(world, journey, head)
    assert journey.decide(act_id).accepted
    assert waits_for(world, head) == waits_for(world, mayor) == []
    with world.reading() as session:
        act = session.get_one(Act, act_id)
        event = session.query(LedgerEvent).filter_by(tag="gate:opened").one()
        assert (act.member_id, act.evidence["absence_id"]) == (head, str(absence))
        assert event.actor == f"member:{head}"
        assert event.data["deputy_of"] == str(mayor)


def test_the_opener_himself_opens_it_all_the_same(
    world: World, journey: Journey, mayor: UUID, head: UUID
) -> None:
    absent(world, mayor, head)
    act_id = enter(world, journey, mayor)
    assert journey.decide(act_id).accepted
    with world.reading() as session:
        assert "absence_id" not in session.get_one(Act, act_id).evidence


def test_nobody_opens_it_instead_of_somebody_who_is_back(
    world: World, journey: Journey, mayor: UUID, head: UUID
) -> None:
    absence = absent(world, mayor, head)
    in_time = enter(world, journey, head)
    with world.database.transaction() as session:
        row = session.get_one(Absence, absence)
        assert absences.cancel(session, session.get_one(Member, mayor), row, now())
    assert refused(world, journey, head)
    assert waits_for(world, head) == []
    with world.reading() as session:
        stage = session.query(Stage).filter(Stage.gate_opener.is_not(None)).one()
        deputy = session.get_one(Member, head)
        assert not gates.may_open(session, stage, deputy, now() + timedelta(days=9))
    assert journey.decide(in_time).accepted, "posted while he was away"


def test_an_act_that_is_silent_on_the_absence_opens_nothing(
    world: World, journey: Journey, mayor: UUID, head: UUID
) -> None:
    absent(world, mayor, head)
    act_id = enter(world, journey, head)
    with world.reading() as session:
        evidence = dict(session.get_one(Act, act_id).evidence)
    del evidence["absence_id"]
    forged = world.forge_act(act_id, evidence=evidence)
    facts = world.acts.facts(journey.envelope_id, forged, 0)
    assert facts.refusal is RefusalCode.NOT_ALLOWED


@pytest.mark.parametrize("case", ["sender", "drafted", "no role", "left"])
def test_who_cannot_open_it_instead_is_said_with_the_reason(
    world: World, journey: Journey, mayor: UUID, head: UUID, case: str
) -> None:
    deputy = world.member_id if case == "sender" else head
    absence = absent(world, mayor, deputy)
    if case == "drafted":
        world.set(Envelope, journey.envelope_id, drafted_by=head)
    if case == "no role":
        world.set(Member, head, roles=[Role.APPROVER.value])
    if case == "left":
        world.set(Member, head, active=False)
    why = {"no role": NoDeputy.NO_ROLE, "left": NoDeputy.LEFT}.get(case, NoDeputy.SENDER)
    assert refused(world, journey, deputy)
    assert waits_for(world, deputy) == []
    assert told(journey) == [("mayorさん", "")]
    with world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        row = session.get_one(Absence, absence)
        assert gates.not_held(session, row, now()) == [(envelope, why)]


def test_the_deputys_own_deputy_opens_it_while_both_are_absent(
    world: World, journey: Journey, mayor: UUID, head: UUID
) -> None:
    third = world.join("third", Role.CLERK)
    absent(world, mayor, head)
    absent(world, head, third)
    assert waits_for(world, third) == [journey.envelope_id]
    assert waits_for(world, head) == []
    assert journey.decide(enter(world, journey, third)).accepted


def test_whom_the_absent_one_took_over_from_counts_too(
    world: World, journey: Journey, mayor: UUID, head: UUID
) -> None:
    heir = world.join("heir", Role.CLERK)
    world.set(Member, mayor, active=False, successor_id=heir)
    absent(world, heir, head)
    assert waits_for(world, head) == [journey.envelope_id]
    assert journey.decide(enter(world, journey, head)).accepted


def test_a_gate_of_a_role_is_told_to_all_who_have_it_while_the_sender_is_absent(
    world: World, head: UUID
) -> None:
    journey = at_gate(world, ANY_CLERK)
    assert told(journey) == [("clerkさん", "")]
    assert waits_for(world, head) == []
    absent(world, world.member_id, head)
    assert told(journey, "again") == [("clerkさん", ""), ("headさん", "")]
    assert waits_for(world, head) == waits_for(world, world.member_id) == [journey.envelope_id]
