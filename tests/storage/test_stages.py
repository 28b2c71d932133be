"""Slots with several candidates, gates and stage deadlines as rows."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain.drafts import CheckedDraft, Order, Person
from domain.forms import FormProblems
from domain.kinds import (
    ActKind,
    EnvelopeState,
    Language,
    LinkPurpose,
    NoticeKind,
    ParticipantKind,
    PartyKind,
    Role,
    StageRule,
)
from domain.messages import NoticeOrder
from domain.refusals import Refusal, RefusalCode
from domain.route import Route
from domain.stages import ANY_CLERK, CheckedStage, Gate, Opener, Resolution
from storage import recipients, sending
from storage.posting import PostedAct, post_member_act
from storage.standing import Standing, holder_of, slot_of
from storage.tables import Act, Envelope, Link, LoginSession, Member, Participant, Slot, Stage
from tests.storage.world import CALLER, Journey, World, carry_out, now

ANY = CheckedStage(StageRule.ANY, 1)
RESOLUTION = Resolution("議案第12号", date(2026, 11, 20))


def person(name: str, stage: int, **changes: object) -> Person:
    """Somebody of the vendor."""
    first = Person(
        name,
        f"{name}@vendor.example",
        "やまだ建設",
        PartyKind.COUNTERPARTY,
        ParticipantKind.SIGNER,
        Language.JA,
        key=name,
        stage=stage,
    )
    return replace(first, **changes)  # type: ignore[arg-type]


def begin(world: World, stages: tuple[CheckedStage, ...], *people: Person) -> Journey:
    """Sent as laid out, prepared, first stage open."""
    envelope_id = world.draft()
    world.check(envelope_id)
    checked = CheckedDraft("工事請負契約", "", 30, Order.STAGES, None, people, stages)
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        member = session.get_one(Member, world.member_id)
        sending.send(session, envelope, checked, member, now())
    plan = world.envelopes.plan(envelope_id)
    world.prepare(envelope_id)
    journey = Journey(world, envelope_id, plan, Route.of(plan))
    journey.open()
    return journey


def standing(world: World, envelope_id: UUID, name: str) -> Standing:
    """What his link is good for."""
    with world.reading() as session:
        person_id = world.participant(envelope_id, name).id
        link = session.scalars(
            select(Link).where(
                Link.participant_id == person_id, Link.purpose == LinkPurpose.ACT.value
            )
        ).one()
        return holder_of(session, link, now()).standing


def test_of_two_who_post_at_once_one_signs_and_the_other_is_not_needed(world: World) -> None:
    journey = begin(world, (ANY,), person("anna", 0), person("ben", 0), person("cleo", 0))
    envelope = journey.envelope_id
    with world.reading() as session:
        [slot] = session.scalars(select(Slot).where(Slot.envelope_id == envelope)).all()
        assert slot.participant_id is None
    acts = [world.post(envelope, name) for name in ("anna", "ben")]
    answers = [journey.decide(act) for act in acts]
    assert [answer.accepted for answer in answers] == [True, False]
    assert answers[1].refusal is RefusalCode.NO_LONGER_NEEDED
    carry_out(world, envelope, acts[0])
    assert standing(world, envelope, "anna") is Standing.ACTED
    assert standing(world, envelope, "ben") is Standing.RELEASED
    assert standing(world, envelope, "cleo") is Standing.RELEASED
    with pytest.raises(Refusal) as refused:
        world.signing.authorise(envelope, acts[1])
    assert refused.value.code is RefusalCode.NOT_ALLOWED
    link = world.link(envelope, "cleo", LinkPurpose.ACT)
    assert link is not None
    assert link.revoked_why == "released"


def test_even_an_act_that_is_written_as_accepted_signs_nothing_after_another(
    world: World,
) -> None:
    """A thief of the database has no second signature in the same slot."""
    journey = begin(world, (ANY,), person("anna", 0), person("ben", 0))
    anna = world.post(journey.envelope_id, "anna")
    ben = world.post(journey.envelope_id, "ben")
    journey.decide(anna)
    carry_out(world, journey.envelope_id, anna)
    journey.decide(ben)
    forged = world.forge_act(ben, accepted=True)
    with pytest.raises(Refusal):
        world.signing.authorise(journey.envelope_id, forged)


def test_two_who_post_at_once_get_two_of_the_slots_that_two_of_three_have(world: World) -> None:
    two = CheckedStage(StageRule.N_OF, 2)
    people = [person(name, 0) for name in ("anna", "ben", "cleo")]
    journey = begin(world, (two,), *people)
    envelope = journey.envelope_id
    acts = [world.post(envelope, name) for name in ("anna", "ben")]
    with world.reading() as session:
        slots = {session.get_one(Act, act).slot_id for act in acts}
    assert len(slots) == 2
    assert journey.decide(acts[0]).accepted
    assert standing(world, envelope, "anna") is Standing.ACTED
    assert standing(world, envelope, "cleo") is Standing.OPEN
    assert journey.decide(acts[1]).accepted
    for act in acts:
        carry_out(world, envelope, act)
    assert standing(world, envelope, "cleo") is Standing.RELEASED
    for act in acts:
        with world.reading() as session:
            slot_id = session.get_one(Act, act).slot_id
        assert slot_id is not None
        journey.route.mark_done(slot_id)
    assert journey.route.all_stages_met()
    journey.complete()


def test_a_decline_leaves_the_slot_to_the_others(world: World) -> None:
    journey = begin(world, (ANY,), person("anna", 0), person("ben", 0))
    envelope = journey.envelope_id
    journey.act("anna", ActKind.DECLINE)
    assert standing(world, envelope, "anna") is Standing.ACTED
    assert standing(world, envelope, "ben") is Standing.OPEN
    act = world.post(envelope, "ben")
    assert journey.decide(act).accepted
    carry_out(world, envelope, act)
    with world.reading() as session:
        [slot] = session.scalars(select(Slot).where(Slot.envelope_id == envelope)).all()
        ben = world.participant(envelope, "ben")
        assert slot.participant_id == ben.id
        envelope_row = session.get_one(Envelope, envelope)
        anna = session.get_one(Participant, world.participant(envelope, "anna").id)
        assert slot_of(session, anna, envelope_row) is not None


def test_who_is_not_needed_gets_one_mail_that_says_so_and_has_no_link(world: World) -> None:
    journey = begin(world, (ANY,), person("anna", 0), person("ben", 0))
    journey.act("anna")
    ben = world.participant(journey.envelope_id, "ben")
    order = NoticeOrder(
        envelope_id=journey.envelope_id,
        kind=NoticeKind.RELEASED,
        occasion="stage:1",
        participant_ids=(ben.id,),
    )
    [mail] = world.notices.enqueue(order)
    assert mail.to_mail == ben.mail
    assert mail.link_id is None
    assert [again.notice_id for again in world.notices.enqueue(order)] == [mail.notice_id]


# -- gates ---------------------------------------------------------------------------------------


def gate_of(opener: Opener) -> CheckedStage:
    """Waits for the council."""
    return CheckedStage(gate=Gate("議決", opener))


def enter(world: World, journey: Journey, member_id: UUID) -> UUID:
    """What the envelope page's form does for a member."""
    with world.database.transaction() as session:
        login = LoginSession(
            member_id=member_id,
            token_sha256=uuid4().hex * 2,
            created_at=now() - timedelta(minutes=1),
            last_seen_at=now(),
        )
        session.add(login)
        session.flush()
        stage = session.scalars(
            select(Stage).where(
                Stage.envelope_id == journey.envelope_id, Stage.gate_opener.is_not(None)
            )
        ).one()
        posted = PostedAct(
            ActKind.OPEN_GATE,
            uuid4().hex,
            "0" * 64,
            CALLER,
            gate_id=stage.id,
            resolution=RESOLUTION,
        )
    return post_member_act(world.database, login, journey.envelope_id, posted, now())


