"""Sending back to a stage as rows: new places for what is asked anew, and the rest as it was."""

from uuid import UUID

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from domain.drafts import Order
from domain.events import Event
from domain.kinds import ActKind, LinkPurpose, NoticeKind, PartyKind, SlotState
from domain.messages import NoticeOrder
from domain.ports.notices import PendingNotice
from domain.refusals import Refusal, RefusalCode
from domain.route import Route
from domain.route_returns import start_round
from storage import evidence, returns
from storage.standing import Standing
from storage.tables import Act, Envelope, Field, LedgerEvent, Slot, Stage, TypedValues
from tests.storage.filling import type_in
from tests.storage.test_sending_back import standing
from tests.storage.world import APPROVER, Journey, World, person

OWN = PartyKind.OWN
CHAIN = ("chief", "head", "mayor")


def begun(world: World) -> Journey:
    """Three of ours approve, one after the other, then they sign; the third is asked."""
    people = [person(name, APPROVER, party=OWN) for name in CHAIN]
    journey = Journey.begin(world, *people, person("a"), order=Order.SEQUENCE)
    for name in CHAIN[:2]:
        journey.act(name, ActKind.APPROVE)
        journey.open()
    return journey


def stage_of(journey: Journey, position: int) -> UUID:
    return journey.route.plan.stages[position].stage_id


def send_back(journey: Journey, name: str, position: int) -> UUID:
    """Posted, accepted, carried out, and the stage is asked."""
    world, target = journey.world, stage_of(journey, position)
    act_id = world.post(journey.envelope_id, name, ActKind.SEND_BACK, back_to=target)
    assert journey.decide(act_id).accepted
    for _ in range(2):
        plan = world.returns.begin_round(journey.envelope_id, act_id)
    start_round(journey.route, plan)
    journey.open()
    return act_id


def test_the_stage_is_asked_anew_and_what_came_before_it_stays(world: World) -> None:
    journey = begun(world)
    first = world.slot(journey.envelope_id, "chief")
    act_id = send_back(journey, "mayor", 1)
    slots = {name: world.slot(journey.envelope_id, name) for name in (*CHAIN, "a")}
    assert [slot.state for slot in slots.values()] == ["done", "asked", "waiting", "waiting"]
    assert slots["chief"].id == first.id
    assert [standing(journey, name) for name in CHAIN] == [
        Standing.ACTED,
        Standing.OPEN,
        Standing.WAITING,
    ]
    link = world.link(journey.envelope_id, "mayor", LinkPurpose.ACT)
    assert link is not None
    assert link.revoked_at is None, "it says that it is not his turn"
    with pytest.raises(Refusal, match="not_your_turn"):
        world.post(journey.envelope_id, "mayor", ActKind.APPROVE)
    for name in CHAIN[1:]:
        journey.act(name, ActKind.APPROVE)
        journey.open()
    journey.sign("a")
    assert journey.route.all_stages_met()
    journey.complete()
    with world.reading() as session:
        assert session.scalars(select(Stage.returned_by).distinct()).all().count(act_id) == 1


def test_ledger_and_evidence_say_what_was_undone_and_what_was_kept(world: World) -> None:
    journey = begun(world)
    act_id = send_back(journey, "mayor", 1)
    with world.reading() as session:
        acts = session.scalars(
            select(Act).where(Act.kind == "approve").order_by(Act.answer_order)
        ).all()
        event = session.scalars(
            select(LedgerEvent).where(LedgerEvent.tag == Event.STAGES_REOPENED.value)
        ).one()
        assert event.data["kept"] == [str(acts[0].id)]
        assert event.data["undone"] == [str(acts[1].id)]
        record = evidence.evidence_record(session, world.vault, journey.envelope_id, reader=None)
    undone = {row["id"]: row.get("undone_by") for row in record["acts"]}
    assert undone == {str(acts[0].id): None, str(acts[1].id): str(act_id), str(act_id): None}
    assert world.tags(journey.envelope_id).count("stage:reopened") == 1


def test_a_workflow_from_rows_goes_on_where_the_first_one_stood(world: World) -> None:
    journey = begun(world)
    target = stage_of(journey, 0)
    act_id = world.post(journey.envelope_id, "mayor", ActKind.SEND_BACK, back_to=target)
    assert journey.decide(act_id).accepted
    assert Route.of(world.envelopes.plan(journey.envelope_id)).returning == act_id
    start_round(journey.route, world.returns.begin_round(journey.envelope_id, act_id))
    lost = Route.of(world.envelopes.plan(journey.envelope_id))
    assert (lost.stage_index, lost.returning) == (-1, None), "nobody is asked yet"
    journey.open()
    again = Route.of(world.envelopes.plan(journey.envelope_id))
    assert [slot.state for slot in again.slots.values()] == [
        slot.state for slot in journey.route.slots.values()
    ]
    assert again.next_order() == journey.route.next_order()


