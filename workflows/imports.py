"""The time-stamping of one imported contract. It goes on until an authority has answered."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.imports import ImportActivities
    from domain.messages import ImportOutcome, ImportRef, Untrusted
    from domain.names import import_workflow_id
    from workflows import options, steps


@workflow.defn
class ImportWorkflow:
    """Ask for a token, however long an outage lasts. What was taken stands in rows."""

    @workflow.run
    async def run(self, contract: ImportRef | Untrusted | None = None) -> ImportOutcome:
        """Whether there was anything to do."""
        contract = steps.ours(contract, ImportRef, lambda ref: import_workflow_id(ref.envelope_id))
        return await steps.without_end(
            ImportActivities.stamp_import, contract, options.STAMP_IMPORT
        )
