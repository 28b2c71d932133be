"""The register of transactions (取引台帳): what a sent envelope is searched by, and its history."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key


class Deal(Base):
    """One sent envelope's 取引情報; see domain.deals. Empty texts and NULL: not entered."""

    __tablename__ = "deals"
    __table_args__ = (
        Index(
            "ix_deals_searched",
            *("organisation_id", "made_on", "envelope_id"),
            *("amount", "kind", "partner_even", "partner_code"),
        ),
        Index(None, "organisation_id", "amount", "envelope_id"),
        Index(
            "ix_deals_partners", "organisation_id", "partner_even", "envelope_id", "partner_code"
        ),
        Index(None, "organisation_id", "earlier", "envelope_id"),
        Index(None, "organisation_id", "kind", "envelope_id"),
        Index(None, "organisation_id", "contract_number", "envelope_id"),
    )

    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    made_on: Mapped[date | None]
    amount: Mapped[int | None] = mapped_column(BigInteger)
    partner: Mapped[str] = mapped_column(String(200), default="")
    partner_even: Mapped[str] = mapped_column(String(200), default="")
    """`domain.deals.evened` of it: what a search compares with."""
    partner_code: Mapped[str] = mapped_column(String(50), default="")
    kind: Mapped[str] = mapped_column(String(100), default="")
    contract_number: Mapped[str] = mapped_column(String(50), default="")
    begins_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    renews: Mapped[bool] = mapped_column(default=False)
    notice_days: Mapped[int | None]
    relation: Mapped[str] = mapped_column(String(10), default="")
    earlier: Mapped[str] = mapped_column(String(10), default="")
    """The number of an envelope of the same organisation; see domain.deals.Relation."""
    received_on: Mapped[date | None]
    """Of an imported contract."""
    retention_years: Mapped[int | None]
    """Where it is kept longer than the organisation's rule says."""
    revision: Mapped[int] = mapped_column(default=0)
    """How often it was changed; a form that was opened before is refused."""


class DealChange(Base):
    """One change: old and new values, who, when and why. Rows are never changed or deleted."""

    __tablename__ = "deal_changes"
    __table_args__ = (UniqueConstraint("envelope_id", "number"), Index(None, "at", "envelope_id"))

    id: Mapped[Key]
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"))
    number: Mapped[int]
    """`Deal.revision` that it made, from 1."""
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    """None: what the envelope was sent with."""
    reason: Mapped[str] = mapped_column(Text, default="")
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    at: Mapped[datetime]
