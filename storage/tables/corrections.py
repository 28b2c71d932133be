"""Corrections (訂正): how one version of an envelope came to follow another."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key


class Correction(Base):
    """One version took the place of another. Who did it, when and why, the act says."""

    __tablename__ = "corrections"
    __table_args__ = (UniqueConstraint("envelope_id", "to_version"),)

    id: Mapped[Key]
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"), index=True)
    act_id: Mapped[UUID] = mapped_column(ForeignKey("acts.id"), unique=True)
    from_version: Mapped[int]
    to_version: Mapped[int]
    documents: Mapped[list[Any]] = mapped_column(default=list)
    """[{"document", "sha256", "replacement", "replacement_sha256"}, ...]: ids, and hashes of what
    people read: the base of the old version, and what the new one is made from."""
    concerned: Mapped[list[Any]] = mapped_column(default=list)
    """Ids of participants who had read or acted on an earlier version."""
    created_at: Mapped[datetime]
