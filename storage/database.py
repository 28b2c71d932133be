"""The database: one object per process, two kinds of sessions.

`transaction()` writes: on SQLite it takes the write lock at once (BEGIN IMMEDIATE), because a
read that turns into a write later fails immediately and ignores the busy timeout. `reading()`
sees one moment, writes nothing, and blocks nobody.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session

from storage.write_lock import WRITE, Turns, take_write_lock

SYNCHRONOUS = "FULL"
"""What was committed is on the disk."""
CACHE_KIBIBYTES = 16_384
"""Of the file, for each of SQLite's connections: with 2 MB, as it comes, a search that looks for
thousands of keys reads the same pages again and again. What is not read takes nothing."""
BUSY_SECONDS = 10
"""How long a SQLite writer waits for the writer before it."""
ASKING_SECONDS = 0.02
PAGES_ASKING_SECONDS = 0.002
"""How often a SQLite writer asks meanwhile: people wait for pages, so that these come first."""
STATEMENT_MILLISECONDS = 30_000
LOCK_MILLISECONDS = 10_000
"""PostgreSQL: a wait that lasts longer than SQLite's is given up; activities try again."""
POOL_SIZE = 10
POOL_OVERFLOW = 20
IDLE_MILLISECONDS = 120_000
"""PostgreSQL ends a transaction whose process does nothing: its locks keep others waiting."""
KEEPALIVE = {"keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 3}
UNANSWERED_MILLISECONDS = 30_000
"""A server whose machine vanished says nothing; without these a query would wait for hours."""
PASSWORD_FILE = "password_file"  # noqa: S105 - a parameter's name
_BEGIN = "musubi_begin"
_ASKING = "musubi_asking"
_END = "musubi_end"

OUTAGES = (OperationalError, PoolExhausted)
"""What an operator or time mends: a locked, full, read-only or absent database. Nobody knows
whether a commit that ended so was executed."""


class UnsupportedDatabase(Exception):
    """Only SQLite and PostgreSQL keep what the service promises."""


class ReadingOnly(Exception):
    """Something was changed in a session that would have thrown the change away."""


class _Engines(NamedTuple):
    """One engine, and the same as writers and readers use it."""

    process: int
    plain: Engine
    writing: Engine
    reading: Engine
    turns: Turns | None
    """Of those who write on SQLite."""


class Database:
    """Opens sessions. Engines are made in the process that uses them, also after a fork."""

    def __init__(self, url: URL, asking_seconds: float = ASKING_SECONDS) -> None:
        if url.get_backend_name() not in {"sqlite", "postgresql"}:
            raise UnsupportedDatabase(url.get_backend_name())
        self.url = url
        self._asking_seconds = asking_seconds
        self._lock = Lock()
        self._made: _Engines | None = None

    @property
    def engine(self) -> Engine:
        """The engine of this process. After a fork the parent's connections stay the parent's."""
        return self._engines().plain

    def _engines(self) -> _Engines:
        """Made once in a process, because each takes as long as a query."""
        with self._lock:
            if self._made is not None and self._made.process != os.getpid():
                self._made.plain.dispose(close=False)
                self._made = None
            if self._made is None:
                self._made = self._make()
            return self._made

    def _make(self) -> _Engines:
        plain = _engine(self.url)
        writing = plain.execution_options(**{_BEGIN: WRITE, _ASKING: self._asking_seconds})
        reading = plain.execution_options(**self._reading_options())
        turns = Turns() if self.url.get_backend_name() == "sqlite" else None
        return _Engines(os.getpid(), plain, writing, reading, turns)

    def _reading_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {_BEGIN: "BEGIN"}
        if self.url.get_backend_name() == "postgresql":
            # Its default shows every statement a moment of its own. Readers never conflict.
            options |= {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        return options

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Commits at exit, rolls back on raise. Objects stay readable afterwards."""
        made = self._engines()
        with (
            _turn(made.turns) as options,
            Session(made.writing, expire_on_commit=False) as session,
            session.begin(),
        ):
            if options:
                session.connection(execution_options=options)
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries; a flush raises ReadingOnly."""
        engine = self._engines().reading
        with _ReadingSession(engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    def check(self) -> None:
        """One round trip, for readiness. Raises SQLAlchemy's errors when it fails."""
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give all connections back."""
        with self._lock:
            if self._made is not None and self._made.process == os.getpid():
                self._made.plain.dispose()
            self._made = None


def open_database(url: str, asking_seconds: float = ASKING_SECONDS) -> Database:
    """`sqlite:////path/musubi.db` or `postgresql+psycopg://...`. Connects at first use.

    `?password_file=/path` names a file with PostgreSQL's password: it stands in no URL, argument
    or environment, and a changed one is read at the next connection.
    """
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return Database(parsed, asking_seconds)


@contextmanager
def _turn(turns: Turns | None) -> Iterator[dict[str, float]]:
    """Hold it; options that tell the transaction until when it may wait for the write lock."""
    if turns is None:
        yield {}
        return
    end = time.monotonic() + BUSY_SECONDS
    with turns.turn(end):
        yield {_END: end}


class _ReadingSession(Session):
    """A session that writes nothing."""


@event.listens_for(_ReadingSession, "before_flush")
def _refuse_writing(session: Session, *_: object) -> None:
    if session.new or session.dirty or session.deleted:
        message = "use Database.transaction() to write"
        raise ReadingOnly(message)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    return _postgresql_engine(url)


def _postgresql_engine(url: URL) -> Engine:
    limits = {
        "statement_timeout": STATEMENT_MILLISECONDS,
        "lock_timeout": LOCK_MILLISECONDS,
        "idle_in_transaction_session_timeout": IDLE_MILLISECONDS,
    }
    engine = create_engine(
        url.difference_update_query([PASSWORD_FILE]),
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
            "connect_timeout": BUSY_SECONDS,
            "tcp_user_timeout": UNANSWERED_MILLISECONDS,
            **KEEPALIVE,
        },
    )
    file = url.query.get(PASSWORD_FILE)
    if isinstance(file, str):
        event.listen(engine, "do_connect", _with_password_from(Path(file)))
    return engine


def _with_password_from(file: Path) -> Callable[..., None]:
    def add_password(_dialect: object, _record: object, _args: object, words: Any) -> None:  # noqa: ANN401 - SQLAlchemy's hook
        words["password"] = file.read_text(encoding="utf-8").strip()

    return add_password


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS},
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_use_lifo=True,  # the connection that was used last has read most already
        hide_parameters=True,  # an error's words reach the log, a person's name must not
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # The driver's own transactions begin too late and deferred: ours begin in _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "journal_mode=WAL",
        f"synchronous={SYNCHRONOUS}",
        "foreign_keys=ON",
        f"cache_size=-{CACHE_KIBIBYTES}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    begin = options.get(_BEGIN, WRITE)
    driver = connection.connection.dbapi_connection
    if driver is None:
        connection.exec_driver_sql(begin)
    elif begin == "BEGIN":
        # Touches no file and cannot fail, so that SQLAlchemy's care for results and errors, a
        # tenth of a page's time, is not needed.
        driver.cursor().execute(begin)
    else:
        asking = options.get(_ASKING, ASKING_SECONDS)
        end = options.get(_END) or time.monotonic() + BUSY_SECONDS
        take_write_lock(connection, driver.cursor(), end, asking, int(BUSY_SECONDS * 1000))
