"""Orders to start a workflow, given once more where their workflow came to nothing."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from storage.locks import locked_rows
from storage.tables import OutboxItem

AT_ONCE = 200
"""Orders of one kind that a round gives again; the next round goes on."""


def order_again(session: Session, kind: str, lost: ScalarSelect[UUID]) -> int:
    """Have the relay start the workflows of these subjects anew, as far as it has started them
    before; one that still runs is not disturbed. Returns how many."""
    orders = locked_rows(
        session,
        select(OutboxItem)
        .where(
            OutboxItem.kind == kind,
            OutboxItem.subject_id.in_(lost),
            OutboxItem.done_at.is_not(None),
        )
        .order_by(OutboxItem.done_at, OutboxItem.id)
        .limit(AT_ONCE),
    )
    moment = datetime.now(UTC)
    for order in orders:  # behind what people wait for
        order.done_at, order.created_at = None, moment
    return len(orders)
