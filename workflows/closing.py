"""What follows an envelope's end, when the workflow that ended it is gone.

The rows say how it ended, and whether its people were told; this tells them, keeps the documents
ready for as long as was promised, and keeps its own history. Each step is one of those that the
envelope's own workflow would have made, and is made once whoever makes it.
"""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.closing import ClosingActivities
    from activities.envelopes import EnvelopeActivities
    from activities.history import HistoryActivities
    from domain.messages import EnvelopeRef, Untrusted
    from domain.names import closing_workflow_id
    from workflows import steps
    from workflows.telling import Telling


@workflow.defn
class ClosingWorkflow:
    """Carries an ended envelope to the end of its downloads."""

    @workflow.run
    async def run(self, envelope: EnvelopeRef | Untrusted | None = None) -> None:
        """Mails, the download window, the history."""
        envelope = steps.ours(
            envelope, EnvelopeRef, lambda ref: closing_workflow_id(ref.envelope_id)
        )
        left = await steps.rows(ClosingActivities.aftermath, envelope)
        if left.state is None:
            return
        telling = Telling(envelope)
        if left.tell:
            telling.closed(left.state, left.act_id)
        if left.download_until is not None:
            pause = max(left.download_until - workflow.now(), timedelta())
            await workflow.sleep(pause, summary="download window")
            await steps.rows(EnvelopeActivities.close_download, envelope)
        await telling.finish()
        await steps.rows(HistoryActivities.keep_history, envelope)
