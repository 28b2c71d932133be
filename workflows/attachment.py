"""The check of one file that a signer attached."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.attachments import AttachmentActivities
    from domain.messages import AttachmentOutcome, AttachmentRef, Untrusted
    from workflows import steps


@workflow.defn
class AttachmentWorkflow:
    """Check a file until there is an answer; one without an answer is refused."""

    @workflow.run
    async def run(self, attachment: AttachmentRef | Untrusted | None = None) -> AttachmentOutcome:
        """Accepted, or refused with a reason."""
        attachment = steps.ours(attachment, AttachmentRef)
        return await steps.checked(
            AttachmentActivities.check_attachment,
            AttachmentActivities.give_up_attachment,
            attachment,
        )
