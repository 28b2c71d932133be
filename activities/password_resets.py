"""New passwords by mail: the link is derived here, kept as a hash, and mailed."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.boundary import beating, bounded
from activities.notices import MAIL_DELAYED
from domain.messages import NoticeOutcome, PasswordResetRef
from domain.ports.desks import PasswordResetDesk
from domain.ports.notices import (
    MailComposer,
    MailDelayed,
    MailRefused,
    PendingNotice,
    Postman,
    ResetMint,
)


class PasswordResetActivities:
    """Effects on requests for a new password."""

    def __init__(
        self, desk: PasswordResetDesk, mint: ResetMint, composer: MailComposer, postman: Postman
    ) -> None:
        self._desk = desk
        self._mint = mint
        self._composer = composer
        self._postman = postman

    @activity.defn
    @bounded
    def send_password_reset(self, reset: PasswordResetRef) -> NoticeOutcome:
        """Mail what is due, if anything is: a repeat sends the same link."""
        with beating():
            notice = self._desk.due(reset.reset_id)
            return NoticeOutcome() if notice is None else self._send(notice)

    def _send(self, notice: PendingNotice) -> NoticeOutcome:
        key = notice.notice_id
        issued = self._mint.issue(key) if notice.link_purpose is not None else None
        if not self._desk.issued(key, issued.stored if issued is not None else None):
            return NoticeOutcome()
        token = issued.code if issued is not None else None
        try:
            self._postman.deliver(self._composer.compose(notice, token), key)
        except MailRefused:
            self._desk.sent(key, accepted=False)
            return NoticeOutcome(failed=1)
        except MailDelayed as delayed:
            words = "a mail about a new password is delayed"
            raise ApplicationError(words, type=MAIL_DELAYED) from delayed
        self._desk.sent(key, accepted=True)
        return NoticeOutcome(sent=1)
