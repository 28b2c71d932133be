"""Mails to a member about the means by which he logs in; each is ordered where it becomes true."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from domain.member_passkeys import FactorChange
from storage.tables import FactorReset, Member, OutboxItem

FACTOR_RESET = "factor_reset"
"""Kind of the outbox item that mails the member."""


def order(
    session: Session, member: Member, what: FactorChange, by: UUID | None, now: datetime
) -> FactorReset:
    """In the transaction of the change. `by` None: by whoever runs the machine."""
    row = FactorReset(member_id=member.id, what=what.value, reset_by=by, at=now)
    session.add(row)
    session.flush()
    session.add(OutboxItem(kind=FACTOR_RESET, subject_id=row.id, generation=1, created_at=now))
    return row
