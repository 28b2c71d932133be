"""Heads of chained logs: the one row on which whoever appends waits for his turn."""

from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.events import GENESIS
from storage.tables import LedgerHead, OperationHead

Head = TypeVar("Head", LedgerHead, OperationHead)


def locked_head(
    session: Session, table: type[Head], key: InstrumentedAttribute[Any], value: object
) -> Head:
    """The chain's head, locked; it is made where the chain has nothing yet."""
    query = (
        select(table)
        .where(key == value)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = session.scalar(query)
    if found is not None:
        return found
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(
        insert(table)
        .values({key.key: value, "sequence": 0, "hash": GENESIS})
        .on_conflict_do_nothing(index_elements=[key])
    )
    return session.scalars(query).one()
