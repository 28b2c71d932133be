"""Codes for あなたの文書: derived here, mailed to addresses that are known, and kept as a hash."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.boundary import beating, bounded
from activities.notices import MAIL_DELAYED
from domain.messages import CodeRef, NoticeOutcome
from domain.ports.desks import MailboxDesk
from domain.ports.notices import MailboxMint, MailComposer, MailDelayed, MailRefused, Postman


class MailboxActivities:
    """Effects on codes for あなたの文書."""

    def __init__(
        self, desk: MailboxDesk, mint: MailboxMint, composer: MailComposer, postman: Postman
    ) -> None:
        self._desk = desk
        self._mint = mint
        self._composer = composer
        self._postman = postman

    @activity.defn
    @bounded
    def send_mailbox_code(self, code: CodeRef) -> NoticeOutcome:
        """Mail one code. A repeat sends the same digits, as long as somebody waits for them."""
        with beating():
            notice = self._desk.due(code.code_id)
            if notice is None:
                return NoticeOutcome()
            issued = self._mint.issue(code.code_id)
            if not self._desk.issued(code.code_id, issued.stored):
                return NoticeOutcome()
            try:
                mail = self._composer.compose(notice, None, issued.code)
                self._postman.deliver(mail, notice.notice_id)
            except MailRefused:
                return NoticeOutcome(failed=1)
            except MailDelayed as delayed:
                raise ApplicationError("a code is delayed", type=MAIL_DELAYED) from delayed
            self._desk.sent(code.code_id)
            return NoticeOutcome(sent=1)
