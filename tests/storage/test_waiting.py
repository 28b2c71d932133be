"""What waits for a member as rows, and acts in visits that his login opened."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.kinds import ActKind, FieldKind, HandoverPolicy, LinkPurpose, Role
from domain.lists import Asked
from domain.refusals import RefusalCode
from domain.waiting import Alone, Show
from storage import people, posting, shown, visits, waiting
from storage.tables import Act, Envelope, LoginSession, Member, Organisation, Visit
from tests.storage.filling import KEYS, draft, field, place, signer
from tests.storage.test_deputies import absent, member, round_
from tests.storage.world import APPROVER, CALLER, Journey, World, now, person

COOKIE = "d" * 64
ASKED = Asked.read({}, waiting.SORTS)


def log_in(world: World, who: UUID, **changes: Any) -> LoginSession:
    with world.database.transaction() as session:
        row = session.get_one(Member, who)
        login = people.begin_login(session, row, uuid4().hex * 2, now(), second_factor=False)
        for name, value in changes.items():
            setattr(login, name, value)
        return login


def titles(world: World, who: UUID, show: Show = Show.ALL) -> list[UUID]:
    with world.reading() as session:
        row = session.get_one(Member, who)
        page = waiting.tasks(session, world.vault, row, show, ASKED, now())
        assert page.total == len(page.rows) == waiting.counts(session, row, now())[show]
        return [task.envelope.id for task in page.rows]


def open_by(world: World, journey: Journey, name: str, login: LoginSession) -> visits.Visiting:
    link = world.link(journey.envelope_id, name, LinkPurpose.ACT)
    assert link is not None
    with world.database.transaction() as session:
        row = session.get_one(Member, login.member_id)
        holder = waiting.holder_for(session, row, link.participant_id, now())
        assert holder is not None
        visit = visits.open_visit(session, holder, COOKIE, CALLER, now(), login=login)
    with world.reading() as session:
        found = visits.find_visit(session, COOKIE, visit, now())
    assert found is not None
    return found


def act(world: World, visiting: visits.Visiting, kind: ActKind, reason: str = "") -> UUID:
    with world.reading() as session:
        envelope = session.get_one(Envelope, visiting.holder.envelope.id)
        read = shown.shown_sha256(shown.shown_documents(session, envelope))
    posted = posting.PostedAct(kind, uuid4().hex, read, CALLER, reason=reason)
    return posting.post_act(world.database, world.vault, visiting, posted, now())


@pytest.mark.parametrize("little", [0, waiting.LITTLE])
def test_the_list_has_what_is_asked_of_him_now_by_deadline(
    world: World, monkeypatch: pytest.MonkeyPatch, little: int
) -> None:
    """Whether he takes part in little, and is looked for by that, or in much."""
    monkeypatch.setattr(waiting, "LITTLE", little)
    boss, head = world.join("boss", Role.CLERK), world.join("head", Role.CLERK)
    first = Journey.begin(world, member("boss", kind=APPROVER), member("head"), person("b"))
    second = Journey.begin(world, member("boss"), person("b"))
    world.set(Envelope, second.envelope_id, deadline_at=now() + timedelta(days=1))
    assert titles(world, boss) == [second.envelope_id, first.envelope_id]
    assert titles(world, boss, Show.APPROVE) == [first.envelope_id]
    assert titles(world, boss, Show.SIGN) == [second.envelope_id]
    assert titles(world, head) == []
    first.act("boss", ActKind.APPROVE)
    first.route.mark_done(world.slot(first.envelope_id, "boss").id)
    first.open()
    assert titles(world, head) == [first.envelope_id]
    world.post(second.envelope_id, "boss")
    assert titles(world, boss) == []


def test_what_cannot_be_done_any_more_is_not_in_it(world: World) -> None:
    boss = world.join("boss", Role.CLERK)
    late, halted = (Journey.begin(world, member("boss"), person("b")) for _ in range(2))
    world.set(Envelope, late.envelope_id, deadline_at=now() - timedelta(minutes=1))
    halted.act("boss", ActKind.SEND_BACK)
    assert titles(world, boss) == []


def test_a_deputy_finds_what_he_does_in_anothers_stead(world: World) -> None:
    boss, head = world.join("boss", Role.CLERK), world.join("head", Role.CLERK)
    journey = Journey.begin(world, member("boss"))
    absent(world, boss, head)
    round_(journey)
    assert titles(world, head, Show.DEPUTY) == titles(world, boss) == [journey.envelope_id]
    assert titles(world, boss, Show.DEPUTY) == []


def test_another_organisation_and_the_other_side_are_not_his(world: World) -> None:
    """Somebody of another organisation with the other side's address is asked by mail only."""
    with world.database.transaction() as session:
        other = Organisation(name="みどり市", created_at=now())
        session.add(other)
        session.flush()
        new = people.NewMember("b@example.jp", "b", "hash", [Role.CLERK])
        stranger = people.create_member(session, other.id, new, now()).id
    journey = Journey.begin(world, person("b"))
    assert titles(world, stranger) == []
    link = world.link(journey.envelope_id, "b", LinkPurpose.ACT)
    with world.reading() as session:
        assert link is not None
        row = session.get_one(Member, stranger)
        assert waiting.holder_for(session, row, link.participant_id, now()) is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"access_code": "hash"}, Alone.FACTOR),
        ({"mail_code": True}, Alone.FACTOR),
        ({"handover": HandoverPolicy.DEMANDED}, Alone.HANDOVER),
    ],
)
def test_what_asks_for_more_than_the_act_is_opened_by_itself(
    world: World, changes: dict[str, Any], why: object
) -> None:
    boss = world.join("boss", Role.CLERK)
    Journey.begin(world, member("boss", **changes), person("b"))
    with world.reading() as session:
        row = session.get_one(Member, boss)
        [task] = waiting.tasks(session, world.vault, row, Show.ALL, ASKED, now()).rows
        assert isinstance(task, waiting.Task)
    assert task.alone is why


