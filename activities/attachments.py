"""Attached files: what a signer sent is found good, or refused."""

from temporalio import activity

from activities.boundary import beating, bounded
from domain.messages import AttachmentOutcome, AttachmentRef
from domain.ports.desks import AttachmentDesk
from domain.ports.signatures import AttachmentChecker
from domain.refusals import Refusal, RefusalCode


class AttachmentActivities:
    """Effects on files that signers attach."""

    def __init__(self, desk: AttachmentDesk, checker: AttachmentChecker) -> None:
        self._desk = desk
        self._checker = checker

    @activity.defn
    @bounded
    def check_attachment(self, attachment: AttachmentRef) -> AttachmentOutcome:
        """Keep what was found good, or the reason why it was not. A file that waits for no check
        any more, because it was removed or answered before, needs none."""
        key = attachment.attachment_id
        with beating():
            try:
                data, accepts = self._desk.read(key)
            except LookupError:
                return AttachmentOutcome(accepted=False)
            try:
                checked = self._checker.check(data, accepts)
            except Refusal as refusal:
                self._desk.refuse(key, refusal.code)
                return AttachmentOutcome(accepted=False, refusal=refusal.code)
            self._desk.accept(key, checked)
            return AttachmentOutcome(accepted=True)

    @activity.defn
    @bounded
    def give_up_attachment(self, attachment: AttachmentRef) -> AttachmentOutcome:
        """The check never came to an end: refuse the file rather than let it wait."""
        self._desk.refuse(attachment.attachment_id, RefusalCode.ATTACHMENT_UNFINISHED)
        return AttachmentOutcome(accepted=False, refusal=RefusalCode.ATTACHMENT_UNFINISHED)
