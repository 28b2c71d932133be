"""The mailing of one code for あなたの文書."""

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.mailbox import MailboxActivities
    from domain.messages import CodeRef, NoticeOutcome, Untrusted
    from workflows import options, steps


@workflow.defn
class MailboxWorkflow:
    """Send a code while somebody waits for it, if the address is anybody's."""

    @workflow.run
    async def run(self, code: CodeRef | Untrusted | None = None) -> NoticeOutcome:
        """How the mail ended."""
        if not isinstance(code, CodeRef):
            message = "not started by this service"
            raise ApplicationError(message, non_retryable=True)
        try:
            return await steps.trusted(MailboxActivities.send_mailbox_code, code, options.CODE_MAIL)
        except ActivityError:
            return NoticeOutcome(failed=1)
