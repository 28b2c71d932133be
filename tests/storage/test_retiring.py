"""Members who leave: their things are seen, followed by somebody, and closed to themselves."""

from uuid import UUID, uuid4

import pytest

from domain.events import Event
from domain.kinds import NoticeKind, PartyKind, Role
from domain.messages import NoticeOrder
from storage import followers, people, retiring
from storage.desks import receivers
from storage.desks.rows import now
from storage.members import MemberChangedMeanwhile, NoAdministratorLeft
from storage.retiring import NoSuccessor
from storage.tables import Envelope, LedgerEvent, LoginSession, Member
from tests.storage.world import World, person


@pytest.fixture
def admin(world: World) -> UUID:
    return world.join("boss", Role.ADMIN, Role.CLERK)


def retire(
    world: World, admin: UUID, member: UUID, successor: UUID | None = None, seen: int = 1
) -> None:
    with world.database.transaction() as session:
        actor, row = session.get_one(Member, admin), session.get_one(Member, member)
        retiring.retire(session, actor, row, seen, successor, now())


def log_in(world: World, member: UUID) -> UUID:
    with world.database.transaction() as session:
        row = session.get_one(Member, member)
        return people.begin_login(session, row, uuid4().hex * 2, now(), second_factor=True).id


def follower_of(world: World, envelope: UUID) -> UUID:
    with world.database.reading() as session:
        return followers.follower(session, session.get_one(Envelope, envelope)).id


def test_his_things_are_listed_and_a_successor_gets_drafts_and_mails(
    world: World, admin: UUID
) -> None:
    draft, sent = world.draft(), world.send(person("anna"))
    successor = world.join("next", Role.CLERK)
    with world.database.reading() as session:
        found = retiring.belongings(session, session.get_one(Member, world.member_id))
    assert [row.id for row in found.drafts.rows] == [draft]
    assert [row.id for row in found.sent.rows] == [sent]
    assert found.handed_on
    logins = [log_in(world, world.member_id) for _ in range(2)]
    retire(world, admin, world.member_id, successor)
    assert follower_of(world, sent) == successor
    with world.database.reading() as session:
        assert session.get_one(Envelope, draft).created_by == successor
        assert session.get_one(Envelope, sent).created_by == world.member_id, "evidence stays"
        ended = [session.get_one(LoginSession, key).ended_at for key in logins]
        event = session.query(LedgerEvent).filter_by(tag=Event.MEMBER_RETIRED.value).one()
        envelope = session.get_one(Envelope, sent)
        order = NoticeOrder(
            envelope_id=sent, kind=NoticeKind.SENT_BACK, occasion="x", participant_ids=()
        )
        told = receivers.of_order(session, envelope, order)
    assert all(ended)
    assert event.data["successor"] == str(successor)
    assert [one.member_id for one in told] == [successor]


def test_without_a_successor_an_administrator_is_told_until_one_is_named(
    world: World, admin: UUID
) -> None:
    sent = world.send(person("anna"))
    retire(world, admin, world.member_id)
    assert follower_of(world, sent) == admin
    successor = world.join("next", Role.CLERK)
    with world.database.transaction() as session:
        actor, row = session.get_one(Member, admin), session.get_one(Member, world.member_id)
        assert retiring.belongings(session, row).sent.total == 1
        retiring.follow(session, actor, row, row.revision, successor, now())
        assert retiring.belongings(session, row).sent.total == 0
    assert follower_of(world, sent) == successor
    retire(world, admin, successor, admin)
    assert follower_of(world, sent) == admin, "the successor's successor"


@pytest.mark.parametrize("who", ["himself", "viewer", "retired", "foreign", "nobody"])
def test_only_an_active_member_who_may_follows(world: World, admin: UUID, who: str) -> None:
    with world.database.transaction() as session:
        other = people.create_organisation(session, "隣町", now()).id
    keys = {
        "himself": world.member_id,
        "viewer": world.join("viewer", Role.VIEWER),
        "retired": world.join("gone", Role.CLERK),
        "foreign": world.join("stranger", Role.CLERK, organisation_id=other),
        "nobody": uuid4(),
    }
    retire(world, admin, keys["retired"])
    with pytest.raises(NoSuccessor):
        retire(world, admin, world.member_id, keys[who])
    with world.database.reading() as session:
        assert session.get_one(Member, world.member_id).active


def test_the_last_administrator_does_not_leave(world: World, admin: UUID) -> None:
    with pytest.raises(NoAdministratorLeft):
        retire(world, admin, admin, world.member_id)
    with pytest.raises(MemberChangedMeanwhile):
        retire(world, admin, world.member_id, admin, seen=7)


def test_what_he_is_asked_for_himself_is_listed_and_his_links_open_nothing(
    world: World, admin: UUID
) -> None:
    asked = world.send(person("anna", mail="Clerk@aoba.example.jp", party=PartyKind.OWN))
    with world.database.reading() as session:
        member = session.get_one(Member, world.member_id)
        assert [row.id for row in retiring.belongings(session, member).asked.rows] == [asked]
        envelope = session.get_one(Envelope, asked)
        order = NoticeOrder(
            envelope_id=asked, kind=NoticeKind.COMPLETED, occasion="x", participant_ids=()
        )
        before = receivers.of_order(session, envelope, order)
    retire(world, admin, world.member_id)
    with world.database.reading() as session:
        after = receivers.of_order(session, session.get_one(Envelope, asked), order)
    assert len(before) == 2
    assert [one.member_id for one in after] == [admin]
