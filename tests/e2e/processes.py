"""Kills processes of the stack, in the middle of what they do, and waits until they are back."""

import signal
import time
from collections.abc import Callable

from cli.faults.points import Moment, Points, What
from cli.faults.signals import children, send
from cli.faults.supervised import points_folder
from cli.selftest.stack import Stack

BACK_SECONDS = 90
REACHED_SECONDS = 30
LOOK_SECONDS = 0.01
WEB_COMMITS = "web:commit:*"


def points_of(stack: Stack) -> Points:
    """Where its processes can be told to die."""
    points = Points(points_folder(stack.home))
    points.create()
    return points


def kill(stack: Stack, process: str) -> None:
    """-9 to the process as it is now, and to those that answer for it; one that is just starting
    again gets it when it is there."""
    end = time.monotonic() + BACK_SECONDS
    while (found := stack.board[process]["pid"]) is None:
        assert time.monotonic() < end, f"{process} did not come back: {stack.board[process]}"
        time.sleep(0.1)
    pid = int(found)
    send([pid, *children(pid)], signal.SIGKILL)


def wait_until_up(stack: Stack) -> None:
    """The next step begins with a whole stack."""
    time.sleep(1.0)  # the supervisor's next look
    stack.wait_until_up(BACK_SECONDS)


def killed_at(
    stack: Stack,
    press: Callable[[], object],
    moment: Moment,
    point: str = WEB_COMMITS,
    passing: int = 0,
) -> None:
    """Presses; whoever then reaches this point ends there, and all of its process with it, once
    `passing` have gone past it. Fails if nobody came as far."""
    points = points_of(stack)
    points.order(point, moment, What.KILL, passing=passing)
    press()
    end = time.monotonic() + REACHED_SECONDS
    while any(order.name.startswith(f"{point}.{moment}.") for order in points.orders.iterdir()):
        if time.monotonic() > end:
            points.withdraw()
            raise AssertionError(f"nobody reached {point} {moment}")
        time.sleep(LOOK_SECONDS)
    kill(stack, point.partition(":")[0])


def killed_while_asked(stack: Stack, press: Callable[[], object]) -> None:
    """Presses while the web app stands still; it ends with the request in its hands. For what
    writes nothing, and so reaches no point."""
    pid = int(stack.board["web"]["pid"])
    everybody = [pid, *children(pid)]
    send(everybody, signal.SIGSTOP)
    press()
    time.sleep(0.3)
    send(everybody, signal.SIGKILL)
