"""What goes wrong in signing and archiving has a reason code that pages can show."""

import pytest
from temporalio.exceptions import ActivityError, ApplicationError, RetryState

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
