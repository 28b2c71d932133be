"""The mailing of one code for あなたの文書."""

from temporalio import workflow

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
        return await steps.mailed(
            MailboxActivities.send_mailbox_code, code, CodeRef, options.CODE_MAIL
        )
