"""A sender's acts as rows: reminder, new link, later deadline."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.kinds import ActKind, LinkPurpose, SlotState
from domain.messages import LinkRenewal
from domain.refusals import Refusal, RefusalCode
from storage.posting import PostedAct, post_member_act
from storage.tables import Act, LedgerEvent, Link, LoginSession, Participant
from tests.storage.test_app_codes import asked as asked_for_an_app
from tests.storage.world import CALLER, RECIPIENT, Journey, World, now, person


def login(world: World) -> LoginSession:
    """The sender, logged in a minute ago."""
    moment = now() - timedelta(minutes=1)
    row = LoginSession(
        id=uuid4(),
        member_id=world.member_id,
        token_sha256=uuid4().hex * 2,
        created_at=moment,
        last_seen_at=moment,
    )
    with world.database.transaction() as session:
        session.add(row)
    return row


def post(world: World, envelope_id: UUID, kind: ActKind, **aim: Any) -> UUID:
    """The form of the envelope's page."""
    posted = PostedAct(kind, uuid4().hex, "0" * 64, CALLER, **aim)
    return post_member_act(world.database, login(world), envelope_id, posted, now())


def link_of(journey: Journey, name: str) -> Link:
    """The person's act link."""
    link = journey.world.link(journey.envelope_id, name, LinkPurpose.ACT)
    assert link is not None
    return link


def deadline_of(journey: Journey) -> datetime:
    """As pages show it."""
    deadline = journey.world.envelope(journey.envelope_id).deadline_at
    assert deadline is not None
    return deadline


def test_a_reminder_fills_no_slot_and_leaves_the_link_alone(world: World) -> None:
    """The person can still act afterwards, with the link that he has."""
    journey = Journey.begin(world, person("a"))
    slot = world.slot(journey.envelope_id, "a")
    act_id = post(world, journey.envelope_id, ActKind.REMIND, target_slot_id=slot.id)
    assert journey.decide(act_id).accepted
    assert world.slot(journey.envelope_id, "a").state == SlotState.ASKED
    assert link_of(journey, "a").revoked_at is None
    with world.reading() as session:
        assert session.get_one(Act, act_id).slot_id is None
    journey.sign("a")
    assert world.slot(journey.envelope_id, "a").state == SlotState.DONE


def test_an_extension_is_projected(world: World) -> None:
    """And the ledger keeps who moved it."""
    journey = Journey.begin(world, person("a"))
    later = deadline_of(journey) + timedelta(days=7)
    act_id = post(world, journey.envelope_id, ActKind.EXTEND, deadline_at=later)
    assert journey.decide(act_id).accepted
    assert deadline_of(journey) == later
    assert "act:accepted" in world.tags(journey.envelope_id)


@pytest.mark.parametrize(
    ("days", "code"),
    [
        (0, RefusalCode.DEADLINE_NOT_LATER),
        (-3, RefusalCode.DEADLINE_NOT_LATER),
        (400, RefusalCode.NOT_ALLOWED),
    ],
)
def test_a_deadline_that_is_no_extension_is_refused_at_the_form(
    world: World, days: int, code: RefusalCode
) -> None:
    """Nothing is written."""
    journey = Journey.begin(world, person("a"))
    with pytest.raises(Refusal) as caught:
        post(
            world,
            journey.envelope_id,
            ActKind.EXTEND,
            deadline_at=deadline_of(journey) + timedelta(days=days),
        )
    assert caught.value.code is code


def test_nobody_is_reminded_of_another_envelopes_slot(world: World) -> None:
    """A slot id from elsewhere names nobody here."""
    journey, other = Journey.begin(world, person("a")), Journey.begin(world, person("b"))
    slot = world.slot(other.envelope_id, "b")
    with pytest.raises(Refusal, match="not_allowed"):
        post(world, journey.envelope_id, ActKind.REMIND, target_slot_id=slot.id)


def test_a_renewed_link_has_a_new_generation_once_per_act(world: World) -> None:
    """A repeated step must not kill the link that was just mailed."""
    journey = Journey.begin(world, person("a"))
    before = link_of(journey, "a")
    people = (world.participant(journey.envelope_id, "a").id,)
    slot = world.slot(journey.envelope_id, "a")
    act_id = post(world, journey.envelope_id, ActKind.REREQUEST, target_slot_id=slot.id)
    renewal = LinkRenewal(envelope_id=journey.envelope_id, act_id=act_id, participant_ids=people)
    for _ in range(2):
        world.envelopes.renew_links(renewal)
    after = link_of(journey, "a")
    assert after.generation == before.generation + 1
    assert after.token_sha256 is None
    assert after.revoked_at is None


