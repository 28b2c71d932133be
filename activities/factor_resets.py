"""Members are told that an administrator has taken away their second factor."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.boundary import beating, bounded
from activities.notices import MAIL_DELAYED
from domain.messages import FactorResetRef, NoticeOutcome
from domain.ports.desks import FactorResetDesk
from domain.ports.notices import MailComposer, MailDelayed, MailRefused, Postman


class FactorResetActivities:
    """Mails about resets."""

    def __init__(self, desk: FactorResetDesk, composer: MailComposer, postman: Postman) -> None:
        self._desk = desk
        self._composer = composer
        self._postman = postman

    @activity.defn
    @bounded
    def send_factor_reset(self, reset: FactorResetRef) -> NoticeOutcome:
        """Mail it, once."""
        with beating():
            notice = self._desk.due(reset.reset_id)
            if notice is None:
                return NoticeOutcome()
            try:
                self._postman.deliver(self._composer.compose(notice, None), notice.notice_id)
            except MailRefused:
                self._desk.sent(reset.reset_id, accepted=False)
                return NoticeOutcome(failed=1)
            except MailDelayed as delayed:
                raise ApplicationError(
                    "a mail about a reset is delayed", type=MAIL_DELAYED
                ) from delayed
            self._desk.sent(reset.reset_id, accepted=True)
            return NoticeOutcome(sent=1)