@pytest.mark.parametrize(
    ("kind", "name", "why"),
    [
        (FieldKind.TEXT, "課長", Alone.FIELDS),
        (FieldKind.SIGNATURE, "\U0001f600", Alone.LOOK),
        (FieldKind.SIGNATURE, "課長", None),
    ],
)
def test_what_is_to_be_filled_in_or_chosen_is_opened_by_itself(
    world: World, kind: FieldKind, name: str, why: object
) -> None:
    boss = world.join("boss", Role.CLERK)
    envelope_id = draft(world)
    [document] = world.documents(envelope_id)
    place(world, envelope_id, document, field(document, "a", kind, "0"))
    own = replace(member("boss", key=KEYS["a"]), name=name)
    Journey.begin(world, own, signer("b"), envelope_id=envelope_id)
    with world.reading() as session:
        row = session.get_one(Member, boss)
        [task] = waiting.tasks(session, world.vault, row, Show.ALL, ASKED, now()).rows
        assert isinstance(task, waiting.Task)
    assert task.alone is why


def test_an_act_in_a_visit_of_his_login_says_so_and_is_accepted(world: World) -> None:
    boss = world.join("boss", Role.CLERK)
    journey = Journey.begin(world, member("boss", kind=APPROVER), person("b"))
    login = log_in(world, boss)
    act_id = act(world, open_by(world, journey, "boss", login), ActKind.APPROVE, "了承")
    assert journey.decide(act_id).accepted
    with world.reading() as session:
        row = session.get_one(Act, act_id)
    assert (row.evidence["method"], row.evidence["session_id"]) == ("login", str(login.id))
    assert (row.reason, "visit_id" in row.evidence) == ("了承", True)
    # Who sets his app up before the key is used had none when he acted.
    world.set(Member, boss, totp_sealed=b"sealed")
    assert world.acts.facts(journey.envelope_id, act_id, 0).refusal is None


def test_a_login_that_is_not_his_or_not_whole_opens_nothing_that_is_accepted(world: World) -> None:
    boss, head = world.join("boss", Role.CLERK), world.join("head", Role.CLERK)
    journey = Journey.begin(world, member("boss", kind=APPROVER), person("b"))
    login, others = log_in(world, boss), log_in(world, head)
    visiting = open_by(world, journey, "boss", login)
    act_id = act(world, visiting, ActKind.APPROVE)
    facts = world.acts.facts

    def refusal() -> RefusalCode | None:
        return facts(journey.envelope_id, act_id, 0).refusal

    assert refusal() is None
    for wrong in (others.id, uuid4()):
        world.set(Visit, visiting.visit.id, login_id=wrong)
        assert refusal() is RefusalCode.EVIDENCE_INCOMPLETE
    world.set(Visit, visiting.visit.id, login_id=others.id)
    with world.reading() as session:
        evidence = session.get_one(Act, act_id).evidence
    forged = world.forge_act(act_id, evidence=evidence | {"session_id": str(others.id)})
    assert facts(journey.envelope_id, forged, 0).refusal is RefusalCode.EVIDENCE_INCOMPLETE
    world.set(Visit, visiting.visit.id, login_id=login.id)
    world.set(Member, boss, totp_sealed=b"sealed")
    assert refusal() is RefusalCode.EVIDENCE_INCOMPLETE
    world.set(Member, boss, totp_sealed=None)
    world.set(LoginSession, login.id, ended_at=now() - timedelta(hours=1))
    assert refusal() is RefusalCode.EVIDENCE_INCOMPLETE


def test_what_a_login_opened_ends_with_it_and_is_found_again_before(world: World) -> None:
    boss = world.join("boss", Role.CLERK)
    journey = Journey.begin(world, member("boss"), person("b"))
    login, other = log_in(world, boss), log_in(world, boss)
    visiting = open_by(world, journey, "boss", login)

    def found(by: LoginSession, cookie: str = COOKIE) -> bool:
        with world.reading() as session:
            return waiting.live_visit(session, visiting.holder, by, cookie, now()) is not None

    assert found(login)
    assert not found(other)
    assert not found(login, "e" * 64)
    with world.database.transaction() as session:
        people.end_login(session, login.id, now())
    assert not found(login)
    with world.reading() as session:
        assert visits.find_visit(session, COOKIE, visiting.visit.id, now()) is None
