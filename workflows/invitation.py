"""The mailing of one invitation."""

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.invitations import InvitationActivities
    from domain.messages import InvitationRef, NoticeOutcome, Untrusted
    from workflows import options, steps


@workflow.defn
class InvitationWorkflow:
    """Send an invitation as long as its link would be worth something."""

    @workflow.run
    async def run(self, invitation: InvitationRef | Untrusted | None = None) -> NoticeOutcome:
        """How the mail ended."""
        if not isinstance(invitation, InvitationRef):
            message = "not started by this service"
            raise ApplicationError(message, non_retryable=True)
        try:
            return await steps.trusted(
                InvitationActivities.send_invitation, invitation, options.INVITATION_MAIL
            )
        except ActivityError:
            return NoticeOutcome(failed=1)
