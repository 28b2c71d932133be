"""The signing worker begins nothing while its clock is wrong, and says whose it does not fit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy.exc import OperationalError
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from domain.clocks import CLOCK_DIFFERS, ClockDiffers
from workers.clock import ClockGuard


class Step(ActivityInboundInterceptor):
    """What would follow."""

    def __init__(self) -> None:
        self.begun = 0

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the library's own name
        self.begun += 1


def nothing() -> None:
    return None


async def begin(off: timedelta = timedelta(), check: Callable[[], None] = nothing) -> int:
    """How often a step began that was handed out now, by a clock that is off by so much."""
    handed_out = datetime.now(UTC)
    environment, step = ActivityEnvironment(), Step()
    environment.info = replace(environment.info, started_time=handed_out)
    guarded = ClockGuard(check, lambda: handed_out + off).intercept_activity(step)
    await environment.run(guarded.execute_activity, cast("Any", None))
    return step.begun


async def test_a_step_begins_while_all_clocks_agree() -> None:
    assert await begin() == 1
    assert await begin(timedelta(seconds=3)) == 1, "a busy machine"


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1), timedelta(seconds=-6)])
async def test_a_step_of_another_time_than_temporal_s_does_not_begin(off: timedelta) -> None:
    with pytest.raises(ApplicationError, match="temporal") as raised:
        await begin(off)
    assert raised.value.type == CLOCK_DIFFERS
    assert not raised.value.non_retryable


async def test_a_step_does_not_begin_while_the_database_has_another_time() -> None:
    def differs() -> None:
        raise ClockDiffers("database")

    with pytest.raises(ApplicationError, match="database") as raised:
        await begin(check=differs)
    assert raised.value.type == CLOCK_DIFFERS


async def test_a_database_that_is_away_is_for_the_step_to_find() -> None:
    def away() -> None:
        raise OperationalError("SELECT", None, Exception("away"))

    assert await begin(check=away) == 1
