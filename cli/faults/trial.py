"""One run of one cell of the matrix: a story, a fault beside it, and what the oracle says."""

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from cli.faults.oracle.judge import OracleSilent, breaches_of
from cli.faults.points import Moment, Reached
from cli.faults.stage import Missed, Stage
from cli.selftest.patience import SelftestFailed
from cli.selftest.result import EnvelopeResult
from cli.selftest.samples import write_samples
from cli.selftest.signer import Person
from cli.selftest.story import Plan, Story

STORY_SECONDS = 300.0
SETTLE_SECONDS = 60.0
"""What is still on its way when the story ends: the sender's mail, a repeated update."""
SETTLE_PAUSE = 4.0
BACKGROUND = (
    ":commit:watch.", ":commit:bounces.", ":commit:housekeeping.", ".order_again", ":sign:canary",
    ":login:", ":session:", ":device:", ":commit:login._keep_awake",
)  # fmt: skip
"""Points of loops that turn without any envelope, those that have cells of their own, and the mark
of a login that is still awake: whether a story comes to it is a matter of the minute."""


@dataclass(frozen=True)
class Cell:
    """One line of the matrix. `prepare` comes before the story, `during` runs beside it."""

    group: str
    name: str
    promise: str
    """What must be true besides all invariants, in words for the report."""
    prepare: Callable[["Trial"], None] = lambda _: None
    during: Callable[["Trial"], None] = lambda _: None
    undo: Callable[["Trial"], None] = lambda _: None
    """Whatever happened, the stack is whole again afterwards."""
    tell: Callable[["Trial"], None] | None = None
    """Another story than one envelope that goes all the way."""
    signers: int = 2
    back: str = ""
    """The point that must be reached again once the fault is over; empty: any."""
    short: bool = False
    """Whether it belongs to the short matrix of every change."""
    point: str = ""
    """`<point>.<moment>` of the only order that `prepare` lays; empty for everything else."""
    parts: tuple["Cell", ...] = ()
    """Cells of points that are broken in one telling; see `together`."""


