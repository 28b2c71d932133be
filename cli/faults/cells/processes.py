"""Processes that die at named points, or at any moment; effects whose answers get lost."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from cli.faults.points import Moment, Reached, What
from cli.faults.trial import BACKGROUND, Cell, Trial

Named = tuple[str, Moment]
"""A point and a moment."""
Tell = Callable[[Trial], None]
KILLED = "nothing is lost or doubled, and the step goes on within 30 s"
LOST = "an effect whose answer was lost, or which failed once, happens once"
EVERYTHING = ("web", "envelopes", "documents", "signing", "temporal")
MOMENTS = (1.0, 2.5, 4.0, 6.0)
SHORT = {
    ("envelopes:commit:acts.StoredActDesk.record", Moment.AFTER),
    ("signing:commit:signing.StoredSigningDesk.intend", Moment.AFTER),
    ("signing:sign:signing-1", Moment.AFTER),
    ("signing:token:stamp", Moment.AFTER),
    ("envelopes:mail:send", Moment.AFTER),
    ("web:commit:posting.post_act", Moment.AFTER),
}
"""Between an effect and its row: where things double."""


def at_points(points: Sequence[Named], tell: Tell | None = None, of: str = "") -> Iterator[Cell]:
    """SIGKILL, and a lost answer, at every point that a story reaches; by default the plain one."""
    for point, moment in points:
        short = tell is None and (point, moment) in SHORT
        where = f"{point} {moment.value}" + (f" ({of})" if of else "")
        order, named = partial(_order, point, moment), f"{point}.{moment.value}"
        yield from _both(where, order, tell, short=short, point=named)


def at_later(points: Sequence[tuple[str, int]], tell: Tell, of: str) -> Iterator[Cell]:
    """The same after the effect of points that bear one name for different steps of a story: each
    with how often it is passed before."""
    for point, passing in points:
        where = f"{point} after, passed {passing} times before ({of})"
        order = partial(_order, point, Moment.AFTER, passing=passing)
        yield from _both(where, order, tell)


def _both(
    where: str,
    order: Callable[[What, Trial], None],
    tell: Tell | None,
    *,
    short: bool = False,
    point: str = "",
) -> Iterator[Cell]:
    kill, fail = partial(order, What.KILL), partial(order, What.FAIL)
    yield Cell("kill", where, KILLED, tell=tell, short=short, prepare=kill, point=point)
    yield Cell("answer", where, LOST, tell=tell, prepare=fail, point=point)


def _order(point: str, moment: Moment, what: What, trial: Trial, *, passing: int = 0) -> None:
    trial.stage.points.order(point, moment, what, passing=passing)


def points_of(rows: Sequence[Reached]) -> list[Named]:
    """Every point of a story, once; those of background loops left out."""
    told = [row for row in rows if not any(word in row.point for word in BACKGROUND)]
    return list(dict.fromkeys((row.point, row.moment) for row in told))


def at_random() -> Iterator[Cell]:
    """SIGKILL at any moment: one process, or all of them at once."""
    for process in (*EVERYTHING, "all"):
        yield Cell("random", process, KILLED, during=partial(_kill_at_random, process))


def _kill_at_random(process: str, trial: Trial) -> None:
    time.sleep(random.choice(MOMENTS) + random.random())  # noqa: S311 - no secret
    for victim in EVERYTHING if process == "all" else (process,):
        trial.stage.kill(victim)
