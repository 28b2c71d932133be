"""How often one address may try links.

Kept in memory: looking at a link writes nothing, not even a counter. Each web process counts
for itself, so the limit of the installation is the setting times the processes; a token has 256
bits, and the limit is there to keep machines from knocking, not to make guessing hard.
"""

import threading
import time
from collections import OrderedDict, deque

from webapp.errors import TooManyTries

WINDOW_SECONDS = 60.0
MAX_ADDRESSES = 10_000
"""Addresses remembered; the one that was quiet longest is forgotten first."""


class Throttle:
    """A sliding window of one minute per address."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def count(self, address: str, limit: int, now: float | None = None) -> None:
        """Count one try. Raises TooManyTries above `limit` per minute."""
        moment = time.monotonic() if now is None else now
        with self._lock:
            tries = self._tries.setdefault(address, deque())
            self._tries.move_to_end(address)
            while tries and moment - tries[0] >= WINDOW_SECONDS:
                tries.popleft()
            if len(tries) >= limit:
                raise TooManyTries(max(1, round(WINDOW_SECONDS - (moment - tries[0]))))
            tries.append(moment)
            while len(self._tries) > MAX_ADDRESSES:
                self._tries.popitem(last=False)
