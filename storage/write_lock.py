"""SQLite's one write lock: handed on among the threads of a process in the order in which they
came, and asked for every few milliseconds while another process has it.

SQLite itself lets who waits sleep up to 0.1 s and ask again, in no order: who has waited longest
comes last, and nobody writes meanwhile.
"""

import sqlite3
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

WRITE = "BEGIN IMMEDIATE"


class Turns:
    """Who comes first writes first. A thread that has its turn must not ask for another."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken = False
        self._waiting: deque[Event] = deque()

    @contextmanager
    def turn(self, end: float) -> Iterator[None]:
        """Hold it. Raises OperationalError, as SQLite would, for who has waited until `end` of the
        monotonic clock."""
        if not self._take(end):
            raise OperationalError(WRITE, None, sqlite3.OperationalError("database is locked"))
        try:
            yield
        finally:
            self._hand_on()

    def _take(self, end: float) -> bool:
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            mine = Event()
            self._waiting.append(mine)
        if mine.wait(max(0.0, end - time.monotonic())):
            return True
        with self._lock:
            if mine.is_set():  # it was handed on in the last moment
                return True
            self._waiting.remove(mine)
            return False

    def _hand_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


def take_write_lock(
    connection: Connection,
    cursor: Any,  # noqa: ANN401 - the driver's
    end: float,
    asking_seconds: float,
    busy_milliseconds: int,
) -> None:
    """Begin to write. Raises SQLAlchemy's errors; OperationalError when it is `end`. The connection
    waits `busy_milliseconds` for everything else."""
    cursor.execute("PRAGMA busy_timeout=0")
    try:
        while (refused := _refused(cursor)) == sqlite3.SQLITE_BUSY and time.monotonic() < end:
            time.sleep(asking_seconds)
        if refused:
            connection.exec_driver_sql(WRITE)  # once more, for SQLAlchemy's own error
    finally:
        cursor.execute(f"PRAGMA busy_timeout={busy_milliseconds}")


def _refused(cursor: Any) -> int:  # noqa: ANN401 - the driver's
    """SQLite's code of why it does not begin; 0 when it has begun."""
    try:
        cursor.execute(WRITE)
    except sqlite3.Error as error:
        return (error.sqlite_errorcode & 0xFF) or sqlite3.SQLITE_ERROR
    return 0
