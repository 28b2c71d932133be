"""The check of one uploaded document."""

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.intake import IntakeActivities
    from domain.messages import DocumentRef, IntakeOutcome, Untrusted
    from workflows import options, steps


@workflow.defn
class IntakeWorkflow:
    """Check a file until there is an answer; a file without an answer is refused."""

    @workflow.run
    async def run(self, document: DocumentRef | Untrusted | None = None) -> IntakeOutcome:
        """Accepted, or refused with a reason."""
        if not isinstance(document, DocumentRef):
            message = "not started by this service"
            raise ApplicationError(message, non_retryable=True)
        try:
            return await steps.trusted(IntakeActivities.inspect_document, document, options.INTAKE)
        except ActivityError:
            return await steps.trusted(IntakeActivities.give_up_document, document, options.INTAKE)
