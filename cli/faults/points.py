"""Named points, and what happens when a process reaches one.

A point reads `<process>:<seam>:<where>`, say `signing:commit:signing.StoredSigningDesk.intend`, and
is reached twice: `before` its effect and `after` it. The harness lays an order for a point into
`orders/`; the first process that reaches it takes the order by renaming it, so that it is obeyed
once. Every reaching is a line in `reached.log`, which is how the harness learns what points there
are and how long a step stood still.
"""

import json
import os
import secrets
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Moment(StrEnum):
    """Before the effect, or after it."""

    BEFORE = "before"
    AFTER = "after"


class What(StrEnum):
    """What happens to the process that reaches the point."""

    KILL = "kill"
    """SIGKILL: nothing of the process is left to tidy up."""
    FAIL = "fail"
    """The seam's own error. After the effect this is "executed, but timed out"."""
    NOTHING = "nothing"
    """It goes on: the next order is for who comes next."""


@dataclass(frozen=True)
class Reached:
    """One line of the log; `at` is of the machine's monotonic clock, which nobody can set."""

    at: float
    pid: int
    point: str
    moment: Moment


class Points:
    """The folder in which harness and processes meet."""

    def __init__(self, folder: Path) -> None:
        self.orders = folder / "orders"
        self.taken = folder / "taken"
        self.log = folder / "reached.log"

    def create(self) -> None:
        """Make the folders."""
        for path in (self.orders, self.taken):
            path.mkdir(parents=True, exist_ok=True)

    # -- the harness's side --------------------------------------------------------------------

    def order(
        self, point: str, moment: Moment, what: What, times: int = 1, *, passing: int = 0
    ) -> None:
        """The next `times` that reach the point obey, once `passing` others have. A point that ends
        with `:*` stands for all of its seam, as `web:commit:*`."""
        orders = [What.NOTHING] * passing + [what] * times
        for number, wanted in enumerate(orders):
            name = f"{point}.{moment}.{number:03d}-{secrets.token_hex(4)}"
            draft = self.taken / f"draft-{name}"
            draft.write_text(json.dumps({"what": wanted.value}), encoding="ascii")
            draft.replace(self.orders / name)

    def withdraw(self) -> list[str]:
        """Take back what nobody obeyed. Returns the orders' names: `<point>.<moment>.<number>`."""
        left = sorted(self.orders.iterdir())
        for path in left:
            path.unlink(missing_ok=True)
        return [path.name for path in left]

    def reached_since(self, at: float) -> list[Reached]:
        """Everything that was reached since then, in order."""
        if not self.log.exists():
            return []
        lines = self.log.read_text(encoding="ascii").splitlines()
        rows = [row for row in map(_read, lines) if row is not None and row.at >= at]
        return sorted(rows, key=lambda row: row.at)

    # -- the process's side --------------------------------------------------------------------

    def reach(self, point: str, moment: Moment, error: Callable[[], Exception]) -> None:
        """Note it, and obey an order for it."""
        line = f"{time.monotonic():.3f} {os.getpid()} {point} {moment.value}\n"
        log = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(log, line.encode("ascii"))
        finally:
            os.close(log)
        seam = ":".join([*point.split(":")[:2], "*"])
        what = self._take((f"{point}.{moment.value}.", f"{seam}.{moment.value}."))
        if what is What.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        elif what is What.FAIL:
            raise error()

    def _take(self, prefixes: tuple[str, ...]) -> What | None:
        for name in sorted(os.listdir(self.orders)):  # noqa: PTH208 - the cheapest of all looks
            if name.startswith(prefixes):
                try:
                    (self.orders / name).rename(self.taken / name)
                except FileNotFoundError:
                    continue  # somebody else was first
                return What(json.loads((self.taken / name).read_text(encoding="ascii"))["what"])
        return None


def _read(line: str) -> Reached | None:
    """None for a line that a full disk has torn: the next one goes on where it ends."""
    try:
        at, pid, point, moment = line.split()
        return Reached(float(at), int(pid), point, Moment(moment))
    except ValueError:
        return None
