"""One-time codes: derived here, sent by mail or SMS, and kept as a hash. Nothing of them reaches
Temporal.
"""

from collections.abc import Callable
from typing import NamedTuple

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.boundary import beating, bounded
from activities.notices import MAIL_DELAYED
from domain.kinds import NoticeKind
from domain.messages import CodeRef, NoticeOutcome
from domain.ports.desks import CodeDesk, NoticeDesk
from domain.ports.notices import (
    CodeMint,
    MailComposer,
    MailDelayed,
    MailRefused,
    PendingNotice,
    Postman,
)
from domain.ports.sms import SmsComposer, SmsDelayed, SmsMessage, SmsRefused, SmsSender

SMS_DELAYED = "sms_delayed"


class SmsWay(NamedTuple):
    """What an SMS says, and who carries it."""

    composer: SmsComposer
    sender: SmsSender


class CodeActivities:
    """Effects on one-time codes."""

    def __init__(  # noqa: PLR0913 - the parts of two ways
        self,
        desk: CodeDesk,
        notices: NoticeDesk,
        mint: CodeMint,
        composer: MailComposer,
        postman: Postman,
        sms: SmsWay,
    ) -> None:
        self._desk = desk
        self._notices = notices
        self._mint = mint
        self._composer = composer
        self._postman = postman
        self._sms = sms

    @activity.defn
    @bounded
    def send_code(self, code: CodeRef) -> NoticeOutcome:
        """Send one code. A repeat sends the same digits, as long as somebody waits for them."""
        with beating():
            notice = self._desk.due(code.code_id)
            if notice is None:
                return NoticeOutcome()
            issued = self._mint.issue(code.code_id)
            if not self._desk.issued(code.code_id, issued.stored):
                return NoticeOutcome()
            way = self._by_sms if notice.kind is NoticeKind.SMS_CODE else self._by_mail
            return self._settled(notice, way, issued.code)

    @activity.defn
    @bounded
    def give_up_code(self, code: CodeRef) -> None:
        """Nobody sends this code any more."""
        self._desk.give_up(code.code_id)

    def _settled(
        self, notice: PendingNotice, way: Callable[[PendingNotice, str], None], code: str
    ) -> NoticeOutcome:
        try:
            way(notice, code)
        except (MailRefused, SmsRefused) as refused:
            self._notices.failed(notice.notice_id, str(refused))
            return NoticeOutcome(failed=1)
        except MailDelayed as delayed:
            self._notices.delayed(notice.notice_id, str(delayed))
            raise ApplicationError("a code is delayed", type=MAIL_DELAYED) from delayed
        except SmsDelayed as delayed:
            self._notices.delayed(notice.notice_id, str(delayed))
            raise ApplicationError(
                "a code is delayed", type=SMS_DELAYED, next_retry_delay=delayed.pause
            ) from delayed
        self._notices.sent(notice.notice_id)
        return NoticeOutcome(sent=1)

    def _by_mail(self, notice: PendingNotice, code: str) -> None:
        self._postman.deliver(self._composer.compose(notice, None, code), notice.notice_id)

    def _by_sms(self, notice: PendingNotice, code: str) -> None:
        text = self._sms.composer.compose(notice, code)
        message = SmsMessage(str(notice.notice_id), notice.to_number, text)
        self._sms.sender.send(message)
