"""What work costs, measured by what the machine does at that moment and not by its clock.

A shared machine may give a third of its speed for hours: a limit in seconds then fails for nothing,
and one that never fails there finds nothing elsewhere.
"""

import time
from collections.abc import Callable

MILLION = 1_000_000


def million_additions() -> float:
    """CPU seconds of a million additions, here and now; about 0.08 s in 2026."""
    start, total = time.thread_time(), 0
    for number in range(MILLION):
        total += number
    return time.thread_time() - start


def cost(work: Callable[[], object]) -> float:
    """CPU of this thread for `work`, in millions of additions."""
    before = million_additions()
    start = time.thread_time()
    work()
    spent = time.thread_time() - start
    return spent / max(before, million_additions())
