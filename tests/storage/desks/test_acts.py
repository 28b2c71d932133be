"""Acts: whose evidence counts, and answers that come once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.drafts import Order
from domain.kinds import ActKind, EnvelopeState, LinkPurpose, NoticeKind, Role, SlotState
from domain.messages import NoticeOrder
from domain.refusals import Refusal, RefusalCode
from storage import ledger, people
from storage.desks.acts import personal_sha256
from storage.tables import Act, LedgerEvent, Link, Slot, Visit
from tests.storage.world import APPROVER, Journey, World, column, now, person


def refusal_of(journey: Journey, act_id: UUID) -> RefusalCode | None:
    return journey.world.acts.facts(journey.envelope_id, act_id, 0).refusal


def test_an_act_with_full_evidence_has_no_refusal(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = world.post(journey.envelope_id, "a")
    facts = world.acts.facts(journey.envelope_id, act_id, 0)
    assert (facts.refusal, facts.kind, facts.version) == (None, ActKind.SIGN, 1)
    assert facts.participant_id == world.participant(journey.envelope_id, "a").id
    assert facts.slot_id == world.slot(journey.envelope_id, "a").id


def test_an_act_of_another_envelope_is_unknown_and_tells_nothing(world: World) -> None:
    mine, other = Journey.begin(world, person("a")), Journey.begin(world, person("b"))
    act_id = world.post(other.envelope_id, "b")
    facts = world.acts.facts(mine.envelope_id, act_id, 0)
    assert facts.refusal is RefusalCode.UNKNOWN_ACT
    assert facts.participant_id is None
    assert refusal_of(mine, uuid4()) is RefusalCode.UNKNOWN_ACT
    assert world.acts.facts(uuid4(), act_id, 0).refusal is RefusalCode.UNKNOWN_ACT


def test_answers_that_the_route_does_not_know_come_with_the_facts(world: World) -> None:
    """A workflow whose task was lost has forgotten them, and may ask about another act first."""
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    first = journey.act("a")
    act_id = world.post(journey.envelope_id, "b")
    (before,) = world.acts.facts(journey.envelope_id, act_id, 0).before
    assert (before.facts.act_id, before.accepted, before.order) == (first, True, 1)
    assert world.acts.facts(journey.envelope_id, act_id, 1).before == ()
    world.forge_act(first, answered_at=now(), accepted=True, answer_order=2)
    assert world.acts.facts(journey.envelope_id, act_id, 1).before == (), "no event says so"


def test_evidence_without_a_visit_of_this_participant_is_incomplete(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    act_id = world.post(journey.envelope_id, "a")
    strangers = world.visit(journey.envelope_id, "b")
    for evidence in (
        {},
        {"method": "link"},
        {"method": "link", "visit_id": "no id"},
        {"method": "link", "visit_id": str(uuid4())},
        {"method": "link", "visit_id": str(strangers)},
    ):
        forged = world.forge_act(act_id, evidence=evidence)
        assert refusal_of(journey, forged) is RefusalCode.EVIDENCE_INCOMPLETE


def test_an_act_after_its_link_was_revoked_is_refused_and_one_before_is_not(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = world.post(journey.envelope_id, "a")
    with world.database.transaction() as session:
        link = session.query(Link).one()
        link.revoked_at, link.revoked_why = now(), "replaced"
    assert refusal_of(journey, act_id) is None
    late = world.forge_act(act_id, posted_at=now() + timedelta(seconds=1))
    assert refusal_of(journey, late) is RefusalCode.EVIDENCE_INCOMPLETE


def test_an_act_by_an_older_generation_of_the_link_is_refused(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = world.post(journey.envelope_id, "a")
    with world.database.transaction() as session:
        link = session.query(Link).one()
        link.generation, link.issued_at = 2, now()
    assert refusal_of(journey, act_id) is None
    late = world.forge_act(act_id, posted_at=now() + timedelta(seconds=1))
    assert refusal_of(journey, late) is RefusalCode.EVIDENCE_INCOMPLETE


def test_a_visit_that_was_over_or_not_yet_opened_proves_nothing(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = world.post(journey.envelope_id, "a")
    for moved in (-timedelta(hours=1), timedelta(hours=13)):
        forged = world.forge_act(act_id, posted_at=now() + moved)
        assert refusal_of(journey, forged) is RefusalCode.EVIDENCE_INCOMPLETE
    with world.database.transaction() as session:
        session.query(Visit).one().ended_at = now() - timedelta(days=1)
    assert refusal_of(journey, act_id) is RefusalCode.EVIDENCE_INCOMPLETE


def test_other_bytes_than_the_current_versions_are_a_replaced_version(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = world.post(journey.envelope_id, "a")
    for changes in ({"version_sha256": "0" * 64}, {"version": 2}):
        forged = world.forge_act(act_id, **changes)
        assert refusal_of(journey, forged) is RefusalCode.VERSION_REPLACED


def test_only_creator_clerk_or_admin_of_the_organisation_withdraw(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    operator, admin = world.join("ope", Role.OPERATOR), world.join("admin", Role.ADMIN)
    with world.database.transaction() as session:
        elsewhere = people.create_organisation(session, "別の町", now()).id
    foreign = world.join("other", Role.ADMIN, organisation_id=elsewhere)
    envelope_id = journey.envelope_id
    assert refusal_of(journey, world.withdraw(envelope_id)) is None
    assert refusal_of(journey, world.withdraw(envelope_id, admin)) is None
    for member in (operator, foreign):
        forged = world.withdraw(envelope_id, member)
        assert refusal_of(journey, forged) is RefusalCode.NOT_ALLOWED


def test_a_withdrawal_needs_a_login_of_that_member_that_was_open(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    ended = world.withdraw(journey.envelope_id, ended_at=now() - timedelta(hours=1))
    assert refusal_of(journey, ended) is RefusalCode.EVIDENCE_INCOMPLETE
    good = world.withdraw(journey.envelope_id)
    forged = world.forge_act(good, evidence={"method": "login", "session_id": str(uuid4())})
    assert refusal_of(journey, forged) is RefusalCode.EVIDENCE_INCOMPLETE


def test_an_accepted_act_binds_its_person_and_ends_his_link(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = journey.act("a")
    slot = world.slot(journey.envelope_id, "a")
    assert (slot.state, slot.acted_at) == (
        SlotState.ACTED,
        column(world, Act, act_id, "posted_at"),
    )
    link = world.link(journey.envelope_id, "a", LinkPurpose.ACT)
    assert link is not None
    assert link.revoked_why == "acted"
    assert world.tags(journey.envelope_id)[-2:] == ["link:revoked", "act:accepted"]


def test_the_same_decision_twice_changes_nothing(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = world.post(journey.envelope_id, "a")
    decision = journey.decide(act_id)
    before = world.tags(journey.envelope_id)
    world.acts.record(decision)
    world.acts.record(decision.model_copy(update={"accepted": False}))
    assert world.tags(journey.envelope_id) == before
    assert column(world, Act, act_id, "accepted") is True
    assert world.acts.unanswered(journey.envelope_id) == ()


def test_a_decision_for_another_envelopes_act_is_refused(world: World) -> None:
    mine, other = Journey.begin(world, person("a")), Journey.begin(world, person("b"))
    act_id = world.post(other.envelope_id, "b")
    decision = mine.decide(world.post(mine.envelope_id, "a"))
    with pytest.raises(Refusal, match="unknown_act"):
        world.acts.record(decision.model_copy(update={"act_id": act_id}))
    assert column(world, Act, act_id, "answered_at") is None


def test_a_refused_act_keeps_slot_and_link_as_they_were(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    good = world.post(journey.envelope_id, "a")
    bad = world.forge_act(good, version_sha256="0" * 64)
    assert journey.decide(bad).refusal is RefusalCode.VERSION_REPLACED
    assert world.slot(journey.envelope_id, "a").state == SlotState.ASKED
    link = world.link(journey.envelope_id, "a", LinkPurpose.ACT)
    assert link is not None
    assert link.revoked_at is None
    assert world.tags(journey.envelope_id)[-1] == "act:refused"


def test_an_older_snapshot_never_overwrites_a_newer_one(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    old = journey.route.snapshot()
    journey.act("a")
    world.envelopes.project(old)
    assert world.slot(journey.envelope_id, "a").state == SlotState.ACTED


def test_an_ended_envelope_stays_as_it_ended(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    late = journey.route.snapshot().model_copy(update={"sequence": 99})
    journey.decide(world.withdraw(journey.envelope_id))
    world.envelopes.project(late)
    assert world.envelope(journey.envelope_id).state == EnvelopeState.WITHDRAWN


def test_the_ledger_binds_evidence_and_reason_without_telling_them(world: World) -> None:
    journey = Journey.begin(world, person("a", APPROVER), person("b"))
    act_id = journey.act("a", ActKind.APPROVE)
    with world.reading() as session:
        event = session.query(LedgerEvent).filter_by(tag="act:accepted").one()
        act = session.get_one(Act, act_id)
        assert event.data["personal_sha256"] == personal_sha256(act)
        assert "192.0.2.7" not in str(event.data)
        assert act.reason not in str(event.data)
        assert session.get_one(Slot, act.slot_id).state == SlotState.DONE


def test_unanswered_acts_come_oldest_first(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    first = world.post(journey.envelope_id, "a")
    second = world.post(journey.envelope_id, "b")
    assert [ref.act_id for ref in world.acts.unanswered(journey.envelope_id)] == [first, second]
    assert [act.act_id for act in world.relay.waiting_acts(10)] == [first, second]
    assert [act.act_id for act in world.relay.waiting_acts(1)] == [first]


def test_people_who_act_at_the_same_moment_all_succeed(world: World) -> None:
    names = [f"p{number}" for number in range(8)]
    journey = Journey.begin(world, *map(person, names), order=Order.PARALLEL)
    envelope_id = journey.envelope_id
    requests = world.notices.enqueue(
        NoticeOrder(
            envelope_id=envelope_id,
            kind=NoticeKind.REQUEST,
            occasion="stage",
            participant_ids=tuple(world.participant(envelope_id, name).id for name in names),
        )
    )
    with ThreadPoolExecutor(8) as pool:
        posted = list(pool.map(lambda name: world.post(envelope_id, name), names))
        decisions = [journey.decision(act_id) for act_id in posted]
        recorded = [pool.submit(world.acts.record, decision) for decision in decisions]
        mailed = [pool.submit(world.notices.sent, notice.notice_id) for notice in requests]
        for done in (*recorded, *mailed):
            done.result()
    with world.reading() as session:
        assert session.query(Act).filter_by(accepted=True).count() == 8
        assert {row.state for row in session.query(Slot)} == {SlotState.ACTED}
        assert ledger.verify(session).intact
