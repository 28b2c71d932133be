"""The end of what two people have deleted: keys, then bytes, until nothing is left."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.deletions import DeletionActivities
    from domain.messages import DeletionOutcome, DeletionRef, Untrusted
    from domain.names import deletion_workflow_id
    from workflows import options, steps


@workflow.defn
class DeletionWorkflow:
    """One step, however often it is killed. Who confirmed what stands in rows."""

    @workflow.run
    async def run(self, deletion: DeletionRef | Untrusted | None = None) -> DeletionOutcome:
        """Whether there was anything to remove."""
        deletion = steps.ours(
            deletion, DeletionRef, lambda ref: deletion_workflow_id(ref.deletion_id)
        )
        return await steps.without_end(DeletionActivities.erase_bytes, deletion, options.ERASE)
