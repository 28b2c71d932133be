"""A attached file is checked once, or refused; whoever started it must be us."""

from uuid import UUID, uuid4

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.attachments import AttachmentActivities
from domain.attachments import Accepts, FileKind
from domain.messages import AttachmentOutcome, AttachmentRef
from domain.names import DOCUMENTS_QUEUE, ENVELOPES_QUEUE, attachment_workflow_id
from domain.ports.desks import OutboxEntry
from domain.ports.signatures import CheckedFile
from domain.refusals import Refusal, RefusalCode
from workers.process import thread_pool
from workers.relay import _order_of
from workflows.attachment import AttachmentWorkflow


class Files:
    """Desk and checker in one: what goes in, and what came out."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.kept: list[bytes] = []
        self.refused: list[RefusalCode] = []

    def read(self, attachment_id: UUID) -> tuple[bytes, Accepts]:
        if self.data == b"gone":
            raise LookupError
        return self.data, Accepts.ANY

    def accept(self, attachment_id: UUID, checked: CheckedFile) -> None:
        self.kept.append(checked.data)

    def refuse(self, attachment_id: UUID, code: RefusalCode) -> None:
        self.refused.append(code)

    def check(self, data: bytes, accepts: Accepts) -> CheckedFile:
        if data == b"blank":
            raise Refusal(RefusalCode.ATTACHMENT_HEIC)
        if data == b"broken":
            raise ValueError(data)
        return CheckedFile(FileKind.PDF, data + b" clean", b"png")


async def _run(skipping: WorkflowEnvironment, files: Files) -> AttachmentOutcome:
    activities = AttachmentActivities(files, files)
    attachment = AttachmentRef(attachment_id=uuid4())
    with thread_pool("documents", 2) as pool:
        async with (
            Worker(skipping.client, task_queue=ENVELOPES_QUEUE, workflows=[AttachmentWorkflow]),
            Worker(
                skipping.client,
                task_queue=DOCUMENTS_QUEUE,
                activities=[activities.check_attachment, activities.give_up_attachment],
                activity_executor=pool,
            ),
        ):
            return await skipping.client.execute_workflow(
                AttachmentWorkflow.run,
                attachment,
                id=attachment_workflow_id(attachment.attachment_id),
                task_queue=ENVELOPES_QUEUE,
            )


async def test_a_file_is_checked_and_kept(skipping: WorkflowEnvironment) -> None:
    files = Files(b"photo")
    assert (await _run(skipping, files)).accepted
    assert files.kept == [b"photo clean"]


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"blank", RefusalCode.ATTACHMENT_HEIC), (b"broken", "attachment_unfinished")],
)
async def test_a_file_that_is_none_gets_an_answer(
    skipping: WorkflowEnvironment, data: bytes, code: RefusalCode
) -> None:
    files = Files(data)
    outcome = await _run(skipping, files)
    assert (outcome.accepted, outcome.refusal) == (False, code)
    assert files.refused == [code]


async def test_a_strangers_start_checks_nothing(skipping: WorkflowEnvironment) -> None:
    async with Worker(skipping.client, task_queue=ENVELOPES_QUEUE, workflows=[AttachmentWorkflow]):
        with pytest.raises(WorkflowFailureError):
            await skipping.client.execute_workflow(
                "AttachmentWorkflow", id=f"attachment-{uuid4()}", task_queue=ENVELOPES_QUEUE
            )


def test_the_relay_knows_how_to_start_it() -> None:
    subject = uuid4()
    kind, name, message = _order_of(OutboxEntry(uuid4(), "attachment", subject))
    assert (kind, name) == ("AttachmentWorkflow", attachment_workflow_id(subject))
    assert message == AttachmentRef(attachment_id=subject)


async def test_a_file_that_was_removed_needs_no_check(skipping: WorkflowEnvironment) -> None:
    files = Files(b"gone")
    outcome = await _run(skipping, files)
    assert (outcome.accepted, outcome.refusal) == (False, None)
    assert (files.kept, files.refused) == ([], [])
