"""The mailing of one one-time code that a signer asked for."""

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.codes import CodeActivities
    from domain.messages import CodeRef, NoticeOutcome, Untrusted
    from workflows import options, steps


@workflow.defn
class CodeWorkflow:
    """Send a code while somebody waits for it; after that, it is not sent any more."""

    @workflow.run
    async def run(self, code: CodeRef | Untrusted | None = None) -> NoticeOutcome:
        """How the mail ended."""
        if not isinstance(code, CodeRef):
            message = "not started by this service"
            raise ApplicationError(message, non_retryable=True)
        try:
            return await steps.trusted(CodeActivities.send_code, code, options.CODE_MAIL)
        except ActivityError:
            return NoticeOutcome(failed=1)
