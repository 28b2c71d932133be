"""The check of one uploaded document."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.comparing import ComparisonActivities
    from activities.intake import IntakeActivities
    from domain.limits import LATER_IMAGE_BATCHES, PAGE_IMAGES
    from domain.messages import DocumentRef, IntakeOutcome, Untrusted
    from workflows import options, steps


_LATER_PAGES = "later-pages"
"""Patch: checks that were under way before it drew no pages afterwards."""


@workflow.defn
class IntakeWorkflow:
    """Check a file until there is an answer; a file without an answer is refused. What the check
    had no time to draw is drawn afterwards: by then the document may long have been sent."""

    @workflow.run
    async def run(self, document: DocumentRef | Untrusted | None = None) -> IntakeOutcome:
        """Accepted, or refused with a reason."""
        document = steps.ours(document, DocumentRef)
        outcome = await steps.checked(
            IntakeActivities.inspect_document, IntakeActivities.give_up_document, document
        )
        if outcome.pages > PAGE_IMAGES and workflow.patched(_LATER_PAGES):
            await _draw_the_rest(document)
        if outcome.corrects:  # no check that was under way before this says so
            await _compare(document)
        return outcome


async def _draw_the_rest(document: DocumentRef) -> None:
    """In batches, so that a killed worker loses one of them; rows say where to go on."""
    try:
        for _ in range(LATER_IMAGE_BATCHES):
            drawn = await steps.trusted(IntakeActivities.draw_pages, document, options.PICTURES)
            if not drawn.left:
                return
    except ActivityError:
        return  # a page that cannot be drawn within bounds still opens as a PDF


async def _compare(document: DocumentRef) -> None:
    """With the document that it is to replace; without an answer, pages say that nobody looked."""
    try:
        await steps.trusted(ComparisonActivities.compare_pages, document, options.PICTURES)
    except ActivityError:
        return