@dataclass
class Outcome:
    """What one run of a cell came to."""

    group: str
    cell: str
    promise: str
    passed: bool
    problems: list[str]
    seconds: float
    recovery: float | None
    """Seconds until the work went on: after a kill the longest standstill of the story, after an
    outage from its end to the next step."""
    shown: list[str]
    """Reasons of hindrances that pages showed meanwhile."""
    parts: int = 0
    """How many points were to be broken in this telling, if several."""
    broken: list[str] = field(default_factory=list)
    """Those that it came to."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return vars(self)


@dataclass
class Trial:
    """One run. Faults use `stage`, and say in `over_at` when an outage was over."""

    stage: Stage
    cell: Cell
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=time.monotonic)
    over_at: float | None = None
    problems: list[str] = field(default_factory=list)
    thread: threading.Thread | None = None
    untouched: list[Cell] = field(default_factory=list)
    """Parts of the cell whose points this telling never came to."""

    @property
    def goes_on(self) -> bool:
        """Whether the story is still being told."""
        return self.thread is not None and self.thread.is_alive()

    def over(self) -> None:
        """The outage has ended now."""
        self.over_at = time.monotonic()

    def reached(self, point: str, moment: Moment = Moment.AFTER, since: float = 0.0) -> bool:
        """Whether a point whose name begins like this was reached in this run."""
        return any(
            row.point.startswith(point) and row.moment is moment
            for row in self.stage.points.reached_since(max(self.began, since))
        )

    def wait_for_point(self, point: str, moment: Moment = Moment.AFTER) -> None:
        """Until the story has come so far. Raises Missed."""
        self.stage.wait_for(point, STORY_SECONDS, lambda: self.reached(point, moment))

    def wait_for_hindrance(self, seconds: float = 120.0) -> None:
        """Until pages say that the envelope waits for something besides people. Raises Missed."""
        self.stage.wait_for("要対応", seconds, lambda: self.stage.hindrances(self.since))

    def run(self) -> Outcome:
        """Never raises."""
        try:
            self._play()
        except (Missed, SelftestFailed) as missed:
            self.problems.append(str(missed))
        except Exception as bug:  # noqa: BLE001 - one cell's trouble is not another's
            self.problems.append(f"{type(bug).__name__}: {bug}")
        seconds = time.monotonic() - self.began
        rows = self.stage.points.reached_since(self.began)
        self.problems += self._judged()
        return Outcome(
            group=self.cell.group,
            cell=self.cell.name,
            promise=self.cell.promise,
            passed=not self.problems,
            problems=self.problems,
            seconds=round(seconds, 1),
            recovery=self._recovery(rows),
            shown=self.stage.hindrances(self.since),
            parts=len(self.cell.parts),
            broken=[part.name for part in self.cell.parts if part not in self.untouched],
        )

    @property
    def again(self) -> Sequence[Cell]:
        """What is to be broken by itself now: each part of a telling that failed, to know which it
        was, and those that it never came to, since another's breaking led around them."""
        return self.cell.parts if self.problems else self.untouched

    def _play(self) -> None:
        try:
            self.cell.prepare(self)
            self.thread = threading.Thread(target=self._tell, name=self.cell.name)
            self.thread.start()
            try:
                self.cell.during(self)
            finally:
                self.cell.undo(self)
                self.thread.join()
        finally:
            self.take_back()
            self.stage.wait_until_up()

    def take_back(self) -> None:
        """Withdraw the orders that nobody obeyed, and remember whose they were."""
        left = self.stage.points.withdraw()
        self.untouched = [
            part
            for part in self.cell.parts
            if any(order.startswith(f"{part.point}.") for order in left)
        ]
        if left and not self.cell.parts:
            self.problems.append("the story never came to the point")

    def _tell(self) -> None:
        try:
            if self.cell.tell is not None:
                self.cell.tell(self)
                return
            result = tell_plain(self, self.cell.signers)
            self.problems += [result.error] if result.error else []
        except Exception as bug:  # noqa: BLE001 - a thread has nobody to raise to
            self.problems.append(f"{type(bug).__name__}: {bug}")

    def _judged(self) -> list[str]:
        """Whatever is still wrong after everything has had time to settle."""
        end = time.monotonic() + SETTLE_SECONDS
        try:
            while breaches := breaches_of(self.stage.home, self.since):
                if time.monotonic() > end:
                    return [str(breach) for breach in breaches]
                time.sleep(SETTLE_PAUSE)
        except OracleSilent as silent:
            return [f"the oracle broke: {silent}"]
        return []

    def _recovery(self, rows: Sequence[Reached]) -> float | None:
        story = [row for row in rows if not any(word in row.point for word in BACKGROUND)]
        if self.over_at is not None:
            after = [
                row.at - self.over_at
                for row in story
                if row.at >= self.over_at and row.point.startswith(self.cell.back)
            ]
            return round(min(after), 1) if after else None
        gaps = [later.at - row.at for row, later in pairwise(story)]
        return round(max(gaps), 1) if gaps else None


def tell_plain(trial: Trial, signers: int) -> EnvelopeResult:
    """One envelope from its upload to the judged files."""
    stage = trial.stage
    story = Story(stage.home.base_url, stage.window, stage.mailbox, stage.verify, stage.out)
    return story.tell(plan(stage, signers))


def plan(stage: Stage, signers: int) -> Plan:
    """A new envelope for people whom no other run knows."""
    number, mark = stage.next(), secrets.token_hex(4)
    people = tuple(
        Person(f"山田 {index}郎", f"s{index}.{mark}@faults.example", f"株式会社試験{index}")
        for index in range(1, signers + 1)
    )
    return Plan(
        name=f"envelope-{number:04d}",
        title=f"障害試験 {number}",
        files=tuple(write_samples(stage.out / "samples", 1)),
        people=people,
        order="parallel",
        seconds=STORY_SECONDS,
    )
