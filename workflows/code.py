"""The mailing of one one-time code that a signer asked for."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.codes import CodeActivities
    from domain.messages import CodeRef, NoticeOutcome, Untrusted
    from workflows import options, steps


@workflow.defn
class CodeWorkflow:
    """Send a code while somebody waits for it; after that, say that it did not go out."""

    @workflow.run
    async def run(self, code: CodeRef | Untrusted | None = None) -> NoticeOutcome:
        """How the mail ended."""
        outcome = await steps.mailed(CodeActivities.send_code, code, CodeRef, options.CODE_MAIL)
        if isinstance(code, CodeRef) and not outcome.sent and workflow.patched("give-up-code"):
            await steps.rows(CodeActivities.give_up_code, code)
        return outcome
