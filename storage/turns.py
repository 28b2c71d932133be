"""Forms of one page in the order in which the page sent them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.turns import Turn
from storage.tables import FormTurn

MOST_PAGES = 50
"""Open at once that write about one thing."""


def is_late(session: Session, about: UUID, turn: Turn | None, now: datetime) -> bool:
    """Whether the page sent a later form that was kept already; otherwise this is its latest.

    Whoever calls this holds the lock on what the forms are about.
    """
    if turn is None:
        return False
    query = select(FormTurn).where(FormTurn.about == about, FormTurn.pen == turn.pen)
    latest = session.scalar(query)
    if latest is None:
        _make_room(session, about)
        session.add(FormTurn(about=about, pen=turn.pen, number=turn.number, at=now))
        return False
    if turn.number < latest.number:
        return True
    latest.number, latest.at = turn.number, now
    return False


def _make_room(session: Session, about: UUID) -> None:
    """Pages beyond the most that count are the oldest: a page may call itself anything."""
    oldest = select(FormTurn).where(FormTurn.about == about).order_by(FormTurn.at.desc())
    for row in session.scalars(oldest.offset(MOST_PAGES - 1)):
        session.delete(row)