def test_a_visit_of_the_old_link_proves_nothing_after_the_renewal(world: World) -> None:
    """Whoever opened the old mail has to open the new one."""
    journey = Journey.begin(world, person("a"))
    people = (world.participant(journey.envelope_id, "a").id,)
    slot = world.slot(journey.envelope_id, "a")
    posted_before = world.post(journey.envelope_id, "a")
    act_id = post(world, journey.envelope_id, ActKind.REREQUEST, target_slot_id=slot.id)
    world.envelopes.renew_links(
        LinkRenewal(envelope_id=journey.envelope_id, act_id=act_id, participant_ids=people)
    )
    late = world.forge_act(posted_before, posted_at=now() + timedelta(seconds=1))
    facts = world.acts.facts(journey.envelope_id, late, 0)
    assert facts.refusal is RefusalCode.EVIDENCE_INCOMPLETE


def test_a_renewal_of_an_ended_envelope_changes_nothing(world: World) -> None:
    """Its links stay closed."""
    journey = Journey.begin(world, person("a"))
    people = (world.participant(journey.envelope_id, "a").id,)
    journey.decide(world.withdraw(journey.envelope_id))
    before = link_of(journey, "a")
    world.envelopes.renew_links(
        LinkRenewal(envelope_id=journey.envelope_id, act_id=uuid4(), participant_ids=people)
    )
    assert link_of(journey, "a").generation == before.generation


def test_a_corrected_address_has_a_new_link_and_the_ledger_knows(world: World) -> None:
    """The old link is dead with the same transaction; a repeat renews nothing more."""
    journey = Journey.begin(world, person("a"), person("b"))
    before, slot = link_of(journey, "a"), world.slot(journey.envelope_id, "a")
    old = world.participant(journey.envelope_id, "a")
    mail = "right@vendor.example"
    words = {"target_slot_id": slot.id, "corrected_mail": mail}
    act_id = post(world, journey.envelope_id, ActKind.READDRESS, **words)
    assert world.participant(journey.envelope_id, "a").mail == old.mail
    assert journey.decide(act_id).accepted
    after = link_of(journey, "a")
    assert world.participant(journey.envelope_id, "a").mail == mail
    assert (after.generation, after.token_sha256) == (before.generation + 1, None)
    renewal = LinkRenewal(envelope_id=journey.envelope_id, act_id=act_id, participant_ids=(old.id,))
    world.envelopes.renew_links(renewal)
    assert link_of(journey, "a").generation == after.generation
    with world.reading() as session:
        corrected = session.get_one(Act, act_id).evidence["corrected"]
        tags = [event.tag for event in session.query(LedgerEvent)]
    assert corrected == {"participant": str(old.id), "from": old.mail, "to": mail}
    assert tags.count("participant:corrected") == 1


def test_a_corrected_number_has_a_new_link_too_and_the_address_may_stay(world: World) -> None:
    journey = Journey.begin(world, person("a", phone="+819012345678"), person("b"))
    before, slot = link_of(journey, "a"), world.slot(journey.envelope_id, "a")
    words = {
        "target_slot_id": slot.id,
        "corrected_mail": world.participant(journey.envelope_id, "a").mail,
        "corrected_phone": "+818011112222",
    }
    act_id = post(world, journey.envelope_id, ActKind.READDRESS, **words)
    assert journey.decide(act_id).accepted
    assert world.participant(journey.envelope_id, "a").phone == "+818011112222"
    assert link_of(journey, "a").generation == before.generation + 1
    with world.reading() as session:
        corrected = session.get_one(Act, act_id).evidence["corrected"]
    assert (corrected["phone_from"], corrected["phone_to"]) == ("+819012345678", "+818011112222")


@pytest.mark.parametrize(
    ("asked", "phone"),
    [
        ({"phone": "+819012345678"}, "080-1111-2222"),
        ({"phone": "+819012345678"}, "+818011112222\r\n"),
        ({}, "+818011112222"),
        ({"app_code": True}, ""),
    ],
)
def test_a_number_that_is_none_or_of_nobody_asked_corrects_nothing(
    world: World, asked: dict[str, Any], phone: str
) -> None:
    journey = (
        asked_for_an_app(world)[0]
        if "app_code" in asked
        else Journey.begin(world, person("a", **asked), person("b"))
    )
    words = {
        "target_slot_id": world.slot(journey.envelope_id, "a").id,
        "corrected_mail": "right@vendor.example",
        "corrected_phone": phone,
    }
    with pytest.raises(Refusal, match="not_allowed"):
        post(world, journey.envelope_id, ActKind.READDRESS, **words)


