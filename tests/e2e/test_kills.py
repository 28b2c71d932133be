"""kill -9 in the middle of the work: nothing is lost, nothing happens twice.

The selftest itself counts: exactly one signature per signer in every file, one request and one
completion mail per person, the same bytes for everybody, an unbroken ledger.
"""

import os
import signal
import threading
import time

import pytest

from cli.selftest.result import Summary
from cli.selftest.stack import Stack
from tests.e2e.conftest import Carry

BACK_SECONDS = 90


@pytest.mark.parametrize("process", ["temporal", "envelopes", "documents", "signing", "web"])
@pytest.mark.parametrize("moment", [1.5, 4.0])
def test_a_killed_process_loses_and_doubles_nothing(
    stack: Stack, carry: Carry, process: str, moment: float
) -> None:
    done: list[Summary] = []
    work = threading.Thread(
        target=lambda: done.append(carry(signers=2, order="parallel", documents=2))
    )
    work.start()
    time.sleep(moment)
    first = _kill(stack, process)
    work.join()
    assert done, "the selftest itself broke"
    assert done[0].passed, done[0].text()
    assert _pid(stack, process) != first


def _kill(stack: Stack, process: str) -> int:
    pid = _pid(stack, process)
    os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + BACK_SECONDS
    while stack.board[process]["pid"] in {pid, None} or not stack.all_up:
        assert time.monotonic() < end, f"{process} did not come back: {stack.board[process]}"
        time.sleep(0.2)
    return pid


def _pid(stack: Stack, process: str) -> int:
    return int(stack.board[process]["pid"])
