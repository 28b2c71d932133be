"""Mail servers that refuse, delay, or take a mail over without saying so."""

import time
from collections.abc import Iterator
from functools import partial

from cli.faults.neighbours.mailserver import Manner
from cli.faults.points import Moment
from cli.faults.trial import Cell, Trial

LATER = "no request is lost; each arrives once the server takes it"
ONCE = "the repeat has the same Message-ID: one mail for its reader"
TRIES = 2


def cells() -> Iterator[Cell]:
    """Until two tries were in vain."""
    for manner, promise in (
        (Manner.REFUSED, LATER),
        (Manner.BUSY, LATER),
        (Manner.GREYLISTED, LATER),
        (Manner.UNHEARD, ONCE),
    ):
        yield Cell(
            "mail",
            manner.value,
            promise,
            prepare=partial(_so, manner),
            during=_until_tried,
            undo=_well,
            back="envelopes:mail:send",
        )


def _so(manner: Manner, trial: Trial) -> None:
    trial.stage.mail.behave(manner)


def _until_tried(trial: Trial) -> None:
    def tried() -> bool:
        rows = trial.stage.points.reached_since(trial.began)
        tries = [
            row
            for row in rows
            if row.point == "envelopes:mail:send" and row.moment is Moment.BEFORE
        ]
        return len(tries) >= TRIES

    trial.stage.wait_for("the second try", 120, tried)
    time.sleep(1)
    _well(trial)
    trial.over()


def _well(trial: Trial) -> None:
    trial.stage.mail.behave(Manner.WELL)
