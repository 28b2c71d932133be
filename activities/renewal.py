"""Fresher archive data: one more archive revision, once newer revocation data exist."""

from datetime import UTC, datetime, timedelta

from temporalio import activity

from activities.boundary import beating, bounded
from domain.messages import DocumentRef, RenewalOutcome
from domain.ports.desks import ArchiveDesk, RenewalTask
from domain.ports.signatures import DocumentArchiver, NotFresherYet, SignatureInvalid

DOUBTFUL_PAUSE = timedelta(days=1)
"""Before a document whose renewal does not verify is tried again: an operator has to look."""


class RenewalActivities:
    """Effects on archived documents."""

    def __init__(self, desk: ArchiveDesk, archiver: DocumentArchiver) -> None:
        self._desk = desk
        self._archiver = archiver

    @activity.defn
    @bounded
    def renew_archive(self, document: DocumentRef) -> RenewalOutcome:
        """Renew what is due; otherwise answer when it will be, or that nothing is to come."""
        with beating():
            task = self._desk.renewal(document.document_id)
            if task is None:
                return RenewalOutcome()
            if task.fresher_at > datetime.now(UTC):
                return RenewalOutcome(next_at=task.fresher_at)
            return RenewalOutcome(next_at=self._renew(task))

    def _renew(self, task: RenewalTask) -> datetime | None:
        base = self._desk.read_revision(task.revision_id)
        try:
            tail = self._archiver.renew(base, task.signature_fields)
        except NotFresherYet as waiting:
            return self._desk.postpone_renewal(task.document_id, waiting.at)
        except SignatureInvalid as invalid:
            later = datetime.now(UTC) + DOUBTFUL_PAUSE
            activity.logger.warning("renewal does not verify: document %s", task.document_id)
            return self._desk.postpone_renewal(task.document_id, later, str(invalid))
        following = self._archiver.fresher_at(base + tail)
        stored = self._desk.store_renewal(task.document_id, task.revision_id, tail, following)
        if self._desk.read_revision(stored) != base + tail:
            message = "the stored revision differs from the verified one"
            raise SignatureInvalid(message)
        return following
