"""Intake: whether an uploaded file is a PDF that can be sent."""

from temporalio import activity

from activities.boundary import beating, bounded
from domain.messages import DocumentRef, IntakeOutcome
from domain.ports.desks import IntakeDesk
from domain.ports.signatures import DocumentInspector
from domain.refusals import Refusal, RefusalCode


class IntakeActivities:
    """Effects on uploaded documents."""

    def __init__(self, desk: IntakeDesk, inspector: DocumentInspector) -> None:
        self._desk = desk
        self._inspector = inspector

    @activity.defn
    @bounded
    def inspect_document(self, document: DocumentRef) -> IntakeOutcome:
        """Check one file and keep its page images, or the reason why it was refused."""
        with beating():
            try:
                inspected = self._inspector.inspect(self._desk.read(document.document_id))
            except Refusal as refusal:
                self._desk.refuse(document.document_id, refusal.code)
                return IntakeOutcome(accepted=False, refusal=refusal.code)
            self._desk.accept(document.document_id, inspected)
            return IntakeOutcome(accepted=True, pages=inspected.pages)

    @activity.defn
    @bounded
    def give_up_document(self, document: DocumentRef) -> IntakeOutcome:
        """The check never came to an end: refuse the file rather than let it wait for ever."""
        self._desk.refuse(document.document_id, RefusalCode.TOO_COSTLY)
        return IntakeOutcome(accepted=False, refusal=RefusalCode.TOO_COSTLY)
