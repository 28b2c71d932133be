"""The mailing of an invitation: repeated while the mail server is away, no link in it."""

from uuid import UUID, uuid4

import pytest
from temporalio import activity
from temporalio.client import WorkflowFailureError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from domain.messages import InvitationRef, NoticeOutcome
from domain.names import ENVELOPES_QUEUE, invitation_workflow_id
from domain.ports.desks import OutboxEntry
from storage.invitations import INVITATION
from workers.relay import _order_of
from workflows.invitation import InvitationWorkflow


async def _run(skipping: WorkflowEnvironment, failures: int) -> tuple[NoticeOutcome, list[UUID]]:
    seen: list[UUID] = []

    @activity.defn(name="send_invitation")
    async def send_invitation(invitation: InvitationRef) -> NoticeOutcome:
        seen.append(invitation.invitation_id)
        if len(seen) <= failures:
            raise ValueError(invitation)
        return NoticeOutcome(sent=1)

    invitation = InvitationRef(invitation_id=uuid4())
    async with Worker(
        skipping.client,
        task_queue=ENVELOPES_QUEUE,
        workflows=[InvitationWorkflow],
        activities=[send_invitation],
    ):
        outcome = await skipping.client.execute_workflow(
            InvitationWorkflow.run,
            invitation,
            id=invitation_workflow_id(invitation.invitation_id),
            task_queue=ENVELOPES_QUEUE,
        )
    return outcome, seen


async def test_an_invitation_is_sent_again_after_a_failure(skipping: WorkflowEnvironment) -> None:
    outcome, seen = await _run(skipping, failures=2)
    assert outcome.sent == 1
    assert len(set(seen)) == 1


async def test_a_mail_server_that_stays_away_ends_it(skipping: WorkflowEnvironment) -> None:
    outcome, _seen = await _run(skipping, failures=10_000)
    assert outcome.failed == 1


async def test_a_strangers_start_sends_nothing(skipping: WorkflowEnvironment) -> None:
    async with Worker(skipping.client, task_queue=ENVELOPES_QUEUE, workflows=[InvitationWorkflow]):
        with pytest.raises(WorkflowFailureError):
            await skipping.client.execute_workflow(
                "InvitationWorkflow", id=f"invitation-{uuid4()}", task_queue=ENVELOPES_QUEUE
            )


def test_the_relay_knows_how_to_start_it() -> None:
    subject = uuid4()
    kind, name, message = _order_of(OutboxEntry(uuid4(), INVITATION, subject))
    assert (kind, name) == ("InvitationWorkflow", invitation_workflow_id(subject))
    assert message == InvitationRef(invitation_id=subject)
