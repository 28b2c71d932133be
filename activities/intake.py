"""Intake: whether an uploaded file is a PDF that can be sent."""

from dataclasses import replace
from uuid import UUID

from temporalio import activity

from activities.boundary import beating, bounded
from domain.mends import Mend
from domain.messages import DocumentRef, IntakeOutcome, PicturesOutcome
from domain.ports.desks import IntakeDesk
from domain.ports.signatures import UNDRAWABLE, DocumentInspector, InspectedPdf
from domain.refusals import Refusal, RefusalCode

FEW_PAGES = 8
"""So that neither a page that cannot be drawn costs many tries, nor one far behind many batches."""


class IntakeActivities:
    """Effects on uploaded documents."""

    def __init__(self, desk: IntakeDesk, inspector: DocumentInspector) -> None:
        self._desk = desk
        self._inspector = inspector

    @activity.defn
    @bounded
    def inspect_document(self, document: DocumentRef) -> IntakeOutcome:
        """Check one file and keep its page images; or what a repair would take out, for which
        the sender is asked; or the reason why it was refused."""
        with beating():
            try:
                inspected = self._inspected(document.document_id)
            except Refusal as refusal:
                self._answer_no(document.document_id, refusal)
                return IntakeOutcome(accepted=False, refusal=refusal.code)
            self._desk.accept(document.document_id, inspected)
            corrects = self._desk.corrects(document.document_id)
            return IntakeOutcome(accepted=True, pages=inspected.pages, corrects=corrects)

    def _inspected(self, document_id: UUID) -> InspectedPdf:
        """As uploaded; or, where the sender has agreed to a repair, the copy and what it shows.

        The copy is a file like any other: it is accepted only if it passes by itself.
        """
        data, agreed = self._desk.read(document_id), self._desk.agreed(document_id)
        if self._desk.kept_as_it_is(document_id):
            return self._inspector.inspect_kept(data)
        if not agreed:
            return self._inspector.inspect(data)
        found = self._inspector.inspect(data, repair=True)
        if found.repaired is None:
            return found
        if not agreed.issuperset(found.mends):
            raise Refusal(RefusalCode.MENDABLE, found.mends)
        copy = self._inspector.inspect(found.repaired)
        return replace(copy, mends=found.mends, repaired=found.repaired)

    def _answer_no(self, document_id: UUID, refusal: Refusal) -> None:
        if refusal.code is RefusalCode.MENDABLE:
            self._desk.offer_repair(document_id, frozenset(map(Mend, refusal.mends)))
        else:
            self._desk.refuse(document_id, refusal.code)

    @activity.defn
    @bounded
    def draw_pages(self, document: DocumentRef) -> PicturesOutcome:
        """Images of the next pages of a document that is in use already."""
        with beating():
            pages = self._desk.undrawn(document.document_id)
            if not pages:
                return PicturesOutcome()
            kept = self._desk.kept_as_it_is(document.document_id)
            images = self._drawn(self._desk.base(document.document_id), pages, kept=kept)
            self._desk.add_images(document.document_id, pages.start, images)
            return PicturesOutcome(left=len(pages) - len(images))

    def _drawn(self, data: bytes, pages: range, *, kept: bool) -> tuple[bytes, ...]:
        """Where one of the next pages ends the child, fewer are tried; the first stays without a
        picture if it is the one, and the pages behind it get theirs."""
        for some in (pages, pages[:FEW_PAGES], pages[:1]):
            try:
                return self._inspector.draw(data, some, kept=kept)
            except Refusal as refusal:
                activity.logger.warning("pages not drawn: %s of %s", refusal.code.value, len(some))
        return (UNDRAWABLE,)

    @activity.defn
    @bounded
    def give_up_document(self, document: DocumentRef) -> IntakeOutcome:
        """The check never came to an end: refuse the file rather than let it wait for ever."""
        self._desk.refuse(document.document_id, RefusalCode.TOO_COSTLY)
        return IntakeOutcome(accepted=False, refusal=RefusalCode.TOO_COSTLY)
