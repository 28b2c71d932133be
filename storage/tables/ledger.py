"""The append-only, hash-chained record. Triggers refuse UPDATE and DELETE on `ledger_events`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Sha256


class LedgerEvent(Base):
    """One event, chained twice: over all events, and over those of its envelope.

    `actor` is `member:<id>`, `participant:<id>`, `visitor` or `system`; `data` holds ids, codes
    and hashes, never names, addresses or titles.
    """

    __tablename__ = "ledger_events"
    __table_args__ = (
        UniqueConstraint("envelope_id", "envelope_sequence"),
        UniqueConstraint("once"),
    )

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Position in the chain over all events, from 1."""
    hash: Mapped[Sha256]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    envelope_id: Mapped[UUID | None] = mapped_column(ForeignKey("envelopes.id"))
    envelope_sequence: Mapped[int | None]
    envelope_hash: Mapped[Sha256 | None]
    tag: Mapped[str] = mapped_column(String(48), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    data: Mapped[dict[str, Any]]
    once: Mapped[str | None] = mapped_column(String(128))
    """A repeated step names its event, so that it is written once."""


class LedgerHead(Base):
    """Last link of a chain: `scope` is `all` or an envelope's id. Its row lock orders writers."""

    __tablename__ = "ledger_heads"

    scope: Mapped[str] = mapped_column(String(36), primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[Sha256]
