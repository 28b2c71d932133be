"""契約の種類と独自項目: kinds of contract, versions of their fields, and values of contracts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key


class ContractKind(Base):
    """A kind of contract that an administrator defined. Its name never changes: chains, mandates
    and contracts name it."""

    __tablename__ = "contract_kinds"
    __table_args__ = (UniqueConstraint("organisation_id", "name_even"),)

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str] = mapped_column(String(100))
    name_even: Mapped[str] = mapped_column(String(600))
    """domain.own_fields.evened_text of it: no other kind of the organisation has the same."""
    name_en: Mapped[str] = mapped_column(String(100), default="")
    version: Mapped[int] = mapped_column(default=0)
    """The newest of its versions."""
    retired_at: Mapped[datetime | None]
    """Not offered any more; contracts of this kind keep their fields."""
    created_at: Mapped[datetime]


class ContractKindVersion(Base):
    """The fields of a kind, as they were from `created_at` on. Append-only."""

    __tablename__ = "contract_kind_versions"
    __table_args__ = (UniqueConstraint("kind_id", "number"),)

    id: Mapped[Key]
    kind_id: Mapped[UUID] = mapped_column(ForeignKey("contract_kinds.id"))
    number: Mapped[int]
    """From 1."""
    fields: Mapped[list[Any]]
    """domain.own_fields.OwnField.as_json of each, in order."""
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[datetime]


class DealValue(Base):
    """What a sent contract has in one own field, and what it is searched by. Its changes stand in
    `deal_changes`."""

    __tablename__ = "deal_values"
    __table_args__ = (
        Index(None, "field_id", "number", "envelope_id"),
        Index(None, "field_id", "day", "envelope_id"),
        Index(None, "field_id", "even", "envelope_id"),
    )

    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"), primary_key=True)
    field_id: Mapped[UUID] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(String(200))
    """As `domain.own_fields.check_own` gives it; never empty."""
    even: Mapped[str] = mapped_column(String(600), default="")
    """Of a text: what a search compares with."""
    number: Mapped[int | None] = mapped_column(BigInteger)
    """Of a number or an amount: domain.own_fields.scaled of it."""
    day: Mapped[date | None]
