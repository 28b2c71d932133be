"""The mail about one reset of a member's second factor."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.factor_resets import FactorResetActivities
    from domain.messages import FactorResetRef, NoticeOutcome, Untrusted
    from workflows import options, steps


@workflow.defn
class FactorResetWorkflow:
    """Tell the member, however long his mail server is away."""

    @workflow.run
    async def run(self, reset: FactorResetRef | Untrusted | None = None) -> NoticeOutcome:
        """How the mail ended."""
        return await steps.mailed(
            FactorResetActivities.send_factor_reset, reset, FactorResetRef, options.MAIL
        )
