"""Signals to processes that may be gone already."""

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """To each that is still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def children(pid: int) -> list[int]:
    """What a process has started and not yet waited for."""
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [int(child) for child in listed]
