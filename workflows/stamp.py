"""The cleaning of one uploaded stamp image."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.stamps import StampActivities
    from domain.messages import StampOutcome, StampRef, Untrusted
    from workflows import steps


@workflow.defn
class StampWorkflow:
    """Clean a picture until there is an answer; one without an answer is refused."""

    @workflow.run
    async def run(self, stamp: StampRef | Untrusted | None = None) -> StampOutcome:
        """Accepted, or refused with a reason."""
        stamp = steps.ours(stamp, StampRef)
        return await steps.checked(
            StampActivities.clean_stamp, StampActivities.give_up_stamp, stamp
        )
