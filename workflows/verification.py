"""One verification of a period, from its list of documents to its report."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.verification import VerificationActivities
    from domain.messages import Message, Untrusted, VerificationRef
    from domain.names import verification_workflow_id
    from workflows import options, steps


@workflow.defn
class VerificationWorkflow:
    """Some documents at a time, until none is left. What is verified is in rows."""

    @workflow.run
    async def run(self, run: VerificationRef | Untrusted | None = None) -> None:
        """Until the report is written."""
        run = steps.ours(run, VerificationRef, lambda ref: verification_workflow_id(ref.run_id))
        await verified(run, run)


async def verified(run: VerificationRef, again: Message) -> None:
    """All steps of a verification; `again` is what the workflow goes on with when its history has
    grown too long."""
    found = await steps.without_end(VerificationActivities.plan_verification, run, options.PACK)
    while found.left:
        if workflow.info().is_continue_as_new_suggested():
            workflow.continue_as_new(again)
        found = await steps.without_end(
            VerificationActivities.verify_documents, run, options.VERIFY
        )
    await steps.without_end(VerificationActivities.finish_verification, run, options.VERIFY)
