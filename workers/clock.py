"""No step of the signing worker begins while its clock is wrong.

Temporal says when it handed a step out, and the database says what time it is; whoever signs
must agree with both. The authority's own time is compared with each token (signing/timestamps.py).
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.boundary import outage_pause
from domain.clocks import CLOCK_DIFFERS, ClockDiffers, began_in_time
from runtime.telemetry import logger
from storage.database import OUTAGES

log = logger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class ClockGuard(Interceptor):
    """Before each activity; `check` compares with whoever else knows the time."""

    def __init__(self, check: Callable[[], None], now: Callable[[], datetime] = _now) -> None:
        self._check = check
        self._now = now

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the library's own name
        """Ours before the next."""
        return _Guarded(next, self._check, self._now)


class _Guarded(ActivityInboundInterceptor):
    def __init__(
        self,
        following: ActivityInboundInterceptor,
        check: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        super().__init__(following)
        self._check = check
        self._now = now

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 - the library's own words
        """Refuse to begin; the server soon hands the step out again, at no cost."""
        try:
            self._agree(activity.info().started_time)
            await asyncio.to_thread(self._check)
        except ClockDiffers as differs:
            log.error("clock_differs", other=str(differs))  # noqa: TRY400 - no traceback
            raise ApplicationError(
                str(differs), type=CLOCK_DIFFERS, next_retry_delay=outage_pause()
            ) from None
        except OUTAGES:
            log.warning("clock_unknown")  # the step itself will find the database away
        return await super().execute_activity(input)

    def _agree(self, handed_out: datetime) -> None:
        if not began_in_time(handed_out, self._now()):
            raise ClockDiffers("temporal")
