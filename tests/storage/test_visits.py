"""Links and visits as rows: what a link is good for, and how long a visit lasts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from domain.kinds import LinkPurpose
from domain.limits import SIGNER_ABSOLUTE, SIGNER_IDLE
from identity.links import token_sha256
from storage.standing import Standing
from storage.tables import Act, Envelope, LedgerEvent, Link, Slot, Visit
from storage.visits import (
    TOUCH_EVERY,
    Caller,
    Visiting,
    cookie_is_live,
    find_link,
    find_visit,
    mark_viewed,
    open_visit,
    touch,
)
from tests.webapp.signer.world import World, small_world

COOKIE = "c" * 64
CALLER = Caller("192.0.2.1", "Browser/1")


@pytest.fixture
def world(tmp_path: Path, ready_url: str) -> Iterator[World]:
    built = small_world(tmp_path, ready_url)
    yield built
    built.database.close()


def standing(world: World, now: datetime | None = None) -> Standing | None:
    with world.database.reading() as session:
        holder = find_link(
            session, token_sha256(world.token()), LinkPurpose.ACT, now or datetime.now(UTC)
        )
        return holder.standing if holder else None


def enter(world: World, now: datetime) -> UUID:
    with world.database.transaction() as session:
        holder = find_link(session, token_sha256(world.token()), LinkPurpose.ACT, now)
        assert holder is not None
        return open_visit(session, holder, COOKIE, CALLER, now)


def look(world: World, visit: UUID, now: datetime, cookie: str = COOKIE) -> Visiting | None:
    with world.database.reading() as session:
        return find_visit(session, cookie, visit, now)


def test_a_link_is_open_while_its_holder_is_asked(world: World) -> None:
    assert standing(world) is Standing.OPEN


def test_a_link_says_what_the_rows_say(world: World) -> None:
    slot, me = world.slots[0], world.participants[0]
    world.change(Slot, slot, state="waiting")
    assert standing(world) is Standing.WAITING
    world.change(Slot, slot, state="released")
    assert standing(world) is Standing.RELEASED
    world.change(Slot, slot, state="acted", participant_id=me)
    assert standing(world) is Standing.ACTED
    world.change(Slot, slot, state="done", participant_id=world.participants[1])
    assert standing(world) is Standing.RELEASED
    world.change(Slot, slot, state="asked", participant_id=None)
    world.change(Envelope, world.envelope_id, state="withdrawn")
    assert standing(world) is Standing.ENDED
    world.change(Envelope, world.envelope_id, state="expired")
    assert standing(world) is Standing.LATE


def test_a_link_is_late_by_the_date_even_when_no_worker_runs(world: World) -> None:
    assert standing(world, datetime.now(UTC) + timedelta(days=31)) is Standing.LATE


def test_a_revoked_link_is_as_unknown_as_any_other(world: World) -> None:
    world.change(Link, world.links[0], revoked_at=datetime.now(UTC), revoked_why="replaced")
    assert standing(world) is None


def test_an_unanswered_act_closes_the_link_and_a_refused_one_opens_it_again(world: World) -> None:
    now = datetime.now(UTC)
    act = Act(
        id=uuid4(),
        nonce="n",
        envelope_id=world.envelope_id,
        participant_id=world.participants[0],
        slot_id=world.slots[0],
        kind="sign",
        version=1,
        version_sha256="0" * 64,
        values_sha256="0" * 64,
        evidence={},
        posted_at=now,
    )
    with world.database.transaction() as session:
        session.add(act)
    assert standing(world) is Standing.ACTED
    world.change(Act, act.id, accepted=False, answered_at=now, refusal="not_your_turn")
    assert standing(world) is Standing.OPEN


def test_a_visit_belongs_to_one_cookie(world: World) -> None:
    now = datetime.now(UTC)
    visit = enter(world, now)
    assert look(world, visit, now) is not None
    assert look(world, visit, now, "d" * 64) is None
    assert look(world, uuid4(), now) is None


def test_a_visit_lasts_thirty_idle_minutes_and_twelve_hours_in_all(world: World) -> None:
    now = datetime.now(UTC)
    visit = enter(world, now)
    assert look(world, visit, now + SIGNER_IDLE) is not None
    assert look(world, visit, now + SIGNER_IDLE + timedelta(seconds=1)) is None
    later = now + SIGNER_ABSOLUTE
    with world.database.transaction() as session:
        touch(session, visit, later)
    assert look(world, visit, later) is not None
    assert look(world, visit, later + timedelta(seconds=1)) is None


def test_a_visit_is_touched_once_a_minute_and_never_back_in_time(world: World) -> None:
    now = datetime.now(UTC)
    visit = enter(world, now)
    found = look(world, visit, now)
    assert found is not None
    assert not found.needs_touch(now + timedelta(seconds=59))
    assert found.needs_touch(now + TOUCH_EVERY)
    with world.database.transaction() as session:
        touch(session, visit, now - timedelta(hours=1))
        assert session.get_one(Visit, visit).last_seen_at == now


def test_a_newer_link_ends_the_visits_of_the_older(world: World) -> None:
    now = datetime.now(UTC)
    visit = enter(world, now)
    world.change(Link, world.links[0], generation=2)
    assert look(world, visit, now) is None


def test_after_the_act_the_visit_stays_and_may_not_act(world: World) -> None:
    now = datetime.now(UTC)
    visit = enter(world, now)
    world.change(Slot, world.slots[0], state="done", participant_id=world.participants[0])
    world.change(Link, world.links[0], revoked_at=now, revoked_why="acted")
    found = look(world, visit, now)
    assert found is not None
    assert not found.holder.may_act


def test_a_cookie_is_shared_only_while_one_of_its_visits_lives(world: World) -> None:
    now = datetime.now(UTC)
    enter(world, now)
    with world.database.reading() as session:
        assert cookie_is_live(session, COOKIE, now)
        assert not cookie_is_live(session, COOKIE, now + SIGNER_IDLE)
        assert not cookie_is_live(session, "d" * 64, now)


def test_opening_and_viewing_are_events_without_names(world: World) -> None:
    now = datetime.now(UTC)
    found = look(world, enter(world, now), now)
    assert found is not None
    for _ in range(2):
        with world.database.transaction() as session:
            mark_viewed(session, found, world.documents[0], now)
    with world.database.reading() as session:
        events = session.query(LedgerEvent).order_by(LedgerEvent.sequence).all()
        assert [event.tag for event in events] == ["link:opened", "document:viewed"]
        assert {event.actor for event in events} == {f"participant:{world.participants[0]}"}
        assert set(events[0].data) == {"link", "generation", "visit"}
        assert session.get_one(Visit, found.visit.id).viewed == [str(world.documents[0])]


def test_a_long_agent_is_cut_and_breaks_nothing(world: World) -> None:
    now = datetime.now(UTC)
    with world.database.transaction() as session:
        holder = find_link(session, token_sha256(world.token()), LinkPurpose.ACT, now)
        assert holder is not None
        visit = open_visit(session, holder, COOKIE, Caller("a" * 99, "b" * 999), now)
        row = session.get_one(Visit, visit)
        assert (len(row.address), len(row.agent)) == (45, 300)
