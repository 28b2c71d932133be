"""Some rows of a list and the number of all, by one walk through what is found."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, FromClause, func, select, true
from sqlalchemy.orm import Session

Order = Sequence[tuple[str, bool]]
"""Columns by their names, each with whether it runs downwards."""


def some_of(  # noqa: PLR0913 - what was found, and which of it
    session: Session, found: CTE, order: Order, limit: int, offset: int, key: str = "id"
) -> tuple[list[UUID], int]:
    """The keys of so many rows behind so many, and how many rows there are. Because it is asked
    twice, databases keep what they found instead of looking twice."""
    some = select(found).order_by(*_by(found, order)).limit(limit).offset(offset).subquery()
    total = select(func.count().label("total")).select_from(found).subquery()
    rows = session.execute(
        select(total.c.total, some.c[key])
        .select_from(total.outerjoin(some, true()))
        .order_by(*_by(some, order))
    ).all()
    return [row[1] for row in rows if row[1] is not None], rows[0].total


def _by(found: FromClause, order: Order) -> list[ColumnElement[Any]]:
    return [found.c[name].desc() if down else found.c[name].asc() for name, down in order]