def test_a_gate_is_opened_by_who_was_named_and_the_ledger_says_by_what(world: World) -> None:
    named = world.join("mayor", Role.CLERK)
    journey = begin(world, (gate_of(Opener(member_id=named)), ANY), person("anna", 1))
    order = NoticeOrder(
        envelope_id=journey.envelope_id, kind=NoticeKind.GATE_WAITING, occasion="stage:1"
    )
    [mail] = world.notices.enqueue(order)
    assert (mail.to_mail, mail.gate) == ("mayor@aoba.example.jp", "議決")
    with pytest.raises(Refusal) as refused:
        enter(world, journey, world.member_id)
    assert refused.value.code is RefusalCode.NOT_ALLOWED
    assert journey.decide(enter(world, journey, named)).accepted
    assert "gate:opened" in world.tags(journey.envelope_id)
    with pytest.raises(Refusal) as again:
        enter(world, journey, named)
    assert again.value.code is RefusalCode.GATE_NOT_WAITING
    assert journey.route.stage_is_met()
    journey.open()
    act = world.post(journey.envelope_id, "anna")
    assert journey.decide(act).accepted
    carry_out(world, journey.envelope_id, act)
    plan = world.envelopes.plan(journey.envelope_id)
    assert Route.of(plan).gates == journey.route.gates


def told_of_gate(world: World, journey: Journey) -> set[str]:
    order = NoticeOrder(
        envelope_id=journey.envelope_id, kind=NoticeKind.GATE_WAITING, occasion="stage:1"
    )
    return {mail.to_mail for mail in world.notices.enqueue(order)}


def test_a_reminder_of_a_gate_says_since_when_it_waits(world: World) -> None:
    journey = begin(world, (gate_of(ANY_CLERK), ANY), person("anna", 1))
    order = NoticeOrder(
        envelope_id=journey.envelope_id, kind=NoticeKind.GATE_WAITING, occasion="day:2026-12-08"
    )
    [mail] = world.notices.enqueue(order)
    with world.reading() as session:
        [stage] = session.scalars(select(Stage).where(Stage.gate_opener.is_not(None)))
        assert mail.gate_since == stage.opened_at
    first = order.model_copy(update={"occasion": f"stage:{stage.id}"})
    [mail] = world.notices.enqueue(first)
    assert mail.gate_since is None


