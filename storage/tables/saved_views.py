"""Conditions of lists that members keep."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Word


class SavedView(Base):
    """One member's conditions of one list, under a name. They are removed with a press: no record
    depends on them."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("member_id", "list", "name"),)

    id: Mapped[Key]
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    list: Mapped[Word]
    """A domain ListName."""
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The address's part, as the list's own query says it: words, or lists of words."""
    created_at: Mapped[datetime]
