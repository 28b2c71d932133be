"""Orders to start a workflow, given once more where their workflow came to nothing."""

from uuid import UUID

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from storage.locks import locked_rows
from storage.tables import OutboxItem


def order_again(session: Session, kind: str, lost: ScalarSelect[UUID]) -> int:
    """Have the relay start the workflows of these subjects anew, as far as it has started them
    before; one that still runs is not disturbed. Returns how many."""
    orders = locked_rows(
        session,
        select(OutboxItem).where(
            OutboxItem.kind == kind,
            OutboxItem.subject_id.in_(lost),
            OutboxItem.done_at.is_not(None),
        ),
    )
    for order in orders:
        order.done_at = None
    return len(orders)
