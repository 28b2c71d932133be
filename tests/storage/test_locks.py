"""What several processes do at the same moment happens one after the other, on both databases."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

import domain.deals
from domain.deal_search import PLACES
from domain.kinds import ActKind, EnvelopeState
from domain.route import Route
from storage import deals, tries
from storage.locks import hold_values
from storage.posting import PostedAct, post_member_act
from storage.tables import Act, Deal, Envelope, LoginSession, Member, Visit
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


def test_who_changes_a_deal_and_a_workflow_that_goes_on_do_not_wait_in_a_circle(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    envelope_id = world.send(person("a"))
    world.prepare(envelope_id)
    plan = world.envelopes.plan(envelope_id)
    journey = Journey(world, envelope_id, plan, Route.of(plan))
    changed, written = threading.Event(), deals._write

    def write(row: Deal, values: domain.deals.Deal) -> None:
        written(row, values)
        changed.set()
        time.sleep(0.5)

    def change() -> bool:
        with world.database.transaction() as session:
            return deals.change(
                session,
                session.get_one(Envelope, envelope_id),
                replace(deals.deal_of(session.get_one(Deal, envelope_id)), amount=5),
                member=session.get_one(Member, world.member_id),
                reason="入力",
                revision=0,
                now=NOW,
            )

    monkeypatch.setattr(deals, "_write", write)
    with ThreadPoolExecutor(2) as pool:
        change_made = pool.submit(change)
        assert changed.wait(30)
        opened = pool.submit(journey.open)
        assert change_made.result(30)
        opened.result(30)
    with world.reading() as session:
        row = session.get_one(Deal, envelope_id)
        assert (row.amount, row.place) == (5, PLACES[EnvelopeState.RUNNING])


def test_who_holds_a_deals_values_holds_up_no_workflow(world: World) -> None:
    if world.database.engine.dialect.name == "sqlite":
        pytest.skip("one writer at a time")
    journey = Journey.begin(world, person("a"))
    with world.database.transaction() as session, ThreadPoolExecutor(1) as pool:
        hold_values(session, journey.envelope_id)
        done = pool.submit(
            world.set, Envelope, journey.envelope_id, state=EnvelopeState.COMPLETING.value
        )
        done.result(30)
    with world.reading() as session:
        place = session.get_one(Deal, journey.envelope_id).place
    assert place == PLACES[EnvelopeState.COMPLETING]
