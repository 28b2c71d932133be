"""Temporal away for a while: acts are kept, pages say so, and everything goes on."""

import time
from collections.abc import Iterator
from functools import partial

from cli.faults.trial import Cell, Trial

KEPT = "acts are kept as rows, people read 受け付けました, and the relay carries them on"


def cells() -> Iterator[Cell]:
    """Stopped from the moment in which everybody is asked."""
    for seconds in (10, 45, 150):
        yield Cell(
            "temporal",
            f"away {seconds} s",
            KEPT,
            during=partial(_away, seconds),
            back="envelopes:commit:acts.StoredActDesk.record",
        )


def _away(seconds: float, trial: Trial) -> None:
    trial.wait_for_point("envelopes:commit:envelopes.StoredEnvelopeDesk.open_stage")
    with trial.stage.halted("temporal"):
        time.sleep(seconds)
    trial.over()
