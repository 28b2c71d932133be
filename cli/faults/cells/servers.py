"""A PostgreSQL server that dies, stands still, cuts connections, or refuses to serialise."""

import time
from collections.abc import Callable, Iterator
from functools import partial

from cli.faults.trial import Cell, Trial

BACK = "no act is lost, people see a plain page at worst, and all goes on within 30 s"
CUTS = 12
DOWN_SECONDS = (0.0, 10.0, 60.0)
OPEN_STAGE = "envelopes:commit:envelopes.StoredEnvelopeDesk.open_stage"
SERIALIZABLE = "ALTER DATABASE musubi SET default_transaction_isolation = 'serializable'"
USUAL = "ALTER DATABASE musubi RESET default_transaction_isolation"


def cells() -> Iterator[Cell]:
    """From the moment in which everybody is asked."""
    for seconds in DOWN_SECONDS:
        name = f"server killed, back after {seconds:.0f} s"
        yield _cell(name, partial(_kill, seconds), back="envelopes:commit:")
    for seconds in (5.0, 45.0):
        yield _cell(
            f"server halted {seconds:.0f} s", partial(_halt, seconds), back="envelopes:commit:"
        )
    yield _cell(f"connections cut {CUTS} times", _cut)
    yield Cell(
        "server", "every transaction serialisable, 20 signers", BACK,
        prepare=partial(_isolation, SERIALIZABLE), undo=partial(_isolation, USUAL), signers=20,
    )  # fmt: skip


def _cell(name: str, during: Callable[[Trial], None], back: str = "") -> Cell:
    return Cell("server", name, BACK, during=during, undo=_running, back=back)


def _kill(seconds: float, trial: Trial) -> None:
    assert trial.stage.server is not None
    trial.wait_for_point(OPEN_STAGE)
    trial.stage.server.kill()
    time.sleep(seconds)
    trial.stage.server.start()
    trial.over()


def _halt(seconds: float, trial: Trial) -> None:
    assert trial.stage.server is not None
    trial.wait_for_point(OPEN_STAGE)
    with trial.stage.server.halted():
        time.sleep(seconds)
    trial.over()


def _cut(trial: Trial) -> None:
    """All connections, every second or so, from the upload on."""
    assert trial.stage.server is not None
    ended = 0
    for _ in range(CUTS):
        if trial.goes_on:
            ended += trial.stage.server.end_connections()
            time.sleep(1.2)
    if not ended:
        trial.problems.append("nobody was connected")


def _isolation(statement: str, trial: Trial) -> None:
    """New connections have it, so that the old ones are ended."""
    assert trial.stage.server is not None
    trial.stage.server.command(statement)
    trial.stage.server.end_connections()


def _running(trial: Trial) -> None:
    assert trial.stage.server is not None
    if not trial.stage.server.answers():
        trial.stage.server.start()
