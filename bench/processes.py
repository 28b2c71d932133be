"""What the processes of a stack cost: CPU seconds and memory, from /proc."""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

OWN = "the people here"
"""The bench's own process."""
LOOK_SECONDS = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """What each process and all its descendants have used so far; one that is gone, nothing."""
    return {name: sum(map(_cpu, family)) for name, family in _families(pids).items()}


@contextmanager
def watched(pids: Mapping[str, int]) -> Iterator[dict[str, float]]:
    """The most MiB that each process and its descendants held at one moment of the block; filled
    in at its end."""
    peaks = dict.fromkeys(pids, 0.0)
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            for name, family in _families(pids).items():
                peaks[name] = max(peaks[name], sum(map(_held, family)))

    watcher = threading.Thread(target=look, name="watch")
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


def _families(pids: Mapping[str, int]) -> dict[str, set[int]]:
    """Each process with its descendants; a process of another name is nobody's child."""
    parents = {pid: parent for pid in _all() if (parent := _parent(pid)) is not None}
    named = set(pids.values())
    return {name: _family(pid, parents, named - {pid}) for name, pid in pids.items()}


def _family(pid: int, parents: Mapping[int, int], others: set[int]) -> set[int]:
    found, more = {pid}, {pid}
    while more:
        children = {child for child, parent in parents.items() if parent in more}
        more = children - found - others
        found |= more
    return found


def _all() -> Iterable[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent(pid: int) -> int | None:
    fields = _fields(pid)
    return int(fields[1]) if fields else None


def _fields(pid: int) -> list[str]:
    return _text(pid, "stat").rpartition(")")[2].split()


def _cpu(pid: int) -> float:
    # own time and that of children which have ended
    return sum(int(value) for value in _fields(pid)[11:15]) / _TICKS


def _held(pid: int) -> float:
    for line in _text(pid, "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _text(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8")
    except OSError:
        return ""
