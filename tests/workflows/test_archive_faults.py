"""What goes wrong in signing and archiving has a reason code that pages can show."""

import dataclasses
from datetime import timedelta

import pytest
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, RetryState
from temporalio.testing import ActivityEnvironment

from activities.boundary import bounded
from domain.kinds import HindranceKind
from domain.ports.signatures import SignatureInvalid, TimestampUnavailable
from signing.pool import ChildDied, ChildTooCostly, JobFailed
from workflows.steps import hindrance_of

OPERATOR = HindranceKind.OPERATOR


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        (SignatureInvalid("coverage"), (OPERATOR, "signature_invalid")),
        (JobFailed("KeyError", "drafting.py:7"), (OPERATOR, "work_broken")),
        (ChildDied("-9"), (OPERATOR, "work_broken")),
        (ChildTooCostly("time"), (OPERATOR, "work_broken")),
        (
            TimestampUnavailable("http_503"),
            (HindranceKind.TIMESTAMP, "timestamp_unavailable"),
        ),
    ],
)
def test_a_fault_is_retried_and_shown_with_its_reason(
    fault: Exception, shown: tuple[HindranceKind, str]
) -> None:
    @bounded
    def step() -> None:
        raise fault

    with pytest.raises(ApplicationError) as raised:
        step()
    assert not raised.value.non_retryable
    failure = ActivityError(
        "step failed", scheduled_event_id=1, started_event_id=2, identity="", activity_type="step",
        activity_id="1", retry_state=RetryState.MAXIMUM_ATTEMPTS_REACHED,
    )  # fmt: skip
    failure.__cause__ = raised.value
    assert hindrance_of(failure) == shown


@pytest.mark.parametrize(
    ("fault", "attempt", "delay"),
    [
        (OSError("full"), 1, None),
        (OSError("full"), 5, 20),
        (OSError("full"), 500, 20),
        (TimestampUnavailable("http_503"), 5, None),
    ],
    ids=["a first try", "a later one", "after days", "an authority is left in peace"],
)
def test_a_fault_of_this_machine_is_tried_again_within_half_a_minute_however_long_it_lasted(
    fault: Exception, attempt: int, delay: int | None
) -> None:
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(
        environment.info,
        attempt=attempt,
        retry_policy=RetryPolicy(
            initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=15)
        ),
    )

    @bounded
    def step() -> None:
        raise fault

    with pytest.raises(Exception, match=str(fault)) as raised:
        environment.run(step)
    found = getattr(raised.value, "next_retry_delay", None)
    # A cause of itself would have no type that pages could show.
    assert raised.value.__cause__ is not raised.value
    assert found == (timedelta(seconds=delay) if delay else None)
