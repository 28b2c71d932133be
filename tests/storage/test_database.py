"""The two kinds of sessions, and processes that fork."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import SQLAlchemyError, StatementError

from storage.database import (
    ASKING_SECONDS,
    OUTAGES,
    Database,
    ReadingOnly,
    UnsupportedDatabase,
    open_database,
)
from storage.migrations import upgrade
from storage.tables import LedgerHead, Organisation
from storage.write_lock import Turns
from tests.postgresql import Cluster


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    upgrade(database_url)
    database = open_database(database_url)
    yield database
    database.close()


def add_one(database: Database) -> None:
    with database.transaction() as session:
        head = session.get_one(LedgerHead, "counter", with_for_update=True)
        head.sequence += 1


def add_and_fail(database: Database) -> None:
    with database.transaction() as session:
        session.add(Organisation(name="消える", created_at=datetime.now(UTC)))
        session.flush()
        raise ZeroDivisionError


def test_a_transaction_commits_at_its_end_and_rolls_back_on_raise(database: Database) -> None:
    with database.transaction() as session:
        session.add(Organisation(name="残る", created_at=datetime.now(UTC)))
    with pytest.raises(ZeroDivisionError):
        add_and_fail(database)
    with database.reading() as session:
        assert [row.name for row in session.query(Organisation)] == ["残る"]


def test_parallel_read_and_write_loses_no_update(database: Database) -> None:
    with database.transaction() as session:
        session.add(LedgerHead(scope="counter", sequence=0, hash="0" * 64))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: add_one(database), range(40)))
    with database.reading() as session:
        assert session.get_one(LedgerHead, "counter").sequence == 40


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[tuple[Database, sqlite3.Connection]]:
    """A database on SQLite, and somebody else who holds its write lock."""
    url = f"sqlite:///{tmp_path}/musubi.db"
    upgrade(url)
    database = open_database(url)
    with database.transaction() as session:
        session.add(LedgerHead(scope="counter", sequence=0, hash="0" * 64))
    other = sqlite3.connect(tmp_path / "musubi.db", check_same_thread=False, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield database, other
    database.close()
    other.close()


def test_threads_of_a_process_hand_the_write_lock_on(
    lonely: tuple[Database, sqlite3.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, other = lonely
    other.rollback()
    asked_again: list[float] = []
    monkeypatch.setattr("storage.write_lock.time.sleep", asked_again.append)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: add_one(database), range(100)))
    assert not asked_again, "two threads asked the file at once"
    with database.reading() as session:
        assert session.get_one(LedgerHead, "counter").sequence == 100


def test_another_process_s_write_lock_is_asked_for_until_it_is_free(
    lonely: tuple[Database, sqlite3.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, other = lonely
    asked_again: list[float] = []

    def sleep(seconds: float) -> None:
        asked_again.append(seconds)
        if len(asked_again) == 3:
            other.rollback()

    monkeypatch.setattr("storage.write_lock.time.sleep", sleep)
    add_one(database)
    assert asked_again == [ASKING_SECONDS] * 3


def test_a_write_lock_that_is_never_free_is_an_outage(
    lonely: tuple[Database, sqlite3.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, other = lonely
    monkeypatch.setattr("storage.database.BUSY_SECONDS", 0.5)
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(add_one, database) for _ in range(4)]
    assert all(isinstance(found.exception(), OUTAGES) for found in waiting)
    assert time.monotonic() - began < 20 * 0.5, "nobody waits for the turn, and then for the lock"
    other.rollback()
    add_one(database)


def test_a_file_that_is_no_database_is_said_so_at_once(
    lonely: tuple[Database, sqlite3.Connection], tmp_path: Path
) -> None:
    database, other = lonely
    other.rollback()
    other.close()
    database.close()
    (tmp_path / "musubi.db").write_bytes(b"no database at all" * 1000)
    with pytest.raises(SQLAlchemyError):
        add_one(database)


def test_who_came_first_writes_first_however_busy_the_others_are() -> None:
    turns, order, at_work = Turns(), list[int](), threading.Event()
    end = time.monotonic() + 60

    def write(number: int) -> None:
        with turns.turn(end):
            order.append(number)

    with ThreadPoolExecutor(5) as pool:
        with turns.turn(end):
            for number in range(5):
                pool.submit(write, number)
                while len(turns._waiting) <= number:
                    at_work.wait(0.001)
        with turns.turn(end):
            assert order == [0, 1, 2, 3, 4], "somebody came in between"


def test_who_waited_too_long_leaves_his_place() -> None:
    turns, end = Turns(), time.monotonic()
    with turns.turn(end + 60), pytest.raises(OUTAGES), turns.turn(end):
        pass
    with turns.turn(end):
        pass


def test_a_change_in_a_reading_session_is_an_error_and_not_a_loss(database: Database) -> None:
    with database.reading() as session:
        session.add(Organisation(name="x", created_at=datetime.now(UTC)))
        with pytest.raises(ReadingOnly):
            session.flush()


def test_sqlite_is_durable_and_keeps_its_references(
    sqlite_url: str, unsynced: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.database.SYNCHRONOUS", unsynced)
    database = open_database(sqlite_url)
    with database.reading() as session:
        pragmas = [
            session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert pragmas == ["wal", 2, 1, 10_000]
    database.close()


def test_naive_times_are_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="naive"), database.transaction() as session:
        session.add(Organisation(name="x", created_at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_a_forked_process_makes_connections_of_its_own(database: Database) -> None:
    database.check()
    before = database.engine
    child = os.fork()
    if child == 0:
        os._exit(0 if database.engine is not before else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert database.engine is before
    database.check()


def test_a_reading_session_sees_one_moment_however_often_it_asks(database: Database) -> None:
    with database.reading() as session:
        assert session.query(Organisation).count() == 0
        with database.transaction() as other:
            other.add(Organisation(name="後から", created_at=datetime.now(UTC)))
        assert session.query(Organisation).count() == 0
    with database.reading() as session:
        assert session.query(Organisation).count() == 1


def test_postgresql_s_password_is_read_from_its_file_at_every_new_connection(
    postgresql_cluster: Cluster, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    with postgresql_cluster.database() as url:
        file.write_text("wrong\n", encoding="utf-8")
        database = open_database(f"{url}&password_file={file}")
        seen: list[str] = []
        event.listen(
            database.engine, "do_connect", lambda *hook: seen.append(str(hook[3]["password"]))
        )
        database.check()
        database.engine.dispose()
        file.write_text("changed\n", encoding="utf-8")
        database.check()
        database.close()
    assert seen == ["wrong", "changed"]


def test_other_databases_are_refused_at_once() -> None:
    with pytest.raises(UnsupportedDatabase):
        open_database("mysql://localhost/musubi")
