"""Ended envelopes whose workflow has not come to its own end.

An envelope's workflow keeps its history last of all: where none is kept, something before it may
be missing too.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from domain.calendar import end_of_day
from domain.imports import Origin
from domain.kinds import EnvelopeState, NoticeKind, NoticeState
from domain.limits import DOWNLOAD_DAYS
from domain.ports.closing import Aftermath
from storage.database import Database
from storage.desks.rows import locked_envelope, now
from storage.tables import Document, Envelope, LedgerEvent, Notice, Organisation

NOTICE_OF = {
    EnvelopeState.DONE: NoticeKind.COMPLETED,
    EnvelopeState.DECLINED: NoticeKind.DECLINED,
    EnvelopeState.WITHDRAWN: NoticeKind.WITHDRAWN,
    EnvelopeState.EXPIRED: NoticeKind.EXPIRED,
}
"""What is told of each end of an envelope that was sent."""
END = "end"
"""Occasion of these mails."""


def unclosed() -> tuple[ColumnElement[bool], ...]:
    """Of envelopes that were sent: they have ended, and no history is kept."""
    documents = exists().where(Document.envelope_id == Envelope.id, Document.removed_at.is_(None))
    return (
        Envelope.state.in_([state.value for state in NOTICE_OF]),
        Envelope.origin == Origin.SENT.value,
        Envelope.ended_at.is_not(None),
        Envelope.history_blob_id.is_(None),
        documents,  # a history is kept under a document's key
    )


class StoredClosingDesk:
    """domain.ports.closing.ClosingDesk on the tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def aftermath(self, envelope_id: UUID) -> Aftermath:
        """What is left. Where nobody was told that the documents are ready, people have as long to
        fetch them as they would have had."""
        with self._database.transaction() as session:
            envelope = locked_envelope(session, envelope_id)
            left = select(Envelope.id).where(Envelope.id == envelope_id, *unclosed())
            if session.scalar(left) is None:
                return Aftermath()
            state = EnvelopeState(envelope.state)
            told = _told(session, envelope, NOTICE_OF[state])
            if told is None and state is EnvelopeState.DONE:
                _give_time(session, envelope, now())
            return Aftermath(
                state=state,
                tell=told is not True,
                act_id=_ended_by(session, envelope_id),
                download_until=envelope.download_until,
            )


def _told(session: Session, envelope: Envelope, kind: NoticeKind) -> bool | None:
    """None: not even a row of such a mail. False: some wait to be sent."""
    states = session.scalars(
        select(Notice.state).where(
            Notice.envelope_id == envelope.id, Notice.kind == kind.value, Notice.occasion == END
        )
    ).all()
    return NoticeState.QUEUED.value not in states if states else None


def _give_time(session: Session, envelope: Envelope, at: datetime) -> None:
    if envelope.download_until is None or envelope.download_closed_at is not None:
        return
    zone = session.get_one(Organisation, envelope.organisation_id).zone
    until = end_of_day(at, DOWNLOAD_DAYS, zone)
    envelope.download_until = max(envelope.download_until, until)


def _ended_by(session: Session, envelope_id: UUID) -> UUID | None:
    data = session.scalar(select(LedgerEvent.data).where(LedgerEvent.once == f"end:{envelope_id}"))
    act_id = (data or {}).get("act")
    return UUID(act_id) if act_id else None
