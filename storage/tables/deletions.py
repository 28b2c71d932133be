"""Deletions by two people: who proposed and who decided, and what is left of what was deleted."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class Deletion(Base):
    """A proposal, and what became of it. The row is never removed."""

    __tablename__ = "deletions"
    __table_args__ = (
        Index(None, "organisation_id", "proposed_at"),
        Index(None, "envelope_id", "proposed_at"),
    )

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"))
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    proposed_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    locked_until: Mapped[date]
    """The last day of its retention, when it was proposed."""
    decision: Mapped[Word | None]
    """domain.retention.Decision; None: it waits for a second person."""
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    tombstone: Mapped[dict[str, Any] | None]
    """What it was: titles, file names, hashes of every revision. Whose hash the ledger has."""
    tombstone_sha256: Mapped[Sha256 | None]
    done_at: Mapped[datetime | None]
    """When its keys and bytes were gone."""
