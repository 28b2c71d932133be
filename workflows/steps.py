"""How a workflow runs a step: rows without limit, tokens and time-stamps with visible patience.

Whoever reaches Temporal's port can report a result or a failure for a step of ours. Such a
result is `Untrusted`: the step is run again, which its rows allow. Such a failure is outlived.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.boundary import OUTAGE, TIMESTAMP_UNAVAILABLE
    from activities.envelopes import EnvelopeActivities
    from domain.kinds import HindranceKind
    from domain.messages import EnvelopeRef, HindranceChange, Message, NoticeOutcome, Untrusted
    from workflows import options

R = TypeVar("R")
M = TypeVar("M", bound=Message)
Step = Callable[..., R]
"""An activity method: (activities object, messages...) -> result."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
"""Before a step that failed for good is tried again, twice as long each time: it lost a race
against a twin of itself, or waits for an operator to mend the reason."""
_NOT_THE_FILE_S = "outage-blames-no-file"
"""Patch: checks that were under way before it gave a file up after an outage."""


def ours(message: object, of: type[M], id_of: Callable[[M], str] | None = None) -> M:
    """The message that a workflow was started with; `id_of` says under which id it belongs.

    Raises ApplicationError where this service did not start it so.
    """
    if not isinstance(message, of) or (id_of and workflow.info().workflow_id != id_of(message)):
        words = "not started by this service"
        raise ApplicationError(words, non_retryable=True)
    return message


async def rows(step: Step[R], *messages: Message) -> R:
    """A step on rows, repeated until it succeeds."""
    return await workflow.execute_local_activity_method(
        step, args=list(messages), **options.DATABASE
    )


async def mailed(
    step: Step[NoticeOutcome], message: object, of: type[Message], how: options.StepOptions
) -> NoticeOutcome:
    """The whole story of one mail: how it ended, within the time that it is worth something.

    Raises ApplicationError for a message that this service did not start it with.
    """
    try:
        return await trusted(step, ours(message, of), how)
    except ActivityError:
        return NoticeOutcome(failed=1)


async def patiently(
    envelope: EnvelopeRef,
    step: Step[R],
    message: Message,
    quick: options.StepOptions,
    patient: options.StepOptions,
) -> R:
    """Quick tries first; then a wait that pages show, without limit."""
    try:
        return await trusted(step, message, quick)
    except ActivityError as error:
        _pass_on_cancellation(error)
        kind, reason = hindrance_of(error)
    await hinder(envelope, kind, reason, begins=True)
    result = await without_end(step, message, patient)
    await hinder(envelope, kind, reason, begins=False)
    return result


async def trusted(step: Step[R], message: Message, how: options.StepOptions) -> R:
    """A step's result from one of our own workers."""
    while True:
        result: R | Untrusted = await workflow.execute_activity_method(step, message, **how)
        if not isinstance(result, Untrusted):
            return result


async def checked(check: Step[R], give_up: Step[R], subject: Message) -> R:
    """The answer about an uploaded file. One that ends its process again and again is given up;
    what this machine could not do says nothing about the file, and is tried until it can."""
    while True:
        try:
            return await trusted(check, subject, options.INTAKE)
        except ActivityError as error:
            _pass_on_cancellation(error)
            if not _outage(error) or not workflow.patched(_NOT_THE_FILE_S):
                return await trusted(give_up, subject, options.GIVE_UP)
        await workflow.sleep(options.OUTAGE_PAUSE, summary="outage")
        if workflow.info().is_continue_as_new_suggested():
            workflow.continue_as_new(subject)


def _outage(error: ActivityError) -> bool:
    return isinstance(error.cause, ApplicationError) and OUTAGE in error.cause.details


async def without_end(step: Step[R], message: Message, patient: options.StepOptions) -> R:
    """A failure that ends the server's own retries would end the envelope's story with it."""
    pause = FIRST_PAUSE
    while True:
        try:
            return await trusted(step, message, patient)
        except ActivityError as error:
            _pass_on_cancellation(error)
        await workflow.sleep(pause, summary="failed for good")
        pause = min(2 * pause, LONGEST_PAUSE)


def _pass_on_cancellation(error: ActivityError) -> None:
    if is_cancelled_exception(error):
        raise error


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
