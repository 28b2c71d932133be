"""People of the own side whom a sender typed are members, as those whom a chain names are."""

from typing import Any
from uuid import UUID

import pytest

from domain.drafts import Person
from domain.forms import FormProblems
from domain.kinds import LinkPurpose, NoticeKind, PartyKind, Role
from domain.messages import NoticeOrder
from domain.refusals import RefusalCode
from storage import own_side, people, retiring, standing, visits
from storage.desks import receivers
from storage.tables import Act, Envelope, Link, Member, Participant, Visit
from tests.storage.world import RECIPIENT, Journey, World, now, person

MAIL = "boss@aoba.example.jp"


@pytest.fixture
def admin(world: World) -> UUID:
    return world.join("admin", Role.ADMIN, Role.CLERK)


def own(name: str, *kind: Any, mail: str = MAIL, **more: Any) -> Person:
    return person(name, *kind, mail=mail, party=PartyKind.OWN, **more)


def retire(world: World, admin: UUID, member_id: UUID) -> None:
    with world.database.transaction() as session:
        actor, row = session.get_one(Member, admin), session.get_one(Member, member_id)
        retiring.retire(session, actor, row, row.revision, None, now())


def test_whoever_has_a_members_address_is_that_member(world: World) -> None:
    """However it is written; the other side is nobody's member, and neither is a stranger."""
    boss = world.join("boss", Role.CLERK)
    with world.database.transaction() as session:
        town = people.create_organisation(session, "隣町", now()).id
    world.join("neighbour", Role.CLERK, organisation_id=town)
    sent = world.send(
        own("a", mail="Boss@Aoba.example.jp"),
        own("r", RECIPIENT, mail="clerk@aoba.example.jp"),
        own("s", mail="stranger@example.jp"),
        own("n", mail="neighbour@aoba.example.jp"),
        person("o", mail="boss@aoba.example.jp"),
    )
    named = {name: world.participant(sent, name).member_id for name in "arsno"}
    assert named == {"a": boss, "r": world.member_id, "s": None, "n": None, "o": None}


def _sent_to_boss(world: World, how: str) -> tuple[Journey, UUID]:
    """`how` the row knows that he is a member: since it was written, not at all because an older
    program wrote it, or not because he joined afterwards."""
    if how == "joined":
        journey = Journey.begin(world, own("a"), person("b"))
        return journey, world.join("boss", Role.CLERK)
    boss = world.join("boss", Role.CLERK)
    journey = Journey.begin(world, own("a"), person("b"))
    if how == "older":
        world.set(Participant, world.participant(journey.envelope_id, "a").id, member_id=None)
    return journey, boss


@pytest.mark.parametrize("how", ["typed", "older", "joined"])
def test_whoever_was_typed_and_has_left_acts_for_the_organisation_no_more(
    world: World, admin: UUID, how: str
) -> None:
    journey, boss = _sent_to_boss(world, how)
    sent = journey.envelope_id
    in_time = world.post(sent, "a")
    visit = world.visit(sent, "a")
    with world.reading() as session:
        asked = retiring.belongings(session, session.get_one(Member, boss)).asked
    assert [row.id for row in asked.rows] == [sent]
    retire(world, admin, boss)
    link = world.link(sent, "a", LinkPurpose.ACT)
    assert link is not None
    with world.reading() as session:
        holder = standing.holder_of(session, session.get_one(Link, link.id), now())
        assert holder.standing is standing.Standing.REVOKED
        assert session.get_one(Visit, visit).ended_at is not None
        assert visits.find_visit(session, "c" * 64, visit, now()) is None
        order = NoticeOrder(
            envelope_id=sent, kind=NoticeKind.COMPLETED, occasion="x", participant_ids=()
        )
        told = receivers.of_order(session, session.get_one(Envelope, sent), order)
    assert world.participant(sent, "a").id not in {one.participant_id for one in told}
    with world.reading() as session:
        evidence = dict(session.get_one(Act, in_time).evidence)
    late = world.forge_act(in_time, posted_at=now(), evidence=evidence)
    with world.database.transaction() as session:
        for row in session.query(Visit):
            row.ended_at = None
    assert world.acts.facts(sent, late, 0).refusal is RefusalCode.EVIDENCE_INCOMPLETE
    assert journey.decide(in_time).accepted, "what he posted before he left stands"


def test_nothing_is_sent_to_a_member_who_has_left(world: World, admin: UUID) -> None:
    """As one of the own side: whom the other side names now is its affair."""
    retire(world, admin, world.join("boss", Role.CLERK))
    for one in (own("a", row=3), own("r", RECIPIENT, mail="BOSS@aoba.example.jp", row=3)):
        with pytest.raises(FormProblems) as caught:
            world.send(person("b"), one)
        assert set(caught.value.problems) == {"people-3-mail"}
    assert world.participant(world.send(person("a", mail=MAIL)), "a").member_id is None


def test_who_came_back_may_be_asked_again(world: World, admin: UUID) -> None:
    boss = world.join("boss", Role.CLERK)
    sent = world.send(own("a"))
    retire(world, admin, boss)
    with world.reading() as session:
        assert own_side.has_left(session, world.participant(sent, "a"))
    world.set(Member, boss, active=True, retired_at=None)
    with world.reading() as session:
        assert not own_side.has_left(session, world.participant(sent, "a"))
    assert world.participant(world.send(own("a")), "a").member_id == boss
