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
from datetime import timedelta
from typing import ParamSpec, TypeVar

from temporalio import activity
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

from domain.clocks import CLOCK_DIFFERS, ClockDiffers
from domain.ports.signatures import SignatureInvalid, TimestampUnavailable, WorkBroken
from domain.refusals import Refusal

REFUSED = "refused"
"""Type of the ApplicationError of a Refusal; its only detail is the code."""
TIMESTAMP_UNAVAILABLE = "timestamp_unavailable"
SIGNATURE_INVALID = "signature_invalid"
"""What was made, or what was read back, does not verify. Nothing of it was stored."""
WORK_BROKEN = "work_broken"
"""The process that does the PDF work failed in a way that nobody foresaw."""
WORK_NOT_BEGUN = "work_not_begun"
"""No such process could be started: the machine is too busy, or the worker is on its way out."""
OUTAGE = "outage"
"""First detail of the ApplicationError of a fault of this machine, its database, its disk or its
token: no file has caused it."""
_OUTAGES = frozenset({"OSError", "MemoryError", "TokenError", "BlobMissing", "DataKeyUnusable"})
"""Such faults by the names of their classes; what is derived from them counts too."""
_DATABASE_OUTAGES = frozenset(
    {"OperationalError", "InterfaceError", "InternalError", "DatabaseError", "TimeoutError"}
)
"""SQLAlchemy's, whose kin (`DataError`, `IntegrityError`) speak of what was to be stored."""
OUTAGE_PAUSE = timedelta(seconds=20)
"""Longest pause between tries of a step that failed on this machine."""
_MANY = 20
"""2^20 times any pause is long enough."""
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
        except ClockDiffers as differs:
            # An authority is asked again as seldom as one that is away: it may count.
            raise ApplicationError(str(differs), type=CLOCK_DIFFERS) from differs
        except SignatureInvalid as invalid:
            raise ApplicationError(str(invalid), type=SIGNATURE_INVALID) from invalid
        except WorkBroken as broken:
            raise _broken(broken) from broken
        except ApplicationError:
            raise
        except Exception as fault:
            known = _outage(fault)
            if known is None:
                raise
            raise known from fault

    return translated


def _broken(broken: WorkBroken) -> ApplicationError:
    if broken.before_the_job:
        return ApplicationError(str(broken), OUTAGE, type=WORK_NOT_BEGUN)
    return ApplicationError(str(broken), type=WORK_BROKEN)


def _outage(fault: Exception) -> ApplicationError | None:
    """What workflows are told of it; None where the fault itself says all."""
    pause, details = outage_pause(), (OUTAGE,) if _is_outage(fault) else ()
    if pause is None and not details:
        return None
    kind = type(fault).__name__
    return ApplicationError(str(fault), *details, type=kind, next_retry_delay=pause)


def _is_outage(fault: Exception) -> bool:
    names = {kind.__name__ for kind in type(fault).__mro__}
    no_thread = isinstance(fault, RuntimeError) and "start new thread" in str(fault)
    return bool(names & _OUTAGES) or type(fault).__name__ in _DATABASE_OUTAGES or no_thread


def outage_pause() -> timedelta | None:
    """A fault of our own machine (token, disk, database, clock) is mended by somebody, and then the
    step goes on within half a minute, however long it waited: the pause before the next try, None
    where the server's own is no longer. Only authorities are left in peace."""
    if not activity.in_activity() or activity.info().is_local or _pause() <= OUTAGE_PAUSE:
        return None
    return OUTAGE_PAUSE


def _pause() -> timedelta:
    """How long the server would wait before it tries this step again."""
    info = activity.info()
    policy = info.retry_policy or RetryPolicy()
    growth = policy.backoff_coefficient ** min(info.attempt - 1, _MANY)
    pause = policy.initial_interval * growth
    return min(pause, policy.maximum_interval) if policy.maximum_interval else pause


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
