"""One-time codes: derived here, mailed, and kept as a hash. Nothing of them reaches Temporal."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.boundary import beating, bounded
from activities.notices import MAIL_DELAYED
from domain.messages import CodeRef, NoticeOutcome
from domain.ports.desks import CodeDesk, NoticeDesk
from domain.ports.notices import CodeMint, MailComposer, MailDelayed, MailRefused, Postman


class CodeActivities:
    """Effects on one-time codes."""

    def __init__(
        self,
        desk: CodeDesk,
        notices: NoticeDesk,
        mint: CodeMint,
        composer: MailComposer,
        postman: Postman,
    ) -> None:
        self._desk = desk
        self._notices = notices
        self._mint = mint
        self._composer = composer
        self._postman = postman

    @activity.defn
    @bounded
    def send_code(self, code: CodeRef) -> NoticeOutcome:
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
            except MailRefused as refused:
                self._notices.failed(notice.notice_id, str(refused))
                return NoticeOutcome(failed=1)
            except MailDelayed as delayed:
                self._notices.delayed(notice.notice_id, str(delayed))
                raise ApplicationError("a code is delayed", type=MAIL_DELAYED) from delayed
            self._notices.sent(notice.notice_id)
            return NoticeOutcome(sent=1)
