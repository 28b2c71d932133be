"""Mails as rows. The row is inserted before the mail is sent, and makes it once."""

import re
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import NoticeKind, NoticeState
from domain.messages import NoticeOrder
from domain.ports.notices import PendingNotice
from storage import questions
from storage.database import Database
from storage.desks import letters, losses, receivers
from storage.desks.notice_events import note
from storage.desks.rows import locked_envelope, now
from storage.locks import locked
from storage.outbox import HELD, UNNEEDED, Outgoing, Receiver, When, message_host, queue
from storage.tables import Envelope, Link, Notice

_ERROR_CHARACTERS = 200
_ENHANCED_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
"""RFC 3463, as servers say it beside their number."""


class StoredNoticeDesk:
    """domain.ports.desks.NoticeDesk on the tables.

    `base_url` gives the Message-IDs their host; `trial` says that certificates are for testing.
    """

    def __init__(self, database: Database, base_url: str, *, trial: bool) -> None:
        self._database = database
        self._host = message_host(base_url)
        self._trial = trial

    def enqueue(self, order: NoticeOrder) -> tuple[PendingNotice, ...]:
        """Insert what is missing; return every notice of the order that is not sent yet."""
        with self._database.transaction() as session:
            envelope = locked_envelope(session, order.envelope_id)
            rows = [
                self._row(session, envelope, order, receiver)
                for receiver in receivers.of_order(session, envelope, order)
            ]
            _give_up_unneeded(session, order, {row.id for row in rows})
            if order.kind is NoticeKind.REMINDER and order.act_id is None:
                _hold_back(session, rows)
            session.flush()
            return tuple(
                letters.pending(session, envelope, row, trial=self._trial)
                for row in rows
                if row.state == NoticeState.QUEUED
            )

    def _row(
        self, session: Session, envelope: Envelope, order: NoticeOrder, receiver: Receiver
    ) -> Notice:
        mail = Outgoing(order.kind, order.occasion, receiver, order.act_id)
        return queue(session, envelope.id, mail, When(now(), self._host))

    def token_issued(self, link_id: UUID, generation: int, token_sha256: str) -> None:
        """The mailing activity derived the link's token: keep its hash.

        A generation that was replaced since opens nothing, so its hash is not kept.
        """
        with self._database.transaction() as session:
            link = locked(session, Link, link_id)
            if link is None:
                raise LookupError(str(link_id))
            if link.generation == generation:
                link.token_sha256 = token_sha256

    def sent(self, notice_id: UUID) -> None:
        """The next server accepted the mail."""
        with self._database.transaction() as session:
            notice = _locked_notice(session, notice_id)
            if notice.sent_at is not None:
                return
            moment = now()
            notice.sent_at = moment
            if notice.state != NoticeState.BOUNCED:
                # A report of its loss may be faster than this line.
                notice.state = NoticeState.SENT.value
            notice.attempts += 1
            notice.last_error = None
            _note(session, Event.NOTICE_SENT, notice, moment)

    def delayed(self, notice_id: UUID, error: str) -> None:
        """This try failed; another follows."""
        with self._database.transaction() as session:
            notice = _locked_notice(session, notice_id)
            if notice.state == NoticeState.QUEUED:
                notice.attempts += 1
                notice.last_error = error[:_ERROR_CHARACTERS]

    def failed(self, notice_id: UUID, error: str) -> None:
        """The server refused the mail for good, or time ran out: the sender is told."""
        with self._database.transaction() as session:
            envelope = locked_envelope(session, _known_notice(session, notice_id).envelope_id)
            notice = _locked_notice(session, notice_id)
            if notice.state != NoticeState.QUEUED:
                return
            moment = now()
            notice.state = NoticeState.FAILED.value
            notice.attempts += 1
            notice.last_error = error[:_ERROR_CHARACTERS]
            status = _ENHANCED_STATUS.search(error)
            notice.report_status, notice.bounced_at = status[0] if status else "", moment
            losses.follow_up(session, envelope, notice, moment, self._host)
            _note(session, Event.NOTICE_FAILED, notice, moment)


def _give_up_unneeded(session: Session, order: NoticeOrder, kept: set[UUID]) -> None:
    """A repeated order leaves out who has acted meanwhile: his mail is not sent any more."""
    left = session.scalars(
        select(Notice).where(
            Notice.envelope_id == order.envelope_id,
            Notice.kind == order.kind.value,
            Notice.occasion == order.occasion,
            Notice.state == NoticeState.QUEUED.value,
        )
    )
    for notice in left:
        if notice.id not in kept:
            notice.state, notice.last_error = NoticeState.FAILED.value, UNNEEDED


def _hold_back(session: Session, rows: Iterable[Notice]) -> None:
    """Whoever says that the request is not for him is not reminded day by day; what the sender
    sends him by hand goes out."""
    for notice in rows:
        if notice.state != NoticeState.QUEUED or notice.participant_id is None:
            continue
        if questions.pausing(session, notice.participant_id) is not None:
            notice.state, notice.last_error = NoticeState.FAILED.value, HELD
            _note(session, Event.NOTICE_HELD, notice, now())


def _known_notice(session: Session, notice_id: UUID) -> Notice:
    notice = session.get(Notice, notice_id)
    if notice is None:
        raise LookupError(str(notice_id))
    return notice


def _locked_notice(session: Session, notice_id: UUID) -> Notice:
    notice = locked(session, Notice, notice_id)
    if notice is None:
        raise LookupError(str(notice_id))
    return notice


def _note(session: Session, tag: Event, notice: Notice, at: datetime) -> None:
    once = f"notice:{notice.id}"
    note(session, tag, notice, at, once, attempts=notice.attempts)
