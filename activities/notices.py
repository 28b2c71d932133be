"""Mails: each row once, each failure remembered, the token derived here and stored nowhere."""

import hashlib

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.boundary import beating, bounded
from domain.messages import NoticeOrder, NoticeOutcome
from domain.ports.desks import NoticeDesk
from domain.ports.notices import (
    LinkMint,
    MailComposer,
    MailDelayed,
    MailRefused,
    PendingNotice,
    Postman,
)

MAIL_DELAYED = "mail_delayed"


class NoticeActivities:
    """Effects on mailboxes."""

    def __init__(
        self, desk: NoticeDesk, mint: LinkMint, composer: MailComposer, postman: Postman
    ) -> None:
        self._desk = desk
        self._mint = mint
        self._composer = composer
        self._postman = postman

    @activity.defn
    @bounded
    def send_notices(self, order: NoticeOrder) -> NoticeOutcome:
        """Send every mail of the order that is not sent yet; one slow server delays no other."""
        with beating():
            results = [self.send(notice) for notice in self._desk.enqueue(order)]
            delayed = sum(result is None for result in results)
            if delayed:
                message = f"{delayed} of {len(results)} mails are delayed"
                raise ApplicationError(message, type=MAIL_DELAYED)
            sent = sum(result is True for result in results)
            return NoticeOutcome(sent=sent, failed=len(results) - sent)

    def send(self, notice: PendingNotice) -> bool | None:
        """True: accepted by the next server. False: refused for good. None: try again."""
        token = self._token(notice)
        try:
            self._postman.deliver(self._composer.compose(notice, token), notice.notice_id)
        except MailRefused as refused:
            self._desk.failed(notice.notice_id, str(refused))
            return False
        except MailDelayed as delayed:
            self._desk.delayed(notice.notice_id, str(delayed))
            return None
        self._desk.sent(notice.notice_id)
        return True

    def _token(self, notice: PendingNotice) -> str | None:
        if notice.link_id is None:
            return None
        token = self._mint.token(notice.link_id, notice.link_generation)
        digest = hashlib.sha256(token.encode()).hexdigest()
        self._desk.token_issued(notice.link_id, notice.link_generation, digest)
        return token
