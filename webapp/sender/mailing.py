"""What is known of the mail that asked each person, and whether it was opened.

Facts with words of their own, since each is less than it seems: the next server accepted it, it
was reported lost, its person was reminded so often, he opened the link with a click. Whether it was
read is not known.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.kinds import ASKING_KINDS, NoticeKind, NoticeState
from domain.refusals import Words
from storage.outbox import HELD
from storage.tables import Envelope, Notice, Participant, Visit

_TO_ACT_OR_FETCH = (*ASKING_KINDS, NoticeKind.COMPLETED, NoticeKind.DOWNLOAD)


class MailWord(StrEnum):
    """What is said of one person's newest mail; several may hold."""

    QUEUED = "mail_queued"
    SENT = "mail_sent"
    SLOW = "mail_slow"
    LOST = "mail_lost"
    REMINDED = "mail_reminded"
    OPENED = "mail_opened"


MAIL_WORDS = {
    MailWord.QUEUED: Words("メール送信待ち", "Mail waiting to be sent"),
    MailWord.SENT: Words("送信済（受信サーバ受理）", "Sent (accepted by the mail server)"),
    MailWord.SLOW: Words("配送遅延", "Delivery delayed"),
    MailWord.LOST: Words("不達", "Undelivered"),
    MailWord.REMINDED: Words("リマインド", "Reminded"),
    MailWord.OPENED: Words("開封", "Opened"),
}


@dataclass(frozen=True)
class MailFact:
    """A word and since when it holds; `times` counts what happened more than once."""

    word: MailWord
    at: datetime
    times: int = 0


def mail_facts(session: Session, envelope: Envelope) -> dict[UUID, tuple[MailFact, ...]]:
    """Per participant, in the order in which things happened; people without a mail are left out.

    「開封」 is a POST on the link's page: scanners that look at every link of a mail do not count.
    """
    people = select(Participant.id).where(Participant.envelope_id == envelope.id)
    mails: dict[UUID, list[Notice]] = defaultdict(list)
    for notice in session.scalars(
        select(Notice)
        .where(
            Notice.participant_id.in_(people),
            Notice.kind.in_([kind.value for kind in _TO_ACT_OR_FETCH]),
            func.coalesce(Notice.last_error, "") != HELD,
        )
        .order_by(Notice.queued_at)
    ):
        if notice.participant_id is not None:
            mails[notice.participant_id].append(notice)
    visits: dict[UUID, list[datetime]] = defaultdict(list)
    for visit in session.scalars(
        select(Visit).where(Visit.participant_id.in_(people)).order_by(Visit.opened_at)
    ):
        visits[visit.participant_id].append(visit.opened_at)
    return {person: _facts(notices, visits[person]) for person, notices in mails.items()}


def _facts(notices: Sequence[Notice], visits: Sequence[datetime]) -> tuple[MailFact, ...]:
    """The newest mail's, the last loss before it, the reminders, and the first opening.

    A further mail to a dead address, which its server accepts again, must not hide what happened
    to the first. Opening counts from the first mail of the newest one's kind: a completed
    envelope is opened when its download is.
    """
    newest = notices[-1]
    alike = [n for n in notices if _fetches(n) == _fetches(newest)]
    facts = [
        fact for notice in alike[:-1] for fact in _of_mail(notice) if fact.word is MailWord.LOST
    ][-1:]
    facts += _of_mail(newest)
    facts += _reminders(alike)
    opened = next((at for at in visits if at >= alike[0].queued_at), None)
    if opened is not None:
        facts.append(MailFact(MailWord.OPENED, opened))
    return tuple(sorted(facts, key=lambda fact: fact.at))


def _reminders(mails: Sequence[Notice]) -> list[MailFact]:
    sent = [mail.sent_at for mail in mails if mail.kind == NoticeKind.REMINDER and mail.sent_at]
    return [MailFact(MailWord.REMINDED, max(sent), len(sent))] if sent else []


def _fetches(notice: Notice) -> bool:
    return notice.kind in {NoticeKind.COMPLETED, NoticeKind.DOWNLOAD}


def _of_mail(notice: Notice) -> Sequence[MailFact]:
    if notice.state == NoticeState.QUEUED:
        return [MailFact(MailWord.QUEUED, notice.queued_at)]
    facts = []
    if notice.sent_at is not None:
        facts.append(MailFact(MailWord.SENT, notice.sent_at))
    if notice.bounced_at is not None:
        facts.append(MailFact(MailWord.LOST, notice.bounced_at))
    elif notice.delayed_at is not None:
        facts.append(MailFact(MailWord.SLOW, notice.delayed_at))
    return facts
