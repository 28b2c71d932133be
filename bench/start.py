"""How long a stack takes until all its processes work: new, and once more after a stop."""

import tempfile
import time
from pathlib import Path

from bench.report import Row, row
from cli.selftest.stack import start

SUBJECT = "start"
AGAIN = 5
WITHIN = 15_000.0
"""Milliseconds that a second start may take."""


def run() -> list[Row]:
    """All rows of the subject."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "home"
        new = _start_and_stop(home)
        again = [_start_and_stop(home) for _ in range(AGAIN)]
    return [
        row(SUBJECT, "a new stack until all of it works", [new]),
        row(SUBJECT, "the same stack once more", again, limit=WITHIN),
    ]


def _start_and_stop(home: Path) -> float:
    """Milliseconds. Raises SelftestFailed when it does not start."""
    began = time.perf_counter()
    stack = start(home)
    try:
        stack.wait_until_up()
        return 1000 * (time.perf_counter() - began)
    finally:
        stack.stop()
