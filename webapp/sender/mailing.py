"""What is known of the mail that asked each person, and whether it was opened.

Three facts with three words, since each is less than it seems: the next server accepted it, it
was reported lost, its person opened the link with a click. Whether it was read is not known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.kinds import NoticeKind, NoticeState
from domain.refusals import Words
from storage.tables import Envelope, Notice, Participant, Visit

_TO_ACT_OR_FETCH = (NoticeKind.REQUEST, NoticeKind.REMINDER, NoticeKind.COMPLETED)


class MailWord(StrEnum):
    """What is said of one person's newest mail; several may hold."""

    QUEUED = "mail_queued"
    SENT = "mail_sent"
    SLOW = "mail_slow"
    LOST = "mail_lost"
    OPENED = "mail_opened"


MAIL_WORDS = {
    MailWord.QUEUED: Words("メール送信待ち", "Mail waiting to be sent"),
    MailWord.SENT: Words("送信済（受信サーバ受理）", "Sent (accepted by the mail server)"),
    MailWord.SLOW: Words("配送遅延", "Delivery delayed"),
    MailWord.LOST: Words("不達", "Undelivered"),
    MailWord.OPENED: Words("開封", "Opened"),
}


@dataclass(frozen=True)
class MailFact:
    """A word and since when it holds."""

    word: MailWord
    at: datetime | None


def mail_facts(session: Session, envelope: Envelope) -> dict[UUID, tuple[MailFact, ...]]:
    """Per participant, in the order in which things happened; people without a mail are left out.

    「開封」 is a POST on the link's page: scanners that look at every link of a mail do not count.
    """
    people = list(
        session.scalars(select(Participant.id).where(Participant.envelope_id == envelope.id))
    )
    opened: dict[UUID, datetime] = {
        participant_id: at
        for participant_id, at in session.execute(
            select(Visit.participant_id, func.max(Visit.opened_at))
            .where(Visit.participant_id.in_(people))
            .group_by(Visit.participant_id)
        )
    }
    newest: dict[UUID, Notice] = {}
    for notice in session.scalars(
        select(Notice)
        .where(
            Notice.participant_id.in_(people),
            Notice.kind.in_([kind.value for kind in _TO_ACT_OR_FETCH]),
        )
        .order_by(Notice.queued_at)
    ):
        if notice.participant_id is not None:
            newest[notice.participant_id] = notice
    return {person: _facts(notice, opened.get(person)) for person, notice in newest.items()}


def _facts(notice: Notice, opened: datetime | None) -> tuple[MailFact, ...]:
    facts = [*_of_mail(notice)]
    if opened is not None:
        facts.append(MailFact(MailWord.OPENED, opened))
    return tuple(sorted(facts, key=lambda fact: (fact.at is None, fact.at)))


def _of_mail(notice: Notice) -> Sequence[MailFact]:
    if notice.state == NoticeState.QUEUED:
        return [MailFact(MailWord.QUEUED, notice.queued_at)]
    if notice.state == NoticeState.FAILED:
        return [MailFact(MailWord.LOST, notice.failed_at)]
    sent = [MailFact(MailWord.SENT, notice.sent_at)]
    if notice.state == NoticeState.BOUNCED:
        return [*sent, MailFact(MailWord.LOST, notice.bounced_at)]
    if notice.report_status:
        return [*sent, MailFact(MailWord.SLOW, None)]
    return sent
