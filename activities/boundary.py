"""Where errors of the rooms become answers that a workflow understands.

A `Refusal` is final; an unavailable TSA is awaited; everything else is a fault and is retried,
because an operator may mend its cause. What a signature's own checks found has a reason code of
its own, which pages show beside 要対応.
"""

import contextvars
import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.ports.signatures import SignatureInvalid, TimestampUnavailable, WorkBroken
from domain.refusals import Refusal

REFUSED = "refused"
"""Type of the ApplicationError of a Refusal; its only detail is the code."""
TIMESTAMP_UNAVAILABLE = "timestamp_unavailable"
SIGNATURE_INVALID = "signature_invalid"
"""What was made, or what was read back, does not verify. Nothing of it was stored."""
WORK_BROKEN = "work_broken"
"""The process that does the PDF work failed in a way that nobody foresaw."""
BEAT_SECONDS = 3.0
"""Well below the heartbeat time-outs in workflows/options.py."""

P = ParamSpec("P")
R = TypeVar("R")


def bounded(step: Callable[P, R]) -> Callable[P, R]:
    """Translate the rooms' errors for Temporal; use directly below `@activity.defn`."""

    @functools.wraps(step)
    def translated(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return step(*args, **kwargs)
        except Refusal as refusal:
            raise ApplicationError(
                refusal.code.value, refusal.code.value, type=REFUSED, non_retryable=True
            ) from refusal
        except TimestampUnavailable as unavailable:
            raise ApplicationError(str(unavailable), type=TIMESTAMP_UNAVAILABLE) from unavailable
        except SignatureInvalid as invalid:
            raise ApplicationError(str(invalid), type=SIGNATURE_INVALID) from invalid
        except WorkBroken as broken:
            raise ApplicationError(str(broken), type=WORK_BROKEN) from broken

    return translated


@contextmanager
def beating() -> Iterator[None]:
    """Heartbeat in the background while a long step runs in this thread.

    A worker that is killed stops beating, and the step goes on elsewhere within seconds.
    """
    done = threading.Event()
    context = contextvars.copy_context()

    def beat() -> None:
        while not done.wait(BEAT_SECONDS):
            context.run(activity.heartbeat)

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
