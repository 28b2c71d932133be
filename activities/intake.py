"""Intake: whether an uploaded file is a PDF that can be sent."""

from dataclasses import replace
from uuid import UUID

from temporalio import activity

from activities.boundary import beating, bounded
from domain.mends import Mend
from domain.messages import DocumentRef, IntakeOutcome
from domain.ports.desks import IntakeDesk
from domain.ports.signatures import DocumentInspector, InspectedPdf
from domain.refusals import Refusal, RefusalCode


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
            return IntakeOutcome(accepted=True, pages=inspected.pages)

    def _inspected(self, document_id: UUID) -> InspectedPdf:
        """As uploaded; or, where the sender has agreed to a repair, the copy and what it shows.

        The copy is a file like any other: it is accepted only if it passes by itself.
        """
        data, agreed = self._desk.read(document_id), self._desk.agreed(document_id)
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
    def give_up_document(self, document: DocumentRef) -> IntakeOutcome:
        """The check never came to an end: refuse the file rather than let it wait for ever."""
        self._desk.refuse(document.document_id, RefusalCode.TOO_COSTLY)
        return IntakeOutcome(accepted=False, refusal=RefusalCode.TOO_COSTLY)
