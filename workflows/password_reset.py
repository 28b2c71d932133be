"""The mailing of one link to a new password."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.password_resets import PasswordResetActivities
    from domain.messages import NoticeOutcome, PasswordResetRef, Untrusted
    from workflows import options, steps


@workflow.defn
class PasswordResetWorkflow:
    """Send the link as long as it would be worth something."""

    @workflow.run
    async def run(self, reset: PasswordResetRef | Untrusted | None = None) -> NoticeOutcome:
        """How the mail ended."""
        return await steps.mailed(
            PasswordResetActivities.send_password_reset,
            reset,
            PasswordResetRef,
            options.RESET_MAIL,
        )
