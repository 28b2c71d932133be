"""Time-stamping authorities that are away, slow, or wrong."""

from collections.abc import Iterator
from functools import partial

from cli.faults.neighbours.authorities import Manner
from cli.faults.trial import Cell, Trial

WAITS = (
    "タイムスタンプ待ち is shown, no document goes out without a token, and it goes on by itself"
)
SECOND = "the second authority takes over, and nobody waits"
BROKEN = [manner for manner in Manner if manner is not Manner.WELL]


def cells() -> Iterator[Cell]:
    """Both authorities misbehave, then only the first."""
    for manner in BROKEN:
        yield Cell(
            "tsa",
            f"both {manner.value}",
            WAITS,
            prepare=partial(_both, manner),
            during=_mend,
            undo=_all_well,
            back="signing:token:stamp",
            short=manner is Manner.WRONG_IMPRINT,
        )
        yield Cell(
            "tsa",
            f"first {manner.value}",
            SECOND,
            prepare=partial(_first, manner),
            during=_unhindered,
            undo=_all_well,
            short=manner is Manner.DOWN,
        )


def _both(manner: Manner, trial: Trial) -> None:
    trial.stage.tsa.all(manner)


def _first(manner: Manner, trial: Trial) -> None:
    trial.stage.tsa.manners["tsa1"] = manner


def _mend(trial: Trial) -> None:
    trial.wait_for_hindrance(180)
    trial.stage.tsa.all(Manner.WELL)
    trial.over()


def _unhindered(trial: Trial) -> None:
    if trial.thread is not None:
        trial.thread.join()
    if trial.stage.hindrances(trial.since):
        trial.problems.append("the envelope waited although the second authority answers")


def _all_well(trial: Trial) -> None:
    trial.stage.tsa.all(Manner.WELL)
