"""How long one envelope may take: an endless wait is a failure, not a hang."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

POLL_SECONDS = 0.3


class SelftestFailed(Exception):
    """The journey of one envelope cannot go on; the message says where and what was seen."""


class Patience:
    """A budget of seconds, shared by everything that one envelope waits for."""

    def __init__(self, seconds: float, pause: float = POLL_SECONDS) -> None:
        """`pause` is how long to wait before looking again."""
        self._seconds, self._pause = seconds, pause
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds, never negative."""
        return max(0.0, self._end - time.monotonic())

    def sleep(self, seconds: float, waiting_for: str) -> None:
        """Wait, or raise SelftestFailed when the budget would not last."""
        if self.left <= seconds:
            raise SelftestFailed(f"gave up after {self._seconds:.0f} s, waiting for {waiting_for}")
        time.sleep(seconds)

    def until(self, waiting_for: str, look: Callable[[], Found | None]) -> Found:
        """Look again and again until something is there."""
        while (found := look()) is None:
            self.sleep(self._pause, waiting_for)
        return found
