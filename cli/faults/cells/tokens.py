"""Keys that are away, and PINs that are wrong."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cli.faults.points import Moment, What
from cli.faults.trial import Cell, Trial
from runtime.files import write_private

BACK = "the envelope waits visibly, and goes on within 30 s of the token's return, by itself"
WRONG = "exactly one C_Login is tried; 要対応 is shown; the right PIN heals it"
ONCE = "the module heals without a restart; one signature, and C_Sign is counted each time"
LONG_SECONDS = 60.0
LOST = {
    "session lost": "signing:session:signing-1",
    "device error": "signing:device:signing-1",
}
"""CKR_SESSION_HANDLE_INVALID, because the module closed the session behind our back, and
CKR_DEVICE_ERROR: twice in a row, so that the first healing does not help either."""


def cells() -> Iterator[Cell]:
    """The token's folder goes away; the PIN file says something else."""
    yield Cell(
        "hsm",
        "token away for 5 s",
        BACK,
        during=partial(_away, 5),
        undo=_put_back,
        back="signing:sign:signing-1",
        short=True,
    )
    yield Cell(
        "hsm",
        "token away for 60 s",
        BACK,
        during=partial(_away, LONG_SECONDS),
        undo=_put_back,
        back="signing:sign:signing-1",
    )
    for name, point in LOST.items():
        for moment in Moment:
            yield Cell(
                "hsm",
                f"{name}, {moment.value} C_Sign",
                ONCE,
                prepare=partial(_lose, point, moment),
                short=(name, moment) == ("session lost", Moment.BEFORE),
            )
    yield Cell(
        "hsm",
        "wrong PIN",
        WRONG,
        prepare=_wrong_pin,
        during=_right_pin,
        undo=_mend_pin,
        back="signing:sign:signing-1",
    )


def _lose(point: str, moment: Moment, trial: Trial) -> None:
    trial.stage.points.order(point, moment, What.FAIL, times=2)


def _aside(path: Path) -> Path:
    return path.with_name(f"{path.name}.away")


def _away(seconds: float, trial: Trial) -> None:
    """From the moment in which everybody is asked."""
    trial.wait_for_point("envelopes:commit:envelopes.StoredEnvelopeDesk.open_stage")
    tokens = trial.stage.home.tokens
    tokens.rename(_aside(tokens))
    time.sleep(seconds)
    _put_back(trial)
    trial.over()


def _put_back(trial: Trial) -> None:
    tokens = trial.stage.home.tokens
    if _aside(tokens).exists():
        _aside(tokens).rename(tokens)


def _pin(trial: Trial) -> Path:
    return trial.stage.home.secrets / "signing.pin"


def _wrong_pin(trial: Trial) -> None:
    pin = _pin(trial)
    _aside(pin).write_bytes(pin.read_bytes())
    write_private(pin, b"0000-wrong-0000\n")
    trial.stage.kill("signing")
    trial.stage.wait_until_up()


def _right_pin(trial: Trial) -> None:
    trial.wait_for_hindrance(180)
    time.sleep(15)  # long enough for every loop to try again, if one dared
    rows = trial.stage.points.reached_since(trial.began)
    tries = [
        row for row in rows if row.point == "signing:login:refused" and row.moment is Moment.AFTER
    ]
    if len(tries) != 1:
        trial.problems.append(f"{len(tries)} logins with a wrong PIN")
    _mend_pin(trial)
    trial.over()


def _mend_pin(trial: Trial) -> None:
    pin = _pin(trial)
    if _aside(pin).exists():
        write_private(pin, _aside(pin).read_bytes())
        _aside(pin).unlink()
