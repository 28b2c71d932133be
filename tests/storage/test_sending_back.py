"""Sending back and resuming as rows."""

import pytest

from domain.drafts import Order
from domain.kinds import ActKind, EnvelopeState, LinkPurpose, NoticeKind, PartyKind
from domain.messages import NoticeOrder
from domain.refusals import Refusal, RefusalCode
from storage.standing import Standing, holder_of
from storage.tables import Act
from tests.storage.test_steering import post as post_by_sender
from tests.storage.world import APPROVER, Journey, World, carry_out, now, person

OWN = PartyKind.OWN


def begun(world: World) -> Journey:
    """An approver of ours and a signer of theirs, asked at once."""
    return Journey.begin(
        world, person("boss", APPROVER, party=OWN), person("a"), order=Order.PARALLEL
    )


def standing(journey: Journey, name: str) -> Standing:
    link = journey.world.link(journey.envelope_id, name, LinkPurpose.ACT)
    assert link is not None
    with journey.world.reading() as session:
        return holder_of(session, link, now()).standing


def test_everybody_waits_and_no_link_dies(world: World) -> None:
    journey = begun(world)
    journey.act("boss", ActKind.SEND_BACK)
    assert world.envelope(journey.envelope_id).state == EnvelopeState.SENT_BACK
    for name in ("boss", "a"):
        assert standing(journey, name) is Standing.SENT_BACK
        link = world.link(journey.envelope_id, name, LinkPurpose.ACT)
        assert link is not None
        assert link.revoked_at is None
    with pytest.raises(Refusal, match="sent_back_now"):
        world.post(journey.envelope_id, "a")
    assert "envelope:sent_back" in world.tags(journey.envelope_id)


def test_after_a_resumption_both_act_with_the_links_they_have(world: World) -> None:
    journey = begun(world)
    journey.act("boss", ActKind.SEND_BACK)
    act_id = post_by_sender(world, journey.envelope_id, ActKind.RESUME, reason="このままで")
    assert journey.decide(act_id).accepted
    assert standing(journey, "boss") is Standing.OPEN
    journey.act("boss", ActKind.APPROVE)
    journey.sign("a")
    assert journey.route.all_stages_met()
    assert "envelope:resumed" in world.tags(journey.envelope_id)


def test_a_signature_accepted_before_is_made_while_it_is_sent_back(world: World) -> None:
    journey = begun(world)
    signed = journey.act("a")
    journey.act("boss", ActKind.SEND_BACK)
    carry_out(world, journey.envelope_id, signed)
    assert world.slot(journey.envelope_id, "a").state == "done"


def test_the_other_side_cannot_send_back_not_even_with_a_row(world: World) -> None:
    journey = begun(world)
    with pytest.raises(Refusal, match="not_allowed"):
        world.post(journey.envelope_id, "a", ActKind.SEND_BACK)
    declined = world.post(journey.envelope_id, "a", ActKind.DECLINE)
    forged = world.forge_act(declined, kind="send_back")
    assert world.acts.facts(journey.envelope_id, forged, 0).refusal is RefusalCode.NOT_ALLOWED


def test_only_what_is_sent_back_is_resumed_and_with_a_comment(world: World) -> None:
    journey = begun(world)
    with pytest.raises(Refusal, match="not_sent_back"):
        post_by_sender(world, journey.envelope_id, ActKind.RESUME, reason="x")
    journey.act("boss", ActKind.SEND_BACK)
    with pytest.raises(Refusal, match="not_allowed"):
        post_by_sender(world, journey.envelope_id, ActKind.RESUME)


def test_a_workflow_that_starts_from_the_rows_finds_it_sent_back(world: World) -> None:
    journey = begun(world)
    journey.act("boss", ActKind.SEND_BACK)
    plan = world.envelopes.plan(journey.envelope_id)
    assert type(journey.route).of(plan).state is EnvelopeState.SENT_BACK


def test_the_mails_keep_the_talk_of_one_side_among_itself(world: World) -> None:
    journey = begun(world)
    sent_back = journey.act("boss", ActKind.SEND_BACK)
    order = NoticeOrder(
        envelope_id=journey.envelope_id,
        kind=NoticeKind.SENT_BACK,
        occasion=f"act:{sent_back}",
        act_id=sent_back,
    )
    [told] = world.notices.enqueue(order)
    assert told.to_sender
    assert (told.actor_name, told.reason) == ("boss", "理由です")
    act_id = post_by_sender(world, journey.envelope_id, ActKind.RESUME, reason="このままで")
    journey.decide(act_id)
    people = tuple(world.participant(journey.envelope_id, name).id for name in ("boss", "a"))
    resumed = order.model_copy(
        update={"kind": NoticeKind.RESUMED, "participant_ids": people, "act_id": act_id}
    )
    said = {notice.to_name: notice.reason for notice in world.notices.enqueue(resumed)}
    assert said == {"boss": "このままで", "a": ""}
    with world.reading() as session:
        assert session.get_one(Act, act_id).slot_id is None


def test_an_address_is_corrected_while_it_is_sent_back(world: World) -> None:
    """The old link dies at once; the new one is mailed when it goes on."""
    journey = begun(world)
    before = world.link(journey.envelope_id, "a", LinkPurpose.ACT)
    journey.act("boss", ActKind.SEND_BACK)
    slot, mail = world.slot(journey.envelope_id, "a"), "right@vendor.example"
    words = {"target_slot_id": slot.id, "corrected_mail": mail}
    act_id = post_by_sender(world, journey.envelope_id, ActKind.READDRESS, **words)
    assert journey.decide(act_id).accepted
    assert world.participant(journey.envelope_id, "a").mail == mail
    after = world.link(journey.envelope_id, "a", LinkPurpose.ACT)
    assert before is not None
    assert after is not None
    assert after.generation == before.generation + 1
    assert standing(journey, "a") is Standing.SENT_BACK