@pytest.mark.parametrize("mail", ["", "nobody", "a@b.example\r\nBcc: c@d.example", "a@b@c"])
def test_an_address_that_is_none_corrects_nothing(world: World, mail: str) -> None:
    journey = Journey.begin(world, person("a"))
    slot = world.slot(journey.envelope_id, "a")
    words = {"target_slot_id": slot.id, "corrected_mail": mail}
    with pytest.raises(Refusal, match="not_allowed"):
        post(world, journey.envelope_id, ActKind.READDRESS, **words)


def test_an_address_of_somebody_else_on_the_route_is_refused(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"))
    slot, other = (
        world.slot(journey.envelope_id, "a"),
        world.participant(journey.envelope_id, "b"),
    )
    words = {"target_slot_id": slot.id, "corrected_mail": other.mail.upper()}
    with pytest.raises(Refusal, match="already_on_route"):
        post(world, journey.envelope_id, ActKind.READDRESS, **words)


def test_an_address_is_corrected_before_its_turn_and_the_first_request_goes_there(
    world: World,
) -> None:
    """Nothing was sent to the wrong one: no link of it ever was, and no mail."""
    journey = Journey.begin(world, person("a"), person("b"))
    slot, old = world.slot(journey.envelope_id, "b"), world.participant(journey.envelope_id, "b")
    assert slot.state == SlotState.WAITING
    mail = "right@vendor.example"
    words = {"target_slot_id": slot.id, "corrected_mail": mail}
    act_id = post(world, journey.envelope_id, ActKind.READDRESS, **words)
    assert journey.decide(act_id).accepted
    assert world.participant(journey.envelope_id, "b").mail == mail
    assert world.link(journey.envelope_id, "b", LinkPurpose.ACT) is None
    assert world.slot(journey.envelope_id, "b").state == SlotState.WAITING
    with world.reading() as session:
        corrected = session.get_one(Act, act_id).evidence["corrected"]
        [event] = session.query(LedgerEvent).filter_by(tag="participant:corrected")
    assert corrected == {"participant": str(old.id), "from": old.mail, "to": mail}
    assert event.data["slot"] == str(slot.id)
    journey.sign("a")
    journey.open()
    link = link_of(journey, "b")
    assert (link.generation, link.revoked_at) == (1, None)
    journey.sign("b")


def test_a_recipients_address_is_corrected_before_the_documents_go_there(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("r", RECIPIENT))
    old = world.participant(journey.envelope_id, "r")
    words = {"about_id": old.id, "corrected_mail": "right@vendor.example"}
    act_id = post(world, journey.envelope_id, ActKind.READDRESS, **words)
    assert journey.decide(act_id).accepted
    assert world.participant(journey.envelope_id, "r").mail == "right@vendor.example"
    with world.reading() as session:
        evidence = session.get_one(Act, act_id).evidence
        [event] = session.query(LedgerEvent).filter_by(tag="participant:corrected")
    assert evidence["corrected"]["from"] == old.mail
    assert event.data["participant"] == str(old.id)
    assert "slot" not in event.data
    journey.sign("a")


def test_nobodys_address_is_corrected_as_a_recipients_who_is_none_of_this_envelope(
    world: World,
) -> None:
    """A signer is named by his slot; a member's address is his account's."""
    journey = Journey.begin(world, person("a"), person("m", RECIPIENT))
    with world.database.transaction() as session:
        row = session.get_one(Participant, world.participant(journey.envelope_id, "m").id)
        row.member_id = world.member_id
    other = Journey.begin(world, person("b"), person("s", RECIPIENT))
    people = [
        world.participant(journey.envelope_id, "a").id,
        world.participant(journey.envelope_id, "m").id,
        world.participant(other.envelope_id, "s").id,
        uuid4(),
        None,
    ]
    for one in people:
        words = {"about_id": one, "corrected_mail": "right@vendor.example"}
        with pytest.raises(Refusal, match="not_allowed"):
            post(world, journey.envelope_id, ActKind.READDRESS, **words)
