"""What a bench found: rows with medians, ratios and goals, as a table and as JSON."""

import json
import math
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    """One figure. `value` is a median in `unit`; `ratio` is value / baseline where there is one.

    `goal` is the most that the ratio (or, without one, the value) may be; None: listed only.
    """

    subject: str
    what: str
    value: float
    unit: str
    runs: int
    baseline: float | None = None
    goal: float | None = None
    spread: tuple[float, float] | None = None
    """Smallest and largest of the runs."""
    p95: float | None = None
    """Within which 95 of 100 runs are; None for figures that are no runs."""
    limit: float | None = None
    """The most that `p95` may be."""

    @property
    def ratio(self) -> float | None:
        """How many times the baseline."""
        return self.value / self.baseline if self.baseline else None

    @property
    def met(self) -> bool | None:
        """Whether goal and limit are reached; None without any."""
        found = [met for met in (self._within_goal, self._within_limit) if met is not None]
        return all(found) if found else None

    @property
    def _within_limit(self) -> bool | None:
        if self.limit is None or self.p95 is None:
            return None
        return self.p95 <= self.limit

    @property
    def _within_goal(self) -> bool | None:
        if self.goal is None:
            return None
        return (self.ratio if self.ratio is not None else self.value) <= self.goal


@dataclass
class Report:
    """All rows of one run, and where it ran."""

    rows: list[Row] = field(default_factory=list)
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def as_dict(self) -> dict[str, Any]:
        """For var/bench.json and bench/history."""
        return {
            "began": self.began.isoformat(timespec="seconds"),
            "machine": machine(),
            "rows": [asdict(row) | {"ratio": row.ratio, "met": row.met} for row in self.rows],
        }

    def write(self, path: Path) -> None:
        """As JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.as_dict(), ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")

    def table(self) -> str:
        """For people: one line a row."""
        lines = [f"{'subject':<9} {'what':<52} {'median':>10} {'p95':>6} {'ratio':>6} {'goal':>7}"]
        lines += [_line(row) for row in self.rows]
        described = ", ".join(f"{name} {value}" for name, value in machine().items())
        return "\n".join([*lines, described])


def _line(row: Row) -> str:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    p95 = "" if row.p95 is None else f"{row.p95:.4g}"
    goal = "" if row.goal is None else f"{row.goal:g}"
    goal = goal if row.limit is None else f"{row.limit:g} {row.unit}"
    mark = {True: "ok", False: "MISSED", None: ""}[row.met]
    value = f"{row.value:.4g} {row.unit}"
    return (
        f"{row.subject:<9} {row.what:<52} {value:>10} {p95:>6} {ratio:>6} {goal:>7} {mark}".rstrip()
    )


def machine() -> dict[str, str]:
    """What the figures depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory / 2**30:.0f} GiB",
        "processor": _processor(),
        "python": platform.python_version(),
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def measured(steps: Sequence[Callable[[], object]], runs: int) -> list[list[float]]:
    """Milliseconds of each step, `runs` times, the steps in turn so that all see the same machine.

    One round before them is not counted.
    """
    found: list[list[float]] = [[] for _ in steps]
    for number in range(runs + 1):
        for times, step in zip(found, steps, strict=True):
            started = time.perf_counter()
            step()
            if number:
                times.append(1000 * (time.perf_counter() - started))
    return found


def quantile(times: Sequence[float], share: float) -> float:
    """The time within which this share of them lies."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def row(  # noqa: PLR0913 - the parts of a row, by name
    subject: str,
    what: str,
    times: Sequence[float],
    *,
    baseline: Sequence[float] | None = None,
    goal: float | None = None,
    limit: float | None = None,
) -> Row:
    """The row of one step's milliseconds."""
    return Row(
        subject,
        what,
        statistics.median(times),
        "ms",
        len(times),
        statistics.median(baseline) if baseline else None,
        goal,
        (min(times), max(times)),
        quantile(times, 0.95),
        limit,
    )
