"""Handing over as rows: who may, whom, and what is left of the one before."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.drafts import Order
from domain.handovers import Successor
from domain.kinds import (
    ActKind,
    HandoverPolicy,
    Language,
    LinkPurpose,
    NoticeKind,
    PartyKind,
    Role,
    SlotState,
)
from domain.limits import MAX_HANDOVERS
from domain.messages import Ending, NoticeOrder
from domain.refusals import Refusal, RefusalCode
from domain.route import Route
from storage import posting, shown, visits
from storage.evidence import evidence_record
from storage.handovers import HANDED_OVER
from storage.standing import Standing, holder_of
from storage.tables import Act, Envelope, Participant
from tests.storage.world import CALLER, Journey, World, now, person

MAY: dict[str, Any] = {"handover": HandoverPolicy.ALLOWED}
MUST: dict[str, Any] = {"handover": HandoverPolicy.DEMANDED}


def post(world: World, envelope_id: UUID, name: str, to: Successor) -> UUID:
    """What the form of 他の人に依頼する does."""
    visit_id = world.visit(envelope_id, name)
    with world.reading() as session:
        visiting = visits.find_visit(session, "c" * 64, visit_id, now())
        assert visiting is not None
        documents = shown.shown_documents(session, session.get_one(Envelope, envelope_id))
    posted = posting.PostedAct(
        ActKind.HAND_OVER,
        uuid4().hex,
        shown.shown_sha256(documents),
        CALLER,
        reason="担当が替わりました",
        successor=to,
    )
    return posting.post_act(world.database, world.vault, visiting, posted, now())


def successor(name: str) -> Successor:
    return Successor(name, f"{name}@example.jp", Language.EN)


def hand_over(journey: Journey, name: str, to: str) -> UUID:
    act_id = post(journey.world, journey.envelope_id, name, successor(to))
    assert journey.decide(act_id).accepted
    return act_id


def code_of(world: World, envelope_id: UUID, name: str, to: Successor) -> RefusalCode:
    with pytest.raises(Refusal) as caught:
        post(world, envelope_id, name, to)
    return caught.value.code


def standing(journey: Journey, name: str) -> Standing:
    link = journey.world.link(journey.envelope_id, name, LinkPurpose.ACT)
    assert link is not None
    with journey.world.reading() as session:
        return holder_of(session, link, now()).standing


def test_the_new_person_signs_and_the_old_link_opens_nothing(world: World) -> None:
    journey = Journey.begin(world, person("a", **MAY), person("b"))
    slot = world.slot(journey.envelope_id, "a")
    hand_over(journey, "a", "c")
    assert standing(journey, "a") is Standing.HANDED_OVER
    assert standing(journey, "c") is Standing.OPEN
    before, after = (world.participant(journey.envelope_id, name) for name in "ac")
    assert (after.party_id, after.company, after.language) == (before.party_id, "青山建設", "en")
    assert (after.predecessor_id, before.left_why) == (before.id, HANDED_OVER)
    assert world.slot(journey.envelope_id, "c").id == slot.id
    journey.sign("c")
    assert world.slot(journey.envelope_id, "c").state == SlotState.DONE
    assert "participant:replaced" in world.tags(journey.envelope_id)


def test_a_repeated_record_makes_one_successor(world: World) -> None:
    journey = Journey.begin(world, person("a", **MAY))
    act_id = post(world, journey.envelope_id, "a", successor("c"))
    decision = journey.decide(act_id)
    world.acts.record(decision)
    assert world.tags(journey.envelope_id).count("participant:replaced") == 1


def test_the_old_person_can_do_nothing_more(world: World) -> None:
    journey = Journey.begin(world, person("a", **MAY))
    visit_id = world.visit(journey.envelope_id, "a")
    hand_over(journey, "a", "c")
    with world.reading() as session:
        visiting = visits.find_visit(session, "c" * 64, visit_id, now())
        assert visiting is not None
        envelope = session.get_one(Envelope, journey.envelope_id)
        read = shown.shown_sha256(shown.shown_documents(session, envelope))
    late = posting.PostedAct(ActKind.SIGN, uuid4().hex, read, CALLER)
    with pytest.raises(Refusal, match="already_acted"):
        posting.post_act(world.database, world.vault, visiting, late, now())


@pytest.mark.parametrize("policy", [{}, {"handover": HandoverPolicy.REFUSED}])
def test_nobody_hands_over_what_the_sender_did_not_allow(
    world: World, policy: dict[str, Any]
) -> None:
    journey = Journey.begin(world, person("a", **policy))
    code = code_of(world, journey.envelope_id, "a", successor("c"))
    assert code is RefusalCode.HANDOVER_NOT_ALLOWED


def test_where_it_is_demanded_nothing_else_is_taken_but_a_decline(world: World) -> None:
    journey = Journey.begin(world, person("a", **MUST), person("b", **MUST), order=Order.PARALLEL)
    with pytest.raises(Refusal, match="handover_demanded"):
        world.post(journey.envelope_id, "a")
    hand_over(journey, "a", "c")
    journey.sign("c")
    assert world.post(journey.envelope_id, "b", ActKind.DECLINE)


@pytest.mark.parametrize("mail", ["a@example.jp", "B@example.jp", "r@example.jp"])
def test_nobody_is_named_who_takes_part_already(world: World, mail: str) -> None:
    """Not oneself, not another signer, whatever the capitals."""
    people = (person("a", **MAY), person("b"), person("r"))
    journey = Journey.begin(world, *people)
    to = replace(successor("x"), mail=mail)
    assert code_of(world, journey.envelope_id, "a", to) is RefusalCode.ALREADY_ON_ROUTE


def test_two_who_name_the_same_person_at_once_are_ordered(world: World) -> None:
    people = (person("a", **MAY), person("b", **MAY))
    journey = Journey.begin(world, *people, order=Order.PARALLEL)
    post(world, journey.envelope_id, "a", successor("c"))
    code = code_of(world, journey.envelope_id, "b", successor("c"))
    assert code is RefusalCode.ALREADY_ON_ROUTE


def test_the_two_sides_cannot_name_each_others_people(world: World) -> None:
    """A member never signs for the other side, a stranger never for the authority."""
    world.join("chief", Role.CLERK)
    own = person("own", party=PartyKind.OWN, **MAY)
    journey = Journey.begin(world, person("a", **MAY), own, order=Order.PARALLEL)
    member = replace(successor("chief"), mail="Chief@aoba.example.jp")
    assert code_of(world, journey.envelope_id, "a", member) is RefusalCode.OTHER_SIDE
    stranger = successor("stranger")
    assert code_of(world, journey.envelope_id, "own", stranger) is RefusalCode.OTHER_SIDE
    act_id = post(world, journey.envelope_id, "own", member)
    assert journey.decide(act_id).accepted
    assert world.participant(journey.envelope_id, "chief").member_id is not None


def test_a_chain_of_handovers_ends(world: World) -> None:
    journey = Journey.begin(world, person("p0", **MAY))
    for number in range(MAX_HANDOVERS):
        hand_over(journey, f"p{number}", f"p{number + 1}")
    code = code_of(world, journey.envelope_id, f"p{MAX_HANDOVERS}", successor("q"))
    assert code is RefusalCode.HANDOVER_TOO_OFTEN


def test_a_row_that_a_thief_wrote_is_refused_by_the_rows(world: World) -> None:
    """No successor, somebody of the route, or a person who may not hand over."""
    journey = Journey.begin(world, person("a", **MAY), person("b"))
    act_id = post(world, journey.envelope_id, "a", successor("c"))
    with world.reading() as session:
        evidence = session.get_one(Act, act_id).evidence
    cases: dict[RefusalCode, dict[str, Any]] = {
        RefusalCode.EVIDENCE_INCOMPLETE: {"successor": None},
        RefusalCode.ALREADY_ON_ROUTE: {"successor": {"name": "b", "mail": "b@example.jp"}},
    }
    for code, change in cases.items():
        forged = world.forge_act(act_id, evidence=evidence | change)
        assert world.acts.facts(journey.envelope_id, forged, 0).refusal is code


def test_the_mails_go_to_the_new_person_and_to_the_sender(world: World) -> None:
    journey = Journey.begin(world, person("a", **MAY))
    act_id = hand_over(journey, "a", "c")
    after = world.participant(journey.envelope_id, "c")
    order = NoticeOrder(
        envelope_id=journey.envelope_id,
        kind=NoticeKind.REQUEST,
        occasion=f"act:{act_id}",
        participant_ids=(after.id,),
        act_id=act_id,
    )
    [request] = world.notices.enqueue(order)
    assert (request.to_name, request.handed_over_by) == ("c", "a")
    assert request.reason == "担当が替わりました"
    assert request.link_id is not None
    told = order.model_copy(update={"kind": NoticeKind.HANDED_OVER, "participant_ids": ()})
    [notice] = world.notices.enqueue(told)
    assert notice.to_sender
    assert (notice.actor_name, notice.successor) == ("a", "c")


def test_who_handed_over_gets_no_finished_documents(world: World) -> None:
    journey = Journey.begin(world, person("a", **MAY))
    hand_over(journey, "a", "c")
    journey.sign("c")
    world.envelopes.end(Ending(snapshot=journey.complete(), at=now()))
    assert world.link(journey.envelope_id, "a", LinkPurpose.DOWNLOAD) is None
    assert world.link(journey.envelope_id, "c", LinkPurpose.DOWNLOAD) is not None


def test_a_workflow_that_starts_from_the_rows_asks_the_new_person(world: World) -> None:
    journey = Journey.begin(world, person("a", **MAY))
    act_id = hand_over(journey, "a", "c")
    route = Route.of(world.envelopes.plan(journey.envelope_id))
    after = world.participant(journey.envelope_id, "c")
    [record] = route.asked
    assert record.plan.participant_ids == (after.id,)
    assert route.came_by == {after.id: act_id}


def test_the_evidence_tells_who_came_for_whom_and_no_mail_to_the_other_side(world: World) -> None:
    own = person("own", party=PartyKind.OWN)
    journey = Journey.begin(world, person("a", **MAY), own, order=Order.PARALLEL)
    hand_over(journey, "a", "c")
    with world.reading() as session:
        whole = evidence_record(session, world.vault, journey.envelope_id, reader=None)
        reader = session.get_one(Participant, world.participant(journey.envelope_id, "own").id)
        part = evidence_record(session, world.vault, journey.envelope_id, reader=reader)
    people = {row["name"]: row for row in whole["participants"]}
    assert people["c"]["predecessor"] == people["a"]["id"]
    assert people["a"]["left_at"] is not None
    [act] = whole["acts"]
    assert act["evidence"]["successor"]["mail"] == "c@example.jp"
    [seen] = part["acts"]
    assert "successor" not in seen["evidence"]
    assert seen["reason"] is None
