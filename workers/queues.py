"""The queues of the envelopes worker, each with threads of its own.

Workflows, the rows that they read and write, and mails have one queue, but not one pool: a mail
server that says nothing holds a thread for twenty seconds a mail, and a person's act is rows. Rows
are local steps, so the worker that runs workflows takes none of the mails, and its threads are
never a mail's.
"""

from collections.abc import Callable, Sequence

from temporalio.client import Client
from temporalio.worker import Worker

from domain.names import ANCHORS_QUEUE, CODES_QUEUE, ENVELOPES_QUEUE
from workers.process import DRAIN, thread_pool
from workflows.archive import ArchiveWorkflow
from workflows.attachment import AttachmentWorkflow
from workflows.closing import ClosingWorkflow
from workflows.code import CodeWorkflow
from workflows.consent import ConsentWorkflow
from workflows.deletion import DeletionWorkflow
from workflows.disclosure import DisclosureWorkflow
from workflows.envelope import EnvelopeWorkflow
from workflows.factor_reset import FactorResetWorkflow
from workflows.imports import ImportWorkflow
from workflows.intake import IntakeWorkflow
from workflows.invitation import InvitationWorkflow
from workflows.mailbox import MailboxWorkflow
from workflows.password_reset import PasswordResetWorkflow
from workflows.stamp import StampWorkflow
from workflows.verification import VerificationWorkflow

Step = Callable[..., object]
"""An activity method."""

ROW_THREADS = 16
"""Rows wait for disks and the database, not for the processor."""
MAIL_THREADS = 16
CODE_THREADS = 4
ANCHOR_THREADS = 4

WORKFLOWS: Sequence[type] = (
    EnvelopeWorkflow,
    ClosingWorkflow,
    IntakeWorkflow,
    StampWorkflow,
    AttachmentWorkflow,
    ArchiveWorkflow,
    CodeWorkflow,
    MailboxWorkflow,
    ConsentWorkflow,
    InvitationWorkflow,
    FactorResetWorkflow,
    PasswordResetWorkflow,
    VerificationWorkflow,
    DisclosureWorkflow,
    ImportWorkflow,
    DeletionWorkflow,
)


def rows_worker(client: Client, rows: Sequence[Step]) -> Worker:
    """Workflows, and their steps on rows."""
    return Worker(
        client,
        task_queue=ENVELOPES_QUEUE,
        workflows=WORKFLOWS,
        activities=rows,
        activity_executor=thread_pool("rows", ROW_THREADS),
        max_concurrent_local_activities=ROW_THREADS,
        no_remote_activities=True,
        graceful_shutdown_timeout=DRAIN,
    )


def mail_workers(client: Client, mails: Sequence[Step], awaited: Sequence[Step]) -> list[Worker]:
    """Mails, and apart from them those that somebody waits for at a page. Before these had a queue
    of their own they were ordered on that of the others, and some may be under way."""
    return [
        _effects(client, ENVELOPES_QUEUE, "mails", [*mails, *awaited], MAIL_THREADS),
        _effects(client, CODES_QUEUE, "codes", awaited, CODE_THREADS),
    ]


def anchors_worker(client: Client, anchors: Sequence[Step]) -> Worker:
    """What makes an act part of its workflow's history."""
    return _effects(client, ANCHORS_QUEUE, "anchors", anchors, ANCHOR_THREADS)


def _effects(client: Client, queue: str, name: str, steps: Sequence[Step], threads: int) -> Worker:
    return Worker(
        client,
        task_queue=queue,
        activities=steps,
        activity_executor=thread_pool(name, threads),
        max_concurrent_activities=threads,
        graceful_shutdown_timeout=DRAIN,
    )
