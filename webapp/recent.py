"""What a web process remembers of the operation logs that it writes; lost with the process."""

import time
from collections import OrderedDict
from datetime import datetime
from threading import Lock
from uuid import UUID

PAUSE_SECONDS = 60.0
"""The same look again is one look: a page shows its documents' pictures, a reader reloads."""
REMEMBERED = 10_000
TRIES_SECONDS = 3600.0
"""For how long tries of one kind count together."""


class Recent:
    """Used by all threads of a process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: OrderedDict[tuple[str, ...], float] = OrderedDict()
        self._tries: OrderedDict[tuple[str, ...], tuple[float, int]] = OrderedDict()
        self._missed: dict[UUID, tuple[int, datetime]] = {}

    def is_new(self, *what: str) -> bool:
        """Whether this was not written within the last minute; from now on it was."""
        moment = time.monotonic()
        with self._lock:
            before = self._seen.get(what)
            if before is not None and moment - before < PAUSE_SECONDS:
                return False
            self._seen[what] = moment
            self._seen.move_to_end(what)
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
            return True

    def tries(self, *what: str) -> int:
        """How many these are, this one included, within the hour that the first of them began."""
        moment = time.monotonic()
        with self._lock:
            since, count = self._tries.pop(what, (moment, 0))
            if moment - since >= TRIES_SECONDS:
                since, count = moment, 0
            self._tries[what] = (since, count + 1)
            while len(self._tries) > REMEMBERED:
                self._tries.popitem(last=False)
            return count + 1

    def miss(self, organisation_id: UUID, at: datetime) -> int:
        """One more could not be written. Returns how many there are."""
        with self._lock:
            count, since = self._missed.get(organisation_id, (0, at))
            self._missed[organisation_id] = (count + 1, since)
            return count + 1

    def take_missed(self, organisation_id: UUID) -> tuple[int, datetime] | None:
        """How many could not be written, since when; the caller writes that, or gives it back."""
        with self._lock:
            return self._missed.pop(organisation_id, None)

    def give_back(self, organisation_id: UUID, missed: tuple[int, datetime]) -> None:
        """It could not be written either."""
        with self._lock:
            count, since = self._missed.get(organisation_id, (0, missed[1]))
            self._missed[organisation_id] = (count + missed[0], min(since, missed[1]))
