"""A process whose clock is not the database server's says so, until it is again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from domain.clocks import ClockDiffers
from storage.clock import ASK_SECONDS, SharedClock
from storage.database import Database, open_database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    yield database
    database.close()


@pytest.fixture
def on_postgresql(database: Database) -> Database:
    if database.url.get_backend_name() == "sqlite":
        pytest.skip("one machine, one clock")
    return database


class Machine:
    """Its clock may be set; the time that passes may not."""

    def __init__(self, database: Database) -> None:
        self.off = timedelta()
        self.passed = 0.0
        self.questions = 0
        event.listen(database.engine, "before_cursor_execute", self._count)
        self.clock = SharedClock(database, self._now, lambda: self.passed)

    def _now(self) -> datetime:
        return datetime.now(UTC) + self.off

    def _count(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        self.questions += "clock_timestamp" in statement


def test_a_right_clock_is_asked_about_once_in_a_while(database: Database) -> None:
    machine = Machine(database)
    for _ in range(5):
        machine.clock.check()
    kind = database.url.get_backend_name()
    assert machine.questions == (1 if kind == "postgresql" else 0)


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=365)])
def test_a_wrong_clock_is_told_each_time_until_it_is_right(
    on_postgresql: Database, off: timedelta
) -> None:
    machine = Machine(on_postgresql)
    machine.off = off
    for _ in range(2):
        with pytest.raises(ClockDiffers, match="database"):
            machine.clock.check()
    machine.off = timedelta()
    machine.clock.check()


def test_a_clock_that_is_set_is_found_out_at_once(on_postgresql: Database) -> None:
    machine = Machine(on_postgresql)
    machine.clock.check()
    machine.off = timedelta(hours=-1)
    with pytest.raises(ClockDiffers):
        machine.clock.check()


def test_a_clock_that_drifts_is_found_out_in_time(on_postgresql: Database) -> None:
    machine = Machine(on_postgresql)
    machine.clock.check()
    machine.passed = ASK_SECONDS
    machine.off = timedelta(seconds=ASK_SECONDS)
    with pytest.raises(ClockDiffers):
        machine.clock.check()
