"""Preparation: the base revision of every document of a version, with its signature fields."""

from temporalio import activity

from activities.boundary import beating, bounded
from domain.messages import EnvelopeRef, PreparationOutcome
from domain.ports.desks import PreparationDesk
from domain.ports.signatures import VersionPreparer
from domain.refusals import Refusal


class PreparationActivities:
    """Effects on versions."""

    def __init__(self, desk: PreparationDesk, preparer: VersionPreparer) -> None:
        self._desk = desk
        self._preparer = preparer

    @activity.defn
    @bounded
    def prepare_version(self, envelope: EnvelopeRef) -> PreparationOutcome:
        """Prepare what is not prepared yet; stop at the first document that cannot be."""
        with beating():
            for document in self._desk.unprepared(envelope.envelope_id):
                upload = self._desk.read_upload(document.document_id)
                try:
                    version = self._preparer.prepare(upload, document.fields)
                except Refusal as refusal:
                    return PreparationOutcome(
                        refusal=refusal.code, document_id=document.document_id
                    )
                self._desk.store_version(document.document_id, version)
            self._desk.prepared(envelope.envelope_id)
            return PreparationOutcome()
