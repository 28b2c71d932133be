"""This process's clock beside the database server's, which all machines of an installation share.

On SQLite every process runs on the machine that holds the file: there is one clock and nothing to
compare. What that machine's own clock is worth, the time-stamping authority's time shows.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import text

from domain.clocks import TOLERANCE, ClockDiffers, agrees
from storage.database import Database

ASK_SECONDS = 30.0
"""So long an agreement is believed, unless the clock is set meanwhile."""


def _now() -> datetime:
    return datetime.now(UTC)


class SharedClock:
    """Thread-safe. One per process."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime] = _now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._now = now
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._agreed: tuple[float, datetime] | None = None

    def check(self) -> None:
        """Raises ClockDiffers, or the database's errors; asks it twice a minute at most while all
        is well, and each time while it is not."""
        if self._database.url.get_backend_name() == "sqlite" or self._still_agrees():
            return
        asked = self._now()
        theirs = self._ask()
        if not agrees(asked, theirs, self._now()):
            with self._lock:
                self._agreed = None
            raise ClockDiffers("database")
        with self._lock:
            self._agreed = (self._monotonic(), self._now())

    def _still_agrees(self) -> bool:
        """A clock that was set since then has moved otherwise than the time that nobody can set."""
        with self._lock:
            agreed = self._agreed
        if agreed is None:
            return False
        passed = self._monotonic() - agreed[0]
        moved = (self._now() - agreed[1]).total_seconds()
        return passed < ASK_SECONDS and abs(moved - passed) < TOLERANCE.total_seconds()

    def _ask(self) -> datetime:
        with self._database.reading() as session:
            theirs: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        return theirs
