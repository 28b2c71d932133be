"""Fresher archive data for one document, days or weeks after its envelope was completed.

The archive revision of a completed document holds the revocation data that could be had on that
day. Where those are older than a timestamp (a CRL of yesterday, or another authority's data), one
more archive revision follows when newer ones exist. Nobody waits for it: the document has been
handed over, and is valid; this makes it provable for longer.
"""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.renewal import RenewalActivities
    from domain.messages import DocumentRef, Untrusted
    from domain.names import archive_workflow_id
    from workflows import options, steps

SHORTEST_PAUSE = timedelta(hours=1)
"""Between two looks, whatever the authorities announce: a late CRL is no reason to hurry."""


@workflow.defn
class ArchiveWorkflow:
    """Waits for newer revocation data, and adds them."""

    @workflow.run
    async def run(self, document: DocumentRef | Untrusted | None = None) -> None:
        """Until the rows say that nothing is to come."""
        document = steps.ours(
            document, DocumentRef, lambda ref: archive_workflow_id(ref.document_id)
        )
        while True:
            outcome = await steps.without_end(
                RenewalActivities.renew_archive, document, options.PATIENT_SIGN
            )
            if outcome.next_at is None:
                return
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(document)
            pause = max(outcome.next_at - workflow.now(), SHORTEST_PAUSE)
            await workflow.sleep(pause, summary="newer revocation data")
