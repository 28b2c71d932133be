"""One ZIP for the tax office: its documents are verified, then packed."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.disclosure import DisclosureActivities
    from domain.messages import DisclosureRef, Untrusted, VerificationRef
    from domain.names import disclosure_workflow_id
    from workflows import options, steps
    from workflows.verification import verified


@workflow.defn
class DisclosureWorkflow:
    """The steps of a verification, and one more."""

    @workflow.run
    async def run(self, disclosure: DisclosureRef | Untrusted | None = None) -> None:
        """Until the ZIP is in the vault. Which verification it is, the rows say."""
        disclosure = steps.ours(
            disclosure, DisclosureRef, lambda ref: disclosure_workflow_id(ref.disclosure_id)
        )
        plan = await steps.without_end(
            DisclosureActivities.plan_disclosure, disclosure, options.VERIFY
        )
        if plan.run_id is None:
            return
        await verified(VerificationRef(run_id=plan.run_id), disclosure)
        await steps.without_end(DisclosureActivities.pack_disclosure, disclosure, options.PACK)
