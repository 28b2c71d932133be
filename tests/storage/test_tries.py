"""Counted tries: doors close, waits grow, other doors stay open, and rows do not pile up."""

from datetime import UTC, datetime, timedelta

import pytest

from storage import tries
from storage.tables import Attempt
from storage.tries import LONGEST_WAIT, MEMORY, Limit
from tests.storage.world import World

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
PASSWORD = Limit(5, QUARTER)


def _try(world: World, at: datetime, *buckets: str, limit: Limit = PASSWORD) -> int | None:
    with world.database.transaction() as session:
        return tries.count(session, dict.fromkeys(buckets, limit), at).wait


def _count(world: World) -> int:
    with world.reading() as session:
        return session.query(Attempt).count()


def test_the_door_closes_after_so_many_tries_and_opens_after_the_wait(world: World) -> None:
    assert [_try(world, NOW, "a") for _ in range(6)] == [None] * 5 + [15 * 60 + 1]
    assert _try(world, NOW + QUARTER - timedelta(seconds=1), "a") == 2
    assert _try(world, NOW + QUARTER, "a") is None


def test_each_further_row_of_tries_waits_twice_as_long_up_to_a_limit(world: World) -> None:
    at, waits = NOW, []
    for _ in range(7):
        for _ in range(5):
            assert _try(world, at, "a") is None
        wait = _try(world, at, "a")
        assert wait is not None
        waits.append(wait // 60)
        at += timedelta(seconds=wait)
    assert waits[:6] == [15, 30, 60, 120, 240, 240]
    assert max(waits) * 60 <= LONGEST_WAIT.total_seconds()


def test_a_day_of_guessing_is_a_few_dozen_guesses(world: World) -> None:
    at, guesses = NOW, 0
    while at < NOW + MEMORY:
        wait = _try(world, at, "a")
        guesses += wait is None
        at += timedelta(seconds=wait or 1)
    assert guesses <= 50


def test_knocking_at_a_closed_door_makes_nobody_wait_longer(world: World) -> None:
    for _ in range(5):
        _try(world, NOW, "a")
    for minute in range(14):
        assert _try(world, NOW + timedelta(minutes=minute), "a") is not None
    assert _count(world) == 5
    assert _try(world, NOW + QUARTER, "a") is None


def test_no_bucket_is_counted_where_one_is_closed(world: World) -> None:
    for _ in range(5):
        _try(world, NOW, "closed")
    assert _try(world, NOW, "open", "closed") is not None
    assert _count(world) == 5


def test_others_are_not_counted(world: World) -> None:
    for _ in range(5):
        _try(world, NOW, "a")
    assert _try(world, NOW, "b") is None


def test_a_right_one_gives_its_try_back_and_forgets_earlier_slips(world: World) -> None:
    for _ in range(4):
        _try(world, NOW, "own", "shared")
    with world.database.transaction() as session:
        limits = {"own": PASSWORD, "shared": PASSWORD}
        tried = tries.count(session, limits, NOW)
        tries.give_back(session, tried.counted)
        tries.forget(session, "own")
    with world.reading() as session:
        assert [row.bucket for row in session.query(Attempt)] == ["shared"] * 4


def test_a_daily_limit_holds_however_long_was_waited(world: World) -> None:
    code = Limit(5, QUARTER, most=10)
    at = NOW
    for _ in range(2):
        assert [_try(world, at, "a", limit=code) for _ in range(5)] == [None] * 5
        at += timedelta(hours=1)
    wait = _try(world, at, "a", limit=code)
    assert wait is not None
    assert wait > 20 * 3600
    assert _try(world, NOW + MEMORY, "a", limit=code) is None


@pytest.mark.parametrize("seconds", [0, 30, 59])
def test_a_sliding_window_opens_as_tries_leave_it(world: World, seconds: int) -> None:
    minute = timedelta(minutes=1)
    window = Limit(3, minute, memory=minute)
    for _ in range(3):
        assert _try(world, NOW, "a", limit=window) is None
    late = NOW + timedelta(seconds=seconds)
    assert _try(world, late, "a", limit=window) == 61 - seconds
    assert _try(world, NOW + minute, "a", limit=window) is None
    assert _count(world) == 1


def test_asking_how_long_counts_nothing(world: World) -> None:
    with world.reading() as session:
        assert tries.wait_of(session, "a", PASSWORD, NOW) is None
    for _ in range(5):
        _try(world, NOW, "a")
    with world.reading() as session:
        assert tries.wait_of(session, "a", PASSWORD, NOW) == 15 * 60 + 1
    assert _count(world) == 5
