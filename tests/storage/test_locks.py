"""What several processes do at the same moment happens one after the other, on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from domain.kinds import ActKind
from storage import tries
from storage.posting import PostedAct, post_member_act
from storage.tables import Act, LoginSession, Visit
from storage.tries import Limit
from storage.visits import Caller, find_visit, mark_viewed
from tests.storage.world import Journey, World, person

AT_ONCE = 8
NOW = datetime(2026, 11, 26, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_tries_at_the_same_moment_are_each_counted(world: World) -> None:
    start = threading.Barrier(AT_ONCE)

    def attempt(_: int) -> bool:
        start.wait(30)
        with world.database.transaction() as session:
            return tries.count(session, {"login:a": Limit(3, MINUTE)}, NOW).wait is None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sum(pool.map(attempt, range(AT_ONCE))) == 3


def test_documents_that_two_windows_fetch_at_the_same_moment_are_all_noted(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    visit_id = world.visit(journey.envelope_id, "a")
    start = threading.Barrier(AT_ONCE)

    def fetch(document_id: UUID) -> None:
        start.wait(30)
        with world.database.transaction() as session:
            visit = session.get_one(Visit, visit_id)
            visiting = find_visit(session, visit.cookie_sha256, visit_id, visit.opened_at)
            assert visiting is not None
            mark_viewed(session, visiting, document_id, NOW)

    documents = [uuid4() for _ in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(fetch, documents))
    with world.reading() as session:
        assert sorted(session.get_one(Visit, visit_id).viewed) == sorted(map(str, documents))


def test_a_form_that_a_member_sends_twice_at_once_is_one_act(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    login = LoginSession(
        member_id=world.member_id, token_sha256="0" * 64, created_at=NOW, last_seen_at=NOW
    )
    with world.database.transaction() as session:
        session.add(login)
    posted = PostedAct(
        ActKind.WITHDRAW, uuid4().hex, "0" * 64, Caller("192.0.2.1", "Browser/1"), reason="誤送信"
    )
    start = threading.Barrier(AT_ONCE)

    def press(_: int) -> UUID:
        start.wait(30)
        return post_member_act(world.database, login, journey.envelope_id, posted, NOW)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        acts = set(pool.map(press, range(AT_ONCE)))
    with world.reading() as session:
        assert acts == {act.id for act in session.query(Act)}
    assert len(acts) == 1
