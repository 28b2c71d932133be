"""Acts as rows: complete evidence, once per form, and no to what the rows already say no to."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from domain.evidence import ReadDocument, version_sha256
from domain.kinds import ActKind, LinkPurpose
from domain.messages import ActAnswer
from domain.refusals import Refusal, RefusalCode
from identity.links import token_sha256
from storage.posting import PostedAct, answer_of, post_act, post_member_act
from storage.shown import shown_documents
from storage.tables import (
    Act,
    Document,
    Envelope,
    LoginSession,
    Member,
    Organisation,
    Revision,
    Slot,
    Stage,
)
from storage.visits import Caller, Visiting, find_link, find_visit, mark_viewed, open_visit
from tests.webapp.signer.world import World, small_world

NOW = datetime.now(UTC)
CALLER = Caller("192.0.2.1", "Browser/1")


@pytest.fixture
def world(tmp_path: Path, ready_url: str) -> Iterator[World]:
    built = small_world(tmp_path, ready_url)
    yield built
    built.database.close()


def visiting(world: World, person: int = 0) -> Visiting:
    with world.database.transaction() as session:
        holder = find_link(session, token_sha256(world.token(person)), LinkPurpose.ACT, NOW)
        assert holder is not None
        visit = open_visit(session, holder, "c" * 64, CALLER, NOW)
        found = find_visit(session, "c" * 64, visit, NOW)
        assert found is not None
        return found


def shown(world: World) -> str:
    with world.database.reading() as session:
        envelope = session.get_one(Envelope, world.envelope_id)
        return version_sha256([item.read for item in shown_documents(session, envelope)])


def form(world: World, nonce: str = "n1", kind: ActKind = ActKind.SIGN) -> PostedAct:
    return PostedAct(kind=kind, nonce=nonce, version_sha256=shown(world), caller=CALLER)


def post(world: World, person: Visiting, posted: PostedAct, now: datetime) -> UUID:
    return post_act(world.database, world.vault_for_web, person, posted, now)


def refused(world: World, person: Visiting, posted: PostedAct, now: datetime = NOW) -> RefusalCode:
    before = world.count(Act)
    with pytest.raises(Refusal) as caught:
        post(world, person, posted, now)
    assert world.count(Act) == before
    return caught.value.code


def test_an_act_is_a_row_with_complete_evidence(world: World) -> None:
    person = visiting(world)
    with world.database.transaction() as session:
        mark_viewed(session, person, world.documents[1], NOW)
    act_id = post(world, person, form(world), NOW)
    with world.database.reading() as session:
        act = session.get_one(Act, act_id)
        hashes = [
            {"document_id": str(item.document.id), "sha256": item.revision.sha256}
            for item in shown_documents(session, session.get_one(Envelope, world.envelope_id))
        ]
    assert (act.participant_id, act.slot_id) == (world.participants[0], world.slots[0])
    assert (act.kind, act.version, act.posted_at) == ("sign", 1, NOW)
    assert act.version_sha256 == shown(world)
    assert act.answered_at is act.consumed_at is None
    evidence = act.evidence
    assert evidence["method"] == "link"
    assert evidence["visit_id"] == str(person.visit.id)
    assert (evidence["link_id"], evidence["link_generation"]) == (str(world.links[0]), 1)
    assert (evidence["address"], evidence["agent"]) == ("192.0.2.1", "Browser/1")
    assert evidence["documents"] == hashes
    assert evidence["viewed"] == [str(world.documents[1])]


def test_the_hash_stands_for_base_revisions_in_tab_order(world: World) -> None:
    with world.database.reading() as session:
        rows = [
            session.query(Revision).filter_by(document_id=key, number=0).one()
            for key in world.documents
        ]
    reads = [ReadDocument(row.document_id, row.sha256) for row in rows]
    assert shown(world) == version_sha256(reads)
    assert shown(world) != version_sha256(reads[::-1])


def test_the_same_form_twice_is_one_act(world: World) -> None:
    person = visiting(world)
    first = post(world, person, form(world), NOW)
    assert (
        post_act(
            world.database, world.vault_for_web, person, form(world), NOW + timedelta(seconds=1)
        )
        == first
    )
    assert world.count(Act) == 1


def test_ten_clicks_at_once_are_one_act(world: World) -> None:
    person, posted = visiting(world), form(world)
    with ThreadPoolExecutor(10) as pool:
        found = set(
            pool.map(
                lambda _: post(world, person, posted, NOW),
                range(10),
            )
        )
    assert len(found) == world.count(Act) == 1


def test_a_second_window_of_the_same_person_is_refused(world: World) -> None:
    person = visiting(world)
    post(world, person, form(world, "n1"), NOW)
    assert refused(world, person, form(world, "n2")) is RefusalCode.ALREADY_ACTED
    assert refused(world, visiting_again(world, person), form(world, "n3")) is (
        RefusalCode.ALREADY_ACTED
    )


def visiting_again(world: World, person: Visiting) -> Visiting:
    with world.database.reading() as session:
        found = find_visit(session, "c" * 64, person.visit.id, NOW)
    assert found is not None
    return found


def test_after_a_refusal_the_person_may_act_again(world: World) -> None:
    person = visiting(world)
    act = post(world, person, form(world, "n1"), NOW)
    world.change(Act, act, accepted=False, answered_at=NOW, refusal="version_replaced")
    again = post_act(
        world.database, world.vault_for_web, visiting_again(world, person), form(world, "n2"), NOW
    )
    assert again != act


def test_two_people_act_at_the_same_moment(world: World) -> None:
    people = [visiting(world, 0), visiting(world, 1)]
    forms = [form(world, "n0"), form(world, "n1")]
    with ThreadPoolExecutor(2) as pool:
        acts = list(
            pool.map(
                lambda i: post(world, people[i], forms[i], NOW),
                range(2),
            )
        )
    assert len(set(acts)) == 2


def test_a_nonce_of_somebody_else_is_no_way_to_his_act(world: World) -> None:
    post(world, visiting(world, 0), form(world), NOW)
    assert refused(world, visiting(world, 1), form(world)) is RefusalCode.NOT_ALLOWED


def test_what_the_person_did_not_read_is_not_signed(world: World) -> None:
    person, stale = visiting(world), form(world)
    with world.database.transaction() as session:
        for row in session.query(Revision).filter_by(document_id=world.documents[1]):
            row.version = 2
            row.sha256 = "f" * 64 if row.number == 0 else row.sha256
        moved = session.query(Revision).filter_by(document_id=world.documents[0])
        for row in moved:
            row.version = 2
        session.get_one(Envelope, world.envelope_id).version = 2
        slot = session.get_one(Slot, world.slots[0])
        session.get_one(Stage, slot.stage_id).version = 2
    assert refused(world, visiting_again(world, person), stale) is RefusalCode.VERSION_REPLACED


def test_a_removed_document_makes_what_was_shown_stale(world: World) -> None:
    person, stale = visiting(world), form(world)
    world.change(Document, world.documents[1], removed_at=NOW)
    assert refused(world, person, stale) is RefusalCode.VERSION_REPLACED


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("waiting", RefusalCode.NOT_YOUR_TURN),
        ("released", RefusalCode.NO_LONGER_NEEDED),
        ("done", RefusalCode.NO_LONGER_NEEDED),
    ],
)
def test_a_slot_that_is_not_asked_takes_no_act(world: World, state: str, code: RefusalCode) -> None:
    person = visiting(world)
    world.change(Slot, world.slots[0], state=state)
    assert refused(world, person, form(world)) is code


def test_ended_and_overdue_envelopes_take_no_act(world: World) -> None:
    person = visiting(world)
    assert refused(world, person, form(world), NOW + timedelta(days=31)) is (
        RefusalCode.AFTER_DEADLINE
    )
    world.change(Envelope, world.envelope_id, state="withdrawn")
    assert refused(world, person, form(world)) is RefusalCode.ENVELOPE_ENDED


def test_a_decline_needs_its_reason_and_keeps_it(world: World) -> None:
    person = visiting(world)
    posted = form(world, kind=ActKind.DECLINE)
    assert refused(world, person, replace(posted, reason=" \n ")) is RefusalCode.NOT_ALLOWED
    assert refused(world, person, replace(posted, reason="あ" * 1001)) is RefusalCode.NOT_ALLOWED
    act_id = post_act(
        world.database, world.vault_for_web, person, replace(posted, reason="金額が違う"), NOW
    )
    with world.database.reading() as session:
        assert session.get_one(Act, act_id).reason == "金額が違う"


@pytest.mark.parametrize("kind", [ActKind.APPROVE, ActKind.CONFIRM, ActKind.WITHDRAW])
def test_a_signer_can_do_nothing_that_was_not_asked(world: World, kind: ActKind) -> None:
    assert refused(world, visiting(world), form(world, kind=kind)) is RefusalCode.NOT_ALLOWED


@pytest.mark.parametrize("nonce", ["", "x" * 65])
def test_a_form_without_an_honest_nonce_is_refused(world: World, nonce: str) -> None:
    assert refused(world, visiting(world), form(world, nonce)) is RefusalCode.NOT_ALLOWED


def test_a_download_visit_signs_nothing(world: World) -> None:
    token = world.token(0, LinkPurpose.DOWNLOAD)
    with world.database.transaction() as session:
        holder = find_link(session, token_sha256(token), LinkPurpose.DOWNLOAD, NOW)
        assert holder is not None
        visit = open_visit(session, holder, "c" * 64, CALLER, NOW)
    with world.database.reading() as session:
        person = find_visit(session, "c" * 64, visit, NOW)
    assert person is not None
    assert refused(world, person, form(world)) is RefusalCode.NOT_YOUR_SLOT


def test_the_answer_is_none_until_the_workflow_gave_one(world: World) -> None:
    act = post(world, visiting(world), form(world), NOW)
    with world.database.reading() as session:
        assert answer_of(session, act) is None
        assert answer_of(session, uuid4()) is None
    world.change(Act, act, accepted=False, answered_at=NOW, refusal="after_deadline")
    with world.database.reading() as session:
        assert answer_of(session, act) == ActAnswer(
            accepted=False, refusal=RefusalCode.AFTER_DEADLINE
        )


# -- withdrawal ---------------------------------------------------------------------------------


def login(world: World, member: object = None, *, second: bool = True) -> LoginSession:
    row = LoginSession(
        id=uuid4(),
        member_id=member or world.member_id,
        token_sha256=uuid4().hex * 2,
        second_factor_at=NOW if second else None,
        created_at=NOW,
        last_seen_at=NOW,
    )
    with world.database.transaction() as session:
        session.add(row)
    return row


@pytest.mark.parametrize(("second", "method"), [(True, "login+totp"), (False, "login")])
def test_a_withdrawal_is_an_act_of_a_logged_in_member(
    world: World,
    second: bool,
    method: str,
) -> None:
    session_row = login(world, second=second)
    posted = form(world, kind=ActKind.WITHDRAW)
    act_id = post_member_act(world.database, session_row, world.envelope_id, posted, NOW)
    again = post_member_act(world.database, session_row, world.envelope_id, posted, NOW)
    assert again == act_id
    with world.database.reading() as session:
        act = session.get_one(Act, act_id)
    assert (act.member_id, act.participant_id, act.kind) == (world.member_id, None, "withdraw")
    assert act.evidence["method"] == method
    assert act.evidence["session_id"] == str(session_row.id)


def test_a_member_of_another_organisation_withdraws_nothing(world: World) -> None:
    with world.database.transaction() as session:
        other = Organisation(id=uuid4(), name="他市", created_at=NOW)
        session.add(other)
        session.flush()
        stranger = Member(
            id=uuid4(),
            organisation_id=other.id,
            mail="x@y.test",
            name="x",
            password_hash="",
            created_at=NOW,
        )
        session.add(stranger)
    posted = form(world, kind=ActKind.WITHDRAW)
    with pytest.raises(Refusal) as caught:
        post_member_act(world.database, login(world, stranger.id), world.envelope_id, posted, NOW)
    assert caught.value.code is RefusalCode.NOT_ALLOWED
    assert world.count(Act) == 0


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("draft", RefusalCode.NOT_ALLOWED),
        ("completing", RefusalCode.ENVELOPE_ENDED),
        ("done", RefusalCode.ENVELOPE_ENDED),
    ],
)
def test_only_a_running_envelope_is_withdrawn(world: World, state: str, code: RefusalCode) -> None:
    world.change(Envelope, world.envelope_id, state=state)
    posted = form(world, kind=ActKind.WITHDRAW)
    with pytest.raises(Refusal) as caught:
        post_member_act(world.database, login(world), world.envelope_id, posted, NOW)
    assert caught.value.code is code
