"""Reports of undelivered mail become states of notices, and mails to senders."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import MAIL_BOUNCED, MAIL_FAILED, NoticeKind, NoticeState
from domain.ports.bounces import DeliveryReport, ReportAction
from domain.ports.notices import PendingNotice
from storage.database import Database
from storage.desks import letters, losses
from storage.desks.notice_events import note
from storage.desks.rows import known_envelope, locked_envelope, now
from storage.locks import locked
from storage.outbox import message_host
from storage.tables import Envelope, Hindrance, Notice

_BATCH = 50
_STATUS_CHARACTERS = 12
_WITHOUT_WORKFLOW = [
    kind.value
    for kind in (
        NoticeKind.BOUNCED,
        NoticeKind.QUESTION,
        NoticeKind.ANSWERED,
        NoticeKind.DOWNLOAD,
        NoticeKind.CONSENT_WITHDRAWN,
        NoticeKind.PASSKEY_REGISTERED,
        NoticeKind.TERM_ENDING,
        NoticeKind.TERMS_ENDING,
        NoticeKind.IMPORT_DUE,
    )
]
_REPORTABLE = (NoticeState.QUEUED, NoticeState.SENT)
"""A fast server's report may come before our own row says that the mail was sent."""


class StoredBounceDesk:
    """domain.ports.bounces.BounceDesk on the tables; `base_url` gives Message-IDs their host."""

    def __init__(self, database: Database, base_url: str, *, trial: bool) -> None:
        self._database = database
        self._host = message_host(base_url)
        self._trial = trial

    def notice_of(self, message_id: str) -> UUID | None:
        """The notice that was mailed with this Message-ID."""
        with self._database.reading() as session:
            return session.scalar(select(Notice.id).where(Notice.message_id == message_id))

    def report(self, notice_id: UUID, report: DeliveryReport) -> bool:
        """Record it. True if it changed anything; unknown notices and repeats do not."""
        if report.action is ReportAction.DELIVERED:
            return False
        with self._database.transaction() as session:
            known = session.get(Notice, notice_id)
            if known is None:
                return False
            envelope = locked_envelope(session, known.envelope_id)
            notice = locked(session, Notice, notice_id)
            if notice is None or notice.state not in _REPORTABLE:
                return False
            notice.report_status = report.status[:_STATUS_CHARACTERS]
            if report.action is ReportAction.FAILED:
                self._bounced(session, envelope, notice, now())
            else:
                notice.delayed_at = now()
            return True

    def _bounced(self, session: Session, envelope: Envelope, notice: Notice, at: datetime) -> None:
        notice.state, notice.bounced_at = NoticeState.BOUNCED.value, at
        losses.follow_up(session, envelope, notice, at, self._host)
        once, status = f"bounce:{notice.id}", notice.report_status
        note(session, Event.NOTICE_BOUNCED, notice, at, once, status=status)

    def untold(self, paused: Collection[UUID] = ()) -> tuple[PendingNotice, ...]:
        """Mails that no workflow sends (about lost mails, questions, answers, consents, documents
        asked for again) and that were not sent yet; those that are `paused` keep none back. What
        was tried least comes first, then the oldest."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(Notice)
                .where(
                    Notice.kind.in_(_WITHOUT_WORKFLOW),
                    Notice.state == NoticeState.QUEUED.value,
                    Notice.id.not_in(paused),
                )
                .order_by(Notice.attempts, Notice.queued_at)
                .limit(_BATCH)
            ).all()
            return tuple(
                letters.pending(
                    session, known_envelope(session, row.envelope_id), row, trial=self._trial
                )
                for row in rows
            )

    def overdue(self, queued_before: datetime) -> tuple[UUID, ...]:
        """Mails that were queued before this moment and are still not sent."""
        with self._database.reading() as session:
            return tuple(
                session.scalars(
                    select(Notice.id)
                    .where(
                        Notice.state == NoticeState.QUEUED.value,
                        Notice.queued_at < queued_before,
                    )
                    .limit(_BATCH)
                )
            )

    def settle(self) -> int:
        """End hindrances whose lost mail matters no more. Returns how many."""
        with self._database.reading() as session:
            over = session.scalars(_settled()).all()
        for envelope_id in over:
            with self._database.transaction() as session:
                locked_envelope(session, envelope_id)
                for hindrance in session.scalars(
                    select(Hindrance).where(
                        Hindrance.envelope_id == envelope_id, *_open_and_settled()
                    )
                ):
                    hindrance.ended_at = now()
        return len(over)


def _open_and_settled() -> tuple[ColumnElement[bool], ...]:
    waiting = (Hindrance.reason == MAIL_FAILED) & (Notice.state == NoticeState.QUEUED.value)
    mattering = exists().where(
        Notice.envelope_id == Hindrance.envelope_id, losses.still_matters() | waiting
    )
    return (
        Hindrance.reason.in_([MAIL_BOUNCED, MAIL_FAILED]),
        Hindrance.ended_at.is_(None),
        ~mattering,
    )


def _settled() -> Select[UUID]:
    return select(Hindrance.envelope_id).where(*_open_and_settled()).distinct()
