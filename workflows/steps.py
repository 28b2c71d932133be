"""How a workflow runs a step: rows without limit, tokens and time-stamps with visible patience."""

from collections.abc import Callable
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.boundary import TIMESTAMP_UNAVAILABLE
    from activities.envelopes import EnvelopeActivities
    from domain.kinds import HindranceKind
    from domain.messages import EnvelopeRef, HindranceChange, Message
    from workflows import options

R = TypeVar("R")
Step = Callable[..., R]
"""An activity method: (activities object, messages...) -> result."""


async def rows(step: Step[R], *messages: Message) -> R:
    """A step on rows, repeated until it succeeds."""
    return await workflow.execute_local_activity_method(
        step, args=list(messages), **options.DATABASE
    )


async def patiently(
    envelope: EnvelopeRef,
    step: Step[R],
    message: Message,
    quick: options.StepOptions,
    patient: options.StepOptions,
) -> R:
    """Quick tries first; then a wait that pages show, without limit."""
    try:
        return await workflow.execute_activity_method(step, message, **quick)
    except ActivityError as error:
        kind, reason = hindrance_of(error)
    await hinder(envelope, kind, reason, begins=True)
    result = await workflow.execute_activity_method(step, message, **patient)
    await hinder(envelope, kind, reason, begins=False)
    return result


async def hinder(envelope: EnvelopeRef, kind: HindranceKind, reason: str, *, begins: bool) -> None:
    """Show that the envelope waits for something besides people, or no longer does."""
    change = HindranceChange(
        envelope_id=envelope.envelope_id, kind=kind, begins=begins, reason=reason
    )
    await rows(EnvelopeActivities.hinder, change)


def hindrance_of(error: ActivityError) -> tuple[HindranceKind, str]:
    """What to show while a step is repeated without limit: kind and a short code."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type == TIMESTAMP_UNAVAILABLE:
        return HindranceKind.TIMESTAMP, TIMESTAMP_UNAVAILABLE
    reason = cause.type if isinstance(cause, ApplicationError) and cause.type else "step_failed"
    return HindranceKind.OPERATOR, reason[:64]
