"""提出用ZIP: who asked for one and when, and what became of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class Disclosure(Base):
    """What a search of the register found, as a ZIP. The row stays; its bytes are forgotten."""

    __tablename__ = "disclosures"
    __table_args__ = (Index(None, "organisation_id", "asked_at"),)

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    run_id: Mapped[UUID] = mapped_column(ForeignKey("verifications.id"), unique=True)
    """The verification of exactly these documents."""
    language: Mapped[Word]
    conditions: Mapped[dict[str, Any]]
    """domain.deal_search.TypedSearch.as_query."""
    asked_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    """When packing moved last; before it, the run's counts."""
    packed: Mapped[int] = mapped_column(default=0)
    """Documents that the try under way has put in."""
    envelopes: Mapped[int] = mapped_column(default=0)
    """Lines of the index by envelope, once it is ready."""
    missing: Mapped[int] = mapped_column(default=0)
    """Documents whose stored data could not be read."""
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    gone_at: Mapped[datetime | None]
    """Its bytes are forgotten; of one that was never ready: it would have been too large."""
    blob_id: Mapped[UUID | None] = mapped_column(ForeignKey("blobs.id"))
    """Under the row's own data key; None before it is ready, and once it is forgotten."""
    sha256: Mapped[Sha256 | None]
    size: Mapped[int] = mapped_column(BigInteger, default=0)


class SaidEnvelope(Base):
    """An envelope whose documents say what a long search asked for. Rows go once the ZIP of the run
    is packed, or given up."""

    __tablename__ = "said_envelopes"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("verifications.id"), primary_key=True)
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"), primary_key=True)
