"""Completion: DSS and archive timestamp for every document (PAdES B-LTA)."""

from temporalio import activity

from activities.boundary import beating, bounded
from activities.consents import ConsentStamps
from domain.messages import EnvelopeRef, SignOutcome
from domain.ports.desks import ArchiveDesk
from domain.ports.signatures import DocumentArchiver, SignatureInvalid


class ArchivingActivities:
    """Effects on finished documents."""

    def __init__(
        self, desk: ArchiveDesk, archiver: DocumentArchiver, consents: ConsentStamps
    ) -> None:
        self._desk = desk
        self._archiver = archiver
        self._consents = consents

    @activity.defn
    @bounded
    def archive_documents(self, envelope: EnvelopeRef) -> SignOutcome:
        """Archive what is not archived yet; the desk refuses while an act is missing. Nothing that
        parties said of electronic means is without a token then."""
        with beating():
            tasks = self._desk.unarchived(envelope.envelope_id)
            self._consents.stamp_all(envelope.envelope_id)
            # What a run of before stored and could not read stays in the way until it can be read.
            for revision_id in self._desk.archived(envelope.envelope_id):
                self._desk.read_revision(revision_id)
            for task in tasks:
                base = self._desk.read_revision(task.revision_id)
                tail = self._archiver.archive(base, task.signature_fields)
                fresher_at = self._archiver.fresher_at(base + tail)
                stored = self._desk.store_archive(
                    task.document_id, task.revision_id, tail, fresher_at
                )
                if self._desk.read_revision(stored) != base + tail:
                    message = "the stored revision differs from the verified one"
                    raise SignatureInvalid(message)
            return SignOutcome(documents=len(tasks))
