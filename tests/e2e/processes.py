"""Kills processes of the stack, and waits until they are back."""

import os
import signal
import time

from cli.selftest.stack import Stack

BACK_SECONDS = 90


def kill(stack: Stack, process: str) -> None:
    """-9 to the process as it is now; one that is just starting again gets it when it is there."""
    end = time.monotonic() + BACK_SECONDS
    while (pid := stack.board[process]["pid"]) is None:
        assert time.monotonic() < end, f"{process} did not come back: {stack.board[process]}"
        time.sleep(0.1)
    os.kill(int(pid), signal.SIGKILL)


def wait_until_up(stack: Stack) -> None:
    """The next step begins with a whole stack."""
    time.sleep(1.0)  # the supervisor's next look
    stack.wait_until_up(BACK_SECONDS)
