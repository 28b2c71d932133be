"""One process on a machine whose clock is wrong; everybody else's is right."""

import time
from collections.abc import Callable, Iterator
from functools import partial

from cli.faults.trial import Cell, Trial
from domain.clocks import CLOCK_DIFFERS

OFF = {
    "+1 h": 3600.0,
    "-1 h": -3600.0,
    "+1 year": 365 * 86400.0,
    "-1 day": -86400.0,
    "+10 s": 10.0,
}
REFUSES = "nothing is signed; 要対応 says that clocks differ; it goes on by itself once it is right"
CLOSED = "nobody's act is taken with a wrong time; people read why, and go on once it is right"
UNMOVED = "nothing is lost, nothing expires or is swept away early, and nobody notices"
JUMP_SECONDS = 6.0
During = Callable[[str, Trial], None]
STORED = "signing:commit:signing.StoredSigningDesk.store_revision"
LITTLE_SECONDS = 60.0
"""So much no comparison with Temporal finds out, which a machine under load answers late; the
authority's own time does, before a signature is stored."""


def cells(*, on_postgresql: bool) -> Iterator[Cell]:
    """Wrong from before the story begins. Where the database is a file, all processes share one
    machine and its clock, so the web's own is only tried on PostgreSQL."""
    for name, seconds in OFF.items():
        yield _cell("signing", name, seconds, REFUSES, _until_shown, back="signing:sign:signing-1")
        if on_postgresql:
            yield _cell("web", name, seconds, CLOSED, _for_a_while, back="web:commit:")
        if abs(seconds) > LITTLE_SECONDS:
            for process in ("envelopes", "documents"):
                yield _cell(process, name, seconds, UNMOVED, _to_the_end)
    yield Cell(
        "clock", "signing set +1 h and back while it signs", REFUSES,
        during=_jump, undo=partial(_right, "signing"), signers=20,
    )  # fmt: skip


def _cell(  # noqa: PLR0913 - a cell is made of these
    process: str, name: str, seconds: float, promise: str, during: During, back: str = ""
) -> Cell:
    return Cell(
        "clock",
        f"{process} {name}",
        promise,
        prepare=partial(_wrong, process, seconds),
        during=partial(during, process),
        undo=partial(_right, process),
        back=back,
    )


def _wrong(process: str, seconds: float, trial: Trial) -> None:
    trial.stage.set_clock(process, seconds)


def _right(process: str, trial: Trial) -> None:
    trial.stage.set_clock(process, 0)


def _until_shown(process: str, trial: Trial) -> None:
    trial.wait_for_hindrance()
    shown = set(trial.stage.hindrances(trial.since))
    if shown != {CLOCK_DIFFERS}:
        trial.problems.append(f"shown: {sorted(shown)}")
    used = any(abs(OFF[name]) > LITTLE_SECONDS and name in trial.cell.name for name in OFF)
    if used and trial.reached("signing:sign:signing-1"):
        trial.problems.append("the key was used by a wrong clock")
    if trial.reached(STORED):
        trial.problems.append("a signature by a wrong clock was stored")
    _right(process, trial)
    trial.over()


def _for_a_while(process: str, trial: Trial) -> None:
    """Twenty seconds of somebody who wants to work."""
    time.sleep(20)
    if trial.reached(f"{process}:commit:posting."):
        trial.problems.append("an act was taken by a wrong clock")
    _right(process, trial)
    trial.over()


def _to_the_end(_: str, trial: Trial) -> None:
    if trial.thread is not None:
        trial.thread.join()


def _jump(trial: Trial) -> None:
    """An operator sets the clock while signatures are being made, and sets it right again."""
    trial.wait_for_point("signing:sign:signing-1")
    for _ in range(3):
        _wrong("signing", 3600, trial)
        time.sleep(JUMP_SECONDS)
        _right("signing", trial)
        time.sleep(JUMP_SECONDS)
    trial.over()
