"""Lists of the register by what documents say, of more candidates than one request looks at."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256


class RegisterList(Base):
    """Which envelopes a search found once all texts were looked at, to be printed and taken out.
    Rows go after a day."""

    __tablename__ = "register_lists"
    __table_args__ = (
        UniqueConstraint("organisation_id", "query_sha256"),
        Index(None, "decided_at", "asked_at"),
    )

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    query_sha256: Mapped[Sha256]
    """Of the conditions: whoever searches for the same gets this list."""
    conditions: Mapped[dict[str, Any]]
    """domain.deal_search.TypedSearch.as_query without the order."""
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    """When its texts began to be looked at; None: not done yet."""
    envelopes: Mapped[int] = mapped_column(default=0)


class ListedEnvelope(Base):
    """One of them."""

    __tablename__ = "listed_envelopes"

    list_id: Mapped[UUID] = mapped_column(ForeignKey("register_lists.id"), primary_key=True)
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"), primary_key=True)
