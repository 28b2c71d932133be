"""Mails and messages that are stories of their own: codes, codes of mailboxes, invitations. Each is
repeated while its server is away, and nothing that it is a secret of stands in it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio import activity
from temporalio.client import WorkflowFailureError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from domain.messages import CodeRef, FactorResetRef, InvitationRef, NoticeOutcome, PasswordResetRef
from domain.names import (
    CODES_QUEUE,
    ENVELOPES_QUEUE,
    code_workflow_id,
    factor_reset_workflow_id,
    invitation_workflow_id,
    mailbox_workflow_id,
    password_reset_workflow_id,
)
from domain.ports.desks import OutboxEntry
from storage.factor_mails import FACTOR_RESET
from storage.invitations import INVITATION
from storage.mailbox_codes import MAILBOX
from storage.one_time_codes import CODE
from storage.password_resets import PASSWORD_RESET
from workers.relay import _order_of
from workflows.code import CodeWorkflow
from workflows.factor_reset import FactorResetWorkflow
from workflows.invitation import InvitationWorkflow
from workflows.mailbox import MailboxWorkflow
from workflows.password_reset import PasswordResetWorkflow


@dataclass(frozen=True)
class Mailing:
    """One kind of them."""

    workflow: type[Any]
    activity: str
    message: type[Any]
    key: str
    order: str
    id_of: Callable[[UUID], str]
    gives_up: str = ""
    """The activity that says so."""

    def about(self, subject: UUID) -> object:
        """What its workflow is started with."""
        return self.message(**{self.key: subject})


MAILINGS = {
    "code": Mailing(
        CodeWorkflow, "send_code", CodeRef, "code_id", CODE, code_workflow_id, "give_up_code"
    ),
    "mailbox": Mailing(
        MailboxWorkflow, "send_mailbox_code", CodeRef, "code_id", MAILBOX, mailbox_workflow_id
    ),
    "invitation": Mailing(
        InvitationWorkflow,
        "send_invitation",
        InvitationRef,
        "invitation_id",
        INVITATION,
        invitation_workflow_id,
    ),
    "password reset": Mailing(
        PasswordResetWorkflow,
        "send_password_reset",
        PasswordResetRef,
        "reset_id",
        PASSWORD_RESET,
        password_reset_workflow_id,
    ),
    "factor reset": Mailing(
        FactorResetWorkflow,
        "send_factor_reset",
        FactorResetRef,
        "reset_id",
        FACTOR_RESET,
        factor_reset_workflow_id,
    ),
}


@pytest.fixture(params=MAILINGS)
def mailing(request: pytest.FixtureRequest) -> Mailing:
    return MAILINGS[request.param]


async def _run(
    skipping: WorkflowEnvironment, mailing: Mailing, failures: int
) -> tuple[NoticeOutcome, list[object]]:
    seen: list[object] = []

    async def send(subject: Any) -> NoticeOutcome:
        seen.append(subject)
        if len(seen) <= failures:
            raise ValueError(subject)
        return NoticeOutcome(sent=1)

    async def give_up(subject: Any) -> None:
        seen.append(mailing.gives_up)
        assert subject == mailing.about(key)

    for step in (send, give_up):
        step.__annotations__["subject"] = mailing.message
    key = uuid4()
    sends = activity.defn(name=mailing.activity)(send)
    gives_up = activity.defn(name=mailing.gives_up or "none")(give_up)
    async with (
        Worker(
            skipping.client,
            task_queue=ENVELOPES_QUEUE,
            workflows=[mailing.workflow],
            activities=[sends, gives_up],
        ),
        Worker(skipping.client, task_queue=CODES_QUEUE, activities=[sends]),
    ):
        outcome = await skipping.client.execute_workflow(
            mailing.workflow.run,
            mailing.about(key),
            id=mailing.id_of(key),
            task_queue=ENVELOPES_QUEUE,
        )
    return outcome, seen


async def test_it_is_sent_again_after_a_failure(
    skipping: WorkflowEnvironment, mailing: Mailing
) -> None:
    outcome, seen = await _run(skipping, mailing, failures=2)
    assert outcome.sent == 1
    assert len(seen) == 3
    assert len(set(seen)) == 1


async def test_a_server_that_stays_away_ends_it(
    skipping: WorkflowEnvironment, mailing: Mailing
) -> None:
    outcome, seen = await _run(skipping, mailing, failures=10_000)
    assert outcome.failed == 1
    assert seen.count(mailing.gives_up) == (1 if mailing.gives_up else 0)


async def test_a_strangers_start_sends_nothing(
    skipping: WorkflowEnvironment, mailing: Mailing
) -> None:
    async with Worker(skipping.client, task_queue=ENVELOPES_QUEUE, workflows=[mailing.workflow]):
        with pytest.raises(WorkflowFailureError):
            await skipping.client.execute_workflow(
                mailing.workflow.__name__, id=mailing.id_of(uuid4()), task_queue=ENVELOPES_QUEUE
            )


def test_the_relay_knows_how_to_start_it(mailing: Mailing) -> None:
    subject = uuid4()
    kind, name, message = _order_of(OutboxEntry(uuid4(), mailing.order, subject))
    assert (kind, name) == (mailing.workflow.__name__, mailing.id_of(subject))
    assert message == mailing.about(subject)
