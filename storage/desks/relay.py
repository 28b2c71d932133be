"""What was committed but not yet carried to Temporal."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kinds import EnvelopeState
from domain.ports.desks import OutboxEntry, WaitingAct
from storage.database import Database
from storage.desks.plan import UNDER_WAY
from storage.desks.rows import now
from storage.locks import locked
from storage.tables import Act, Envelope, OutboxItem

_ERROR_CHARACTERS = 200


class StoredRelayDesk:
    """domain.ports.desks.RelayDesk on the tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def starts(self, limit: int) -> tuple[OutboxEntry, ...]:
        """Oldest first; items that failed before come after those that did not."""
        with self._database.reading() as session:
            found = session.scalars(
                select(OutboxItem)
                .where(OutboxItem.done_at.is_(None))
                .order_by(OutboxItem.attempts, OutboxItem.created_at, OutboxItem.id)
                .limit(limit)
            )
            return tuple(OutboxEntry(item.id, item.kind, item.subject_id) for item in found)

    def started(self, item_id: UUID) -> None:
        """Carried out."""
        with self._database.transaction() as session:
            item = _item(session, item_id)
            item.done_at = item.done_at or now()
            item.last_error = None

    def start_failed(self, item_id: UUID, error: str) -> None:
        """Not carried out; tried again."""
        with self._database.transaction() as session:
            item = _item(session, item_id)
            item.attempts += 1
            item.last_error = error[:_ERROR_CHARACTERS]

    def waiting_acts(self, limit: int) -> tuple[WaitingAct, ...]:
        """Unanswered, oldest first."""
        with self._database.reading() as session:
            found = session.execute(
                select(Act.envelope_id, Act.id, Envelope.state)
                .join(Envelope, Envelope.id == Act.envelope_id)
                .where(Act.answered_at.is_(None))
                .order_by(Act.posted_at, Act.id)
                .limit(limit)
            )
            return tuple(
                WaitingAct(envelope_id, act_id, EnvelopeState(state) in UNDER_WAY)
                for envelope_id, act_id, state in found
            )


def _item(session: Session, item_id: UUID) -> OutboxItem:
    item = locked(session, OutboxItem, item_id)
    if item is None:
        raise LookupError(str(item_id))
    return item
