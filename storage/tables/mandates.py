"""署名権限（委任）: who may sign for an organisation, and what ended that."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256


class Mandate(Base):
    """One member's authority to sign, both days included, in the organisation's zone.

    Append-only: what was entered wrongly is ended, and entered anew.
    """

    __tablename__ = "mandates"
    __table_args__ = (Index(None, "organisation_id", "member_id"),)

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    title: Mapped[str] = mapped_column(String(100))
    """In which capacity: 市長職務代理者, 契約担当課長."""
    begins_on: Mapped[date]
    ends_on: Mapped[date | None]
    """None: until it is ended."""
    most: Mapped[int | None] = mapped_column(BigInteger)
    """取引金額 in yen, this amount included; None: whatever it is."""
    kinds: Mapped[list[Any]] = mapped_column(JSON)
    """Of contract; empty: all."""
    basis: Mapped[str] = mapped_column(Text)
    """規則・決裁番号, as typed."""
    sha256: Mapped[Sha256]
    """domain.mandates.CheckedMandate.sha256 of all of it."""
    entered_by: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[datetime]


class MandateEnd(Base):
    """Why an entry holds no longer than to a day, or from `created_at` on not at all. Append-only;
    of several the earliest counts."""

    __tablename__ = "mandate_ends"

    id: Mapped[Key]
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandates.id"), index=True)
    last_day: Mapped[date | None]
    """None: it was revoked at once."""
    reason: Mapped[str] = mapped_column(Text)
    ended_by: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[datetime]