@pytest.mark.parametrize("followed", [True, False])
def test_who_took_over_from_a_gate_s_opener_opens_it_and_without_one_an_administrator(
    world: World, *, followed: bool
) -> None:
    named, heir = world.join("mayor", Role.CLERK), world.join("deputy", Role.CLERK)
    admin = world.join("chief", Role.ADMIN)
    journey = begin(world, (gate_of(Opener(member_id=named)), ANY), person("anna", 1))
    world.set(Member, named, active=False, successor_id=heir if followed else None)
    who, other = (heir, admin) if followed else (admin, heir)
    assert told_of_gate(world, journey) == {
        "deputy@aoba.example.jp" if followed else "chief@aoba.example.jp"
    }
    for one in (named, other):
        with pytest.raises(Refusal):
            enter(world, journey, one)
    assert journey.decide(enter(world, journey, who)).accepted


def test_everybody_with_the_role_that_opens_a_gate_is_told(world: World) -> None:
    for name in ("one", "two"):
        world.join(name, Role.ADMIN)
    journey = begin(world, (gate_of(Opener(role=Role.ADMIN)), ANY), person("anna", 1))
    assert told_of_gate(world, journey) == {"one@aoba.example.jp", "two@aoba.example.jp"}


def test_behind_a_gate_that_nobody_opened_the_key_is_not_used(world: World) -> None:
    """Though the rows of the workflow's answers say that the act was accepted."""
    journey = begin(world, (gate_of(Opener(role=Role.CLERK)), ANY), person("anna", 1))
    act = enter(world, journey, world.member_id)
    journey.decide(act)
    journey.open()
    sign = world.post(journey.envelope_id, "anna")
    journey.decide(sign)
    with world.reading() as session:
        gate = session.scalars(select(Stage).where(Stage.gate_act_id.is_not(None))).one()
    world.set(Stage, gate.id, gate_act_id=None)
    with pytest.raises(Refusal) as refused:
        world.signing.authorise(journey.envelope_id, sign)
    assert refused.value.code is RefusalCode.NOT_YOUR_TURN


def test_a_stage_s_deadline_closes_its_links_and_stands_in_the_mail(world: World) -> None:
    timed = CheckedStage(StageRule.ANY, 1, days=3)
    journey = begin(world, (timed,), person("anna", 0), person("ben", 0))
    with world.reading() as session:
        stage = session.scalars(select(Stage).where(Stage.envelope_id == journey.envelope_id)).one()
        deadline = stage.deadline_at
        assert deadline == journey.route.deadline_at
        assert deadline is not None
        anna = world.participant(journey.envelope_id, "anna")
        link = session.scalars(select(Link).where(Link.participant_id == anna.id)).one()
        late = holder_of(session, link, deadline + timedelta(seconds=1))
        assert late.standing is Standing.LATE
    order = NoticeOrder(
        envelope_id=journey.envelope_id,
        kind=NoticeKind.REQUEST,
        occasion="stage:1",
        participant_ids=(anna.id,),
    )
    [mail] = world.notices.enqueue(order)
    assert mail.deadline_at == deadline


# -- recipients ----------------------------------------------------------------------------------


def test_a_recipient_gets_the_documents_that_were_chosen_and_no_others(world: World) -> None:
    envelope_id = world.draft(documents=2)
    first, second = world.documents(envelope_id)
    taker = person("rei", 0, kind=ParticipantKind.RECIPIENT, documents=(str(second),))
    world.send(person("anna", 0), taker, envelope_id=envelope_id)
    with world.reading() as session:
        rei = world.participant(envelope_id, "rei")
        anna = world.participant(envelope_id, "anna")
        assert recipients.chosen_for(session, rei.id) == {second}
        assert recipients.chosen_for(session, anna.id) == frozenset()
    assert first != second


def test_a_chosen_document_that_is_gone_stops_the_sending(world: World) -> None:
    """Nobody gets everything because what was chosen for him is not there."""
    taker = person("rei", 0, kind=ParticipantKind.RECIPIENT, documents=(str(uuid4()),))
    envelope_id = world.draft()
    with pytest.raises(FormProblems):
        world.send(person("anna", 0), taker, envelope_id=envelope_id)
    assert world.envelope(envelope_id).state == EnvelopeState.DRAFT


def test_who_was_to_get_a_document_gets_the_one_that_replaces_it(world: World) -> None:
    envelope_id = world.draft(documents=2)
    first, second = world.documents(envelope_id)
    taker = person("rei", 0, kind=ParticipantKind.RECIPIENT, documents=(str(first),))
    world.send(person("anna", 0), taker, envelope_id=envelope_id)
    rei = world.participant(envelope_id, "rei")
    with world.database.transaction() as session:
        recipients.choose_instead(session, {first: second})
        assert recipients.chosen_for(session, rei.id) == {first, second}
        anna = world.participant(envelope_id, "anna")
        assert recipients.chosen_for(session, anna.id) == frozenset()
