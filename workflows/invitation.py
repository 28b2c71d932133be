"""The mailing of one invitation."""

from temporalio import workflow

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
        return await steps.mailed(
            InvitationActivities.send_invitation, invitation, InvitationRef, options.INVITATION_MAIL
        )
