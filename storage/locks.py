"""Who comes first: locks that last until the transaction ends.

SQLite has one writer at a time and needs none of them; on PostgreSQL they order what would
otherwise pass each other between a look and a change.
"""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, text
from sqlalchemy.orm import Session

from storage.tables import Base

Row = TypeVar("Row", bound=Base)


def locked(session: Session, table: type[Row], key: UUID) -> Row | None:
    """The row, locked until the transaction ends.

    The lock leaves the key alone (FOR NO KEY UPDATE), so that rows which refer to it can still be
    inserted elsewhere: the ledger's writers would otherwise wait for each other in a circle.
    """
    return session.get(table, key, with_for_update={"key_share": True}, populate_existing=True)


def locked_rows(
    session: Session, query: Select[Row], of: type[Base] | None = None
) -> Sequence[Row]:
    """The rows of a query, locked likewise, as they are now: what the session saw of them before
    is forgotten. `of` names the table to lock where the query joins several."""
    query = query.with_for_update(of=of, key_share=True)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def take_turn(session: Session, name: str) -> None:
    """Whoever names the same thing waits, also where there is no row yet to lock.

    PostgreSQL's lock has 64 bits: two names may share one, and then wait for each other.
    """
    if session.get_bind().dialect.name == "postgresql":
        turn = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        session.execute(turn, {"name": name})


def hold_values(session: Session, envelope_id: UUID) -> None:
    """Until the transaction ends, no member changes the envelope's 取引情報. Not by the row's lock,
    for which changes of the envelope's state would wait, and who holds it would wait for what
    those hold."""
    take_turn(session, f"values of {envelope_id}")
