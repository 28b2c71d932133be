"""Conditions of lists, kept by each member for himself."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from domain.forms import FormProblems
from domain.saved_views import MAX_VIEWS, NOTHING_TO_KEEP, TOO_MANY, ListName, check_name
from storage.locks import take_turn
from storage.tables import Member, SavedView

Query = Mapping[str, str | list[str]]


def views_of(session: Session, member: Member, name: ListName) -> Sequence[SavedView]:
    """His own, by name."""
    mine = (SavedView.member_id == member.id, SavedView.list == name.value)
    return session.scalars(select(SavedView).where(*mine).order_by(SavedView.name)).all()


def keep(  # noqa: PLR0913 - whose, of what, how it is called, what it says, when
    session: Session, member: Member, name: ListName, typed: str, query: Query, now: datetime
) -> SavedView:
    """Keep the conditions; those of the same name are replaced. Raises FormProblems for `name`."""
    called = check_name(typed)
    if not query:
        raise FormProblems({"name": NOTHING_TO_KEEP})
    take_turn(session, f"views:{member.id}")
    mine = (SavedView.member_id == member.id, SavedView.list == name.value)
    row = session.scalar(select(SavedView).where(*mine, SavedView.name == called))
    if row is not None:
        row.query = dict(query)
        return row
    if (session.scalar(select(func.count()).select_from(SavedView).where(*mine)) or 0) >= MAX_VIEWS:
        raise FormProblems({"name": TOO_MANY})
    row = SavedView(
        member_id=member.id, list=name.value, name=called, query=dict(query), created_at=now
    )
    session.add(row)
    session.flush()
    return row


def remove(session: Session, member: Member, view_id: UUID) -> SavedView | None:
    """What was removed; None for another's, which does not exist for him."""
    row = session.scalar(
        select(SavedView).where(SavedView.id == view_id, SavedView.member_id == member.id)
    )
    if row is not None:
        session.execute(delete(SavedView).where(SavedView.id == row.id))
    return row