def test_fields_go_with_their_people_and_only_open_stages_have_new_places(world: World) -> None:
    journey = begun(world)
    signer = world.slot(journey.envelope_id, "a")
    send_back(journey, "mayor", 0)
    assert world.slot(journey.envelope_id, "a").id == signer.id
    with world.reading() as session:
        fields = session.scalars(select(Field.slot_id)).all()
        assert set(fields) == {signer.id}
        past = session.scalars(select(Stage).where(Stage.ended_by.is_not(None))).all()
        assert {stage.version for stage in past} == {-1}
        slots = session.scalars(select(Slot).where(Slot.stage_id.in_([stage.id for stage in past])))
        assert {slot.state for slot in slots} == {SlotState.DONE, SlotState.RELEASED}


def test_a_snapshot_of_before_that_comes_late_opens_no_place_of_before(world: World) -> None:
    journey = begun(world)
    before = [world.slot(journey.envelope_id, name).id for name in CHAIN[1:]]
    target = stage_of(journey, 1)
    act_id = world.post(journey.envelope_id, "mayor", ActKind.SEND_BACK, back_to=target)
    assert journey.decide(act_id).accepted
    late = journey.route.snapshot()
    world.returns.begin_round(journey.envelope_id, act_id)
    world.envelopes.project(late)
    with world.reading() as session:
        assert session.get_one(Envelope, journey.envelope_id).projected_sequence == late.sequence
        states = [session.get_one(Slot, slot_id).state for slot_id in before]
    assert states == [SlotState.DONE, SlotState.RELEASED]


def test_what_somebody_typed_and_nobody_can_read_holds_up_nobody(world: World) -> None:
    journey = begun(world)
    slots = {name: world.slot(journey.envelope_id, name).id for name in CHAIN[1:]}
    for name in slots:
        type_in(world, journey.envelope_id, name, {})
    with world.database.transaction() as session:
        broken = session.scalars(
            select(TypedValues).where(TypedValues.slot_id == slots["mayor"])
        ).one()
        broken.sealed = broken.sealed[:-1] + bytes([broken.sealed[-1] ^ 1])
    with capture_logs() as logs:
        send_back(journey, "mayor", 1)
    with world.reading() as session:
        kept = set(session.scalars(select(TypedValues.slot_id)))
    assert kept == {world.slot(journey.envelope_id, "head").id, slots["mayor"]}
    assert slots["head"] not in kept
    [line] = [line for line in logs if line["event"] == "typed_values_unreadable"]
    assert line["slot"] == str(slots["mayor"])


def test_nothing_is_offered_past_a_signature_and_none_is_carried_out(world: World) -> None:
    """The other side signs first; our chain goes back and forth behind its signature."""
    people = [person("a"), *(person(name, APPROVER, party=OWN) for name in CHAIN[:2])]
    journey = Journey.begin(world, *people, order=Order.SEQUENCE)
    signed = stage_of(journey, 0)
    journey.sign("a")
    journey.open()
    journey.act("chief", ActKind.APPROVE)
    journey.open()
    with world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        slot = session.get_one(Slot, world.slot(journey.envelope_id, "head").id)
        offered = returns.targets(session, envelope, slot)
    assert [target.stage.id for target in offered] == [stage_of(journey, 1)]
    with pytest.raises(Refusal, match=RefusalCode.NO_EARLIER_STAGE.value):
        world.post(journey.envelope_id, "head", ActKind.SEND_BACK, back_to=signed)
    send_back(journey, "head", 1)
    assert world.slot(journey.envelope_id, "a").state == SlotState.DONE


def test_a_forged_sending_back_moves_nothing(world: World) -> None:
    journey = begun(world)
    with world.reading() as session:
        approval = session.scalars(select(Act.id).where(Act.kind == "approve")).first()
    assert approval is not None
    refused = world.post(journey.envelope_id, "mayor", ActKind.SEND_BACK)
    for act_id in (approval, refused):
        with pytest.raises(Refusal, match="not_allowed"):
            world.returns.begin_round(journey.envelope_id, act_id)
    assert "stage:reopened" not in world.tags(journey.envelope_id)


def test_the_asked_and_those_after_them_are_told_why_by_mail(world: World) -> None:
    journey = begun(world)
    act_id = send_back(journey, "mayor", 1)
    stage = stage_of(journey, 1)
    mails: list[PendingNotice] = []
    for occasion, name in ((f"stage:{stage}", "head"), (f"act:{act_id}", "mayor")):
        order = NoticeOrder(
            envelope_id=journey.envelope_id,
            kind=NoticeKind.RETURNED,
            occasion=occasion,
            participant_ids=(world.participant(journey.envelope_id, name).id,),
            act_id=act_id,
        )
        mails += world.notices.enqueue(order)
    asked, later = mails
    assert (asked.reason, later.reason) == ("理由です", "理由です")
    assert asked.link_id is not None
    assert later.link_id is None, "nothing is to be done yet"
