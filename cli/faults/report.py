"""What a run of the matrix came to, as JSON and in words."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.faults.trial import Outcome

GOAL_SECONDS = 30.0
"""A killed step goes on within this."""


@dataclass
class Report:
    """Outcomes in the order in which they came; `skipped` says what this machine cannot do."""

    outcomes: list[Outcome] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    cells: Counter[str] = field(default_factory=Counter)
    """What the whole matrix has of each kind, chosen or not, as far as it was looked for."""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether nothing at all was wrong."""
        return bool(self.outcomes) and all(outcome.passed for outcome in self.outcomes)

    def groups(self) -> list[dict[str, Any]]:
        """Per kind of fault: runs, failures, and how long it took to go on."""
        names = dict.fromkeys(outcome.group for outcome in self.outcomes)
        return [self._group(name) for name in names]

    def _group(self, name: str) -> dict[str, Any]:
        rows = [outcome for outcome in self.outcomes if outcome.group == name]
        recoveries = sorted(row.recovery for row in rows if row.recovery is not None)
        return {
            "group": name,
            "runs": len(rows),
            "cells": len({name for row in rows for name in _cells_of(row)}),
            "failed": sum(not row.passed for row in rows),
            "median_recovery": recoveries[len(recoveries) // 2] if recoveries else None,
            "longest_recovery": recoveries[-1] if recoveries else None,
            "over_goal": sum(seconds > GOAL_SECONDS for seconds in recoveries),
        }

    def as_dict(self) -> dict[str, Any]:
        """faults.json."""
        return {
            "passed": self.passed,
            "seconds": round(self.seconds, 1),
            "goal_seconds": GOAL_SECONDS,
            "groups": self.groups(),
            "skipped": self.skipped,
            "points": self.points,
            "cells": dict(self.cells),
            "outcomes": [outcome.as_dict() for outcome in self.outcomes],
        }

    def text(self) -> str:
        """faults.txt."""
        lines = ["group      runs  cells  failed  recovery median / longest  over 30 s"]
        for row in self.groups():
            median, longest = row["median_recovery"], row["longest_recovery"]
            times = "-" if median is None else f"{median:.1f} s / {longest:.1f} s"
            lines.append(
                f"{row['group']:<10} {row['runs']:>4}  {row['cells']:>5}  {row['failed']:>6}"
                f"  {times:>25}  {row['over_goal']:>9}"
            )
        for outcome in self.outcomes:
            if not outcome.passed:
                lines += ["", f"FAILED {outcome.group}: {outcome.cell}", f"  {outcome.promise}"]
                lines += [f"  - {problem}" for problem in outcome.problems]
        lines += ["", *(f"skipped: {words}" for words in self.skipped)]
        whole = ", ".join(f"{group} {count}" for group, count in sorted(self.cells.items()))
        lines.append(f"the whole matrix: {self.cells.total()} cells ({whole})")
        verdict = "PASSED" if self.passed else "FAILED"
        lines.append(f"{verdict}: {len(self.outcomes)} runs in {self.seconds:.0f} s")
        return "\n".join(lines) + "\n"

    def write(self, out: Path) -> None:
        """Both forms into the folder of results."""
        out.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.as_dict(), ensure_ascii=False, indent=1)
        (out / "faults.json").write_text(text + "\n", encoding="utf-8")
        (out / "faults.txt").write_text(self.text(), encoding="utf-8")


def _cells_of(outcome: Outcome) -> list[str]:
    """What was broken in it; a telling that came to no point counts for none."""
    return outcome.broken if outcome.parts else [outcome.cell]


def line(outcome: Outcome) -> str:
    """One line for people, while it runs."""
    mark = "ok    " if outcome.passed else "FAILED"
    recovery = "-" if outcome.recovery is None else f"{outcome.recovery:5.1f}"
    shown = f"  [{', '.join(outcome.shown)}]" if outcome.shown else ""
    head = f"{mark} {outcome.group:<9} {outcome.seconds:6.1f} s  back {recovery} s"
    return f"{head}  {outcome.cell}{shown}"
