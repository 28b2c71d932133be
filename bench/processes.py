"""What the processes of a stack have cost so far: CPU seconds and peak memory, from /proc."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """Of one process and all its descendants."""

    cpu_seconds: float
    peak_mib: float
    """The sum of the peaks: an upper bound of what they held together."""


def costs(pids: dict[str, int]) -> dict[str, Cost]:
    """By name; a process that is gone costs nothing."""
    parents = {pid: parent for pid in _all() if (parent := _parent(pid)) is not None}
    return {name: _cost(_family(pid, parents)) for name, pid in pids.items()}


def _all() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _fields(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def _parent(pid: int) -> int | None:
    fields = _fields(pid)
    return int(fields[1]) if fields else None


def _family(pid: int, parents: dict[int, int]) -> set[int]:
    found, more = {pid}, {pid}
    while more:
        more = {child for child, parent in parents.items() if parent in more} - found
        found |= more
    return found


def _cost(pids: Iterable[int]) -> Cost:
    cpu = peak = 0.0
    for pid in pids:
        fields = _fields(pid)
        if fields:
            # own time and that of children which have ended
            cpu += sum(int(value) for value in fields[11:15]) / _TICKS
            peak += _peak(pid)
    return Cost(cpu, peak)


def _peak(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0
