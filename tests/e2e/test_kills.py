"""kill -9 in the middle of the work: nothing is lost, nothing happens twice.

The selftest itself counts: exactly one signature per signer in every file, one request and one
completion mail per person, the same bytes for everybody, an unbroken ledger.
"""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from cli.selftest.result import Summary
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from tests.e2e.conftest import Carry

PROCESSES = ("temporal", "envelopes", "documents", "signing", "web", "trust", "catcher")
BACK_SECONDS = 90
GAP_SECONDS = 2.5


class Work:
    """A selftest that runs beside the kills."""

    def __init__(self, carry: Carry, *files: Path, **wishes: object) -> None:
        self._done: list[Summary] = []
        self._thread = threading.Thread(target=lambda: self._done.append(carry(*files, **wishes)))
        self._thread.start()

    @property
    def goes_on(self) -> bool:
        return self._thread.is_alive()

    def summary(self) -> Summary:
        self._thread.join()
        assert self._done, "the selftest itself broke"
        return self._done[0]


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("moment", [1.5, 4.0])
def test_a_killed_process_loses_and_doubles_nothing(
    stack: Stack, carry: Carry, process: str, moment: float
) -> None:
    work = Work(carry, signers=2, order="parallel", documents=2)
    time.sleep(moment)
    assert work.goes_on, "the envelope was done before the kill"
    _kill(stack, process)
    summary = work.summary()
    assert summary.passed, summary.text()
    _wait_until_up(stack)


def test_kills_of_everything_in_turn_lose_and_double_nothing(
    stack: Stack, carry: Carry, tmp_path: Path
) -> None:
    files = write_samples(tmp_path, 6)
    work = Work(carry, *files, each=True, jobs=3, signers=2, order="parallel")
    for process in PROCESSES:
        time.sleep(GAP_SECONDS)
        assert work.goes_on, "all was done before the last kill"
        _kill(stack, process)
    summary = work.summary()
    assert summary.passed, summary.text()
    assert sum(len(envelope.verified) for envelope in summary.envelopes) == len(files)
    _wait_until_up(stack)


def _kill(stack: Stack, process: str) -> None:
    """-9 to the process as it is now; one that is just starting again gets it when it is there."""
    end = time.monotonic() + BACK_SECONDS
    while (pid := stack.board[process]["pid"]) is None:
        assert time.monotonic() < end, f"{process} did not come back: {stack.board[process]}"
        time.sleep(0.1)
    os.kill(int(pid), signal.SIGKILL)


def _wait_until_up(stack: Stack) -> None:
    """The next test begins with a whole stack."""
    time.sleep(1.0)  # the supervisor's next look
    stack.wait_until_up(BACK_SECONDS)
