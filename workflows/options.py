"""Timeouts and retries of every step, by name and with reasons.

A killed step goes on within half a minute: start-to-close (short steps) or the heartbeat (long
ones) notices the loss within ten seconds, and the next try follows soon.
"""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy

from domain.limits import MAIL_TRIED_FOR
from domain.names import (
    ANCHORS_QUEUE,
    CODES_QUEUE,
    DOCUMENTS_QUEUE,
    ENVELOPES_QUEUE,
    IMPORTS_QUEUE,
    PICTURES_QUEUE,
    SIGNING_QUEUE,
    VERIFICATION_QUEUE,
)


class StepOptions(TypedDict, total=False):
    """The keyword arguments of `workflow.execute_activity_method` that we use."""

    task_queue: str
    start_to_close_timeout: timedelta
    schedule_to_close_timeout: timedelta
    heartbeat_timeout: timedelta
    retry_policy: RetryPolicy


class LocalStepOptions(TypedDict, total=False):
    """The keyword arguments of `workflow.execute_local_activity_method` that we use."""

    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy


HEARTBEAT = timedelta(seconds=10)
"""Steps beat every three seconds (activities/boundary.py); the SDK passes on what it gets within
four fifths of this."""

SOON = RetryPolicy(
    initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=10)
)
"""For our own database and vault: away for seconds, and the person is waiting."""

DATABASE: LocalStepOptions = {
    "start_to_close_timeout": timedelta(seconds=15),
    "retry_policy": SOON,
}
"""Rows only, in the worker that runs the workflow: a local activity is one event instead of six,
and a person waits for the answer. No limit on tries: an act must not be lost to a locked database.
"""

ANCHOR: StepOptions = {
    "task_queue": ANCHORS_QUEUE,
    "start_to_close_timeout": timedelta(seconds=10),
    "retry_policy": SOON,
}
"""No effect of its own; one that was lost is handed out again."""

MAIL: StepOptions = {
    "task_queue": ENVELOPES_QUEUE,
    "start_to_close_timeout": timedelta(minutes=10),
    "heartbeat_timeout": HEARTBEAT,
    "schedule_to_close_timeout": MAIL_TRIED_FOR,
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=10),
        backoff_coefficient=2.0,
        maximum_interval=timedelta(minutes=15),
    ),
}
"""As long as a server may be away."""

CODE_MAIL: StepOptions = {
    "task_queue": CODES_QUEUE,
    "start_to_close_timeout": timedelta(minutes=2),
    "heartbeat_timeout": HEARTBEAT,
    "schedule_to_close_timeout": timedelta(minutes=15),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=2), maximum_interval=timedelta(seconds=30)
    ),
}
"""Somebody looks at the page and waits; after ten minutes the code would be worth nothing."""

INVITATION_MAIL: StepOptions = CODE_MAIL | {
    "task_queue": ENVELOPES_QUEUE,  # they come by the hundred
    "schedule_to_close_timeout": timedelta(hours=72),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=5)
    ),
}
"""As long as the link would work (domain.members.INVITATION_LIFE)."""

RESET_MAIL: StepOptions = CODE_MAIL | {"schedule_to_close_timeout": timedelta(minutes=30)}
"""As long as the link would work (domain.password_reset.RESET_LIFE)."""

INTAKE: StepOptions = {
    "task_queue": DOCUMENTS_QUEUE,
    "start_to_close_timeout": timedelta(minutes=3),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=5),
}
"""A file that takes its worker down five times is refused, not tried for ever."""
GIVE_UP: StepOptions = INTAKE | {
    "retry_policy": RetryPolicy(
        maximum_interval=timedelta(seconds=20), non_retryable_error_types=["LookupError"]
    )
}
"""To say so takes one row, which an outage of the database must not lose; a row that is gone needs
no answer."""
OUTAGE_PAUSE = timedelta(seconds=20)
"""Before a check is tried again that this machine could not make."""

PICTURES: StepOptions = {
    "task_queue": PICTURES_QUEUE,
    "start_to_close_timeout": timedelta(minutes=20),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": RetryPolicy(initial_interval=timedelta(seconds=5), maximum_attempts=5),
}
"""Nobody waits, but the child may be busy with the verification of a long file. Pages without a
picture open as a PDF: that is no reason to try for ever."""

PREPARE: StepOptions = {
    "task_queue": DOCUMENTS_QUEUE,
    "start_to_close_timeout": timedelta(minutes=20),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=5),
}
"""Five tries; then the wait is shown, and PATIENT_PREPARE goes on."""

PATIENT_PREPARE: StepOptions = {
    **PREPARE,
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=5)
    ),
}

VERIFY: StepOptions = {
    "task_queue": VERIFICATION_QUEUE,
    "start_to_close_timeout": timedelta(hours=1),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1)
    ),
}
"""Some documents a step, and rows keep each: what is repeated goes on behind the last of them."""

PACK: StepOptions = {**VERIFY, "start_to_close_timeout": timedelta(hours=24)}
"""One step from the first document to the last, which begins anew when it is cut: hours for a
large ZIP, and for a search that a hundred thousand texts may answer. Its heartbeat tells whether it
lives."""

ERASE: StepOptions = {
    "task_queue": DOCUMENTS_QUEUE,
    "start_to_close_timeout": timedelta(minutes=20),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5)
    ),
}
"""Rows and files: what two people have decided is done, however long that takes."""

SIGN: StepOptions = {
    "task_queue": SIGNING_QUEUE,
    "start_to_close_timeout": timedelta(minutes=20),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1),
        maximum_interval=timedelta(seconds=5),
        maximum_attempts=3,
    ),
}
"""Three quick tries; then the wait is shown, and PATIENT_SIGN goes on."""

PATIENT_SIGN: StepOptions = {
    **SIGN,
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=5),
        backoff_coefficient=2.0,
        maximum_interval=timedelta(minutes=15),
    ),
}
"""Server-side retries add nothing to the history, however long the outage lasts."""

STAMP_IMPORT: StepOptions = {**PATIENT_SIGN, "task_queue": IMPORTS_QUEUE}
"""A file read, a token asked for, a row: however long the authority is away."""
