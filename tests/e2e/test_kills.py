"""kill -9 in the middle of the work: nothing is lost, nothing happens twice. At every named point
processes end in `musubi faults`, and in the middle of people's steps in the journeys of browsers.

The selftest itself counts: exactly one signature per signer in every file, one request and one
completion mail per person, the same bytes for everybody, an unbroken ledger.
"""

import threading
import time
from pathlib import Path

import pytest

from cli.selftest.result import Summary
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from tests.e2e.conftest import Carry
from tests.e2e.processes import kill, wait_until_up

PROCESSES = ("temporal", "envelopes", "documents", "signing", "web", "trust", "catcher")
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


@pytest.mark.thorough  # test_browser_kills and the faults interrupt the same steps
def test_kills_of_everything_in_turn_lose_and_double_nothing(
    stack: Stack, carry: Carry, tmp_path: Path
) -> None:
    files = write_samples(tmp_path, 6)
    work = Work(carry, *files, each=True, jobs=3, signers=2, order="parallel")
    for process in PROCESSES:
        time.sleep(GAP_SECONDS)
        assert work.goes_on, "all was done before the last kill"
        kill(stack, process)
    summary = work.summary()
    assert summary.passed, summary.text()
    assert sum(len(envelope.verified) for envelope in summary.envelopes) == len(files)
    wait_until_up(stack)
