"""The mailing of a code for あなたの文書: as that of any code, and nothing of the code in it."""

from uuid import UUID, uuid4

import pytest
from temporalio import activity
from temporalio.client import WorkflowFailureError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from domain.messages import CodeRef, NoticeOutcome
from domain.names import ENVELOPES_QUEUE, mailbox_workflow_id
from domain.ports.desks import OutboxEntry
from storage.mailbox_codes import MAILBOX
from workers.relay import _order_of
from workflows.mailbox import MailboxWorkflow


async def _run(skipping: WorkflowEnvironment, failures: int) -> tuple[NoticeOutcome, list[UUID]]:
    seen: list[UUID] = []

    @activity.defn(name="send_mailbox_code")
    async def send_mailbox_code(code: CodeRef) -> NoticeOutcome:
        seen.append(code.code_id)
        if len(seen) <= failures:
            raise ValueError(code)
        return NoticeOutcome(sent=1)

    code = CodeRef(code_id=uuid4())
    async with Worker(
        skipping.client,
        task_queue=ENVELOPES_QUEUE,
        workflows=[MailboxWorkflow],
        activities=[send_mailbox_code],
    ):
        outcome = await skipping.client.execute_workflow(
            MailboxWorkflow.run,
            code,
            id=mailbox_workflow_id(code.code_id),
            task_queue=ENVELOPES_QUEUE,
        )
    return outcome, seen


async def test_a_code_is_sent_again_after_a_failure(skipping: WorkflowEnvironment) -> None:
    outcome, seen = await _run(skipping, failures=2)
    assert outcome.sent == 1
    assert len(set(seen)) == 1


async def test_a_mail_server_that_stays_away_ends_it(skipping: WorkflowEnvironment) -> None:
    outcome, _seen = await _run(skipping, failures=10_000)
    assert outcome.failed == 1


async def test_a_strangers_start_sends_nothing(skipping: WorkflowEnvironment) -> None:
    async with Worker(skipping.client, task_queue=ENVELOPES_QUEUE, workflows=[MailboxWorkflow]):
        with pytest.raises(WorkflowFailureError):
            await skipping.client.execute_workflow(
                "MailboxWorkflow", id=f"mailbox-{uuid4()}", task_queue=ENVELOPES_QUEUE
            )


def test_the_relay_knows_how_to_start_it() -> None:
    subject = uuid4()
    kind, name, message = _order_of(OutboxEntry(uuid4(), MAILBOX, subject))
    assert (kind, name) == ("MailboxWorkflow", mailbox_workflow_id(subject))
    assert message == CodeRef(code_id=subject)
