"""The register of transactions (取引台帳): what a sent envelope is searched by, and its history."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, validates

from domain.deals import MAX_CODE_CHARACTERS, evened_code
from domain.text_search import MAX_EVEN_TITLE_CHARACTERS
from storage.tables.base import Base, Key, Word

_PARTNER = ("partner_even", "partner_code_even")
_OTHERS = ("kind", "contract_number_even", "earlier", "number", "origin", "title_even")


def _order(database: str, name: str, *columns: str) -> Index:
    """An order of the register. SQLite's holds whatever a search compares, so that the table is
    never asked; PostgreSQL reads its table as fast, and refuses rows of an index that long."""
    return Index(f"ix_deals_{name}", "organisation_id", *columns).ddl_if(dialect=database)


def _wide(column: str) -> Index:
    """A further order of SQLite's."""
    rest = (one for one in ("made_on", "amount", *_PARTNER, *_OTHERS) if one != column)
    return _order("sqlite", f"by_{column}", column, "envelope_id", *rest)


class Deal(Base):
    """One sent envelope's 取引情報; see domain.deals. Empty texts and NULL: not entered."""

    __tablename__ = "deals"
    __table_args__ = (
        _order("postgresql", "searched", "made_on", "envelope_id", "amount", "kind", *_PARTNER),
        _order("postgresql", "organisation_id_amount_envelope_id", "amount", "envelope_id"),
        _order("postgresql", "partners", "partner_even", "envelope_id", "partner_code_even"),
        _order("sqlite", "by_day", "made_on", "envelope_id", "amount", *_PARTNER, *_OTHERS),
        _order("sqlite", "by_amount", "amount", "envelope_id", "made_on", *_PARTNER, *_OTHERS),
        _order(
            *("sqlite", "by_partner", "partner_even", "envelope_id", "partner_code_even"),
            *("made_on", "amount", *_OTHERS),
        ),
        *map(_wide, ("kind", "title_even", "number", "ends_on", "place")),
        _order("postgresql", "organisation_id_kind_envelope_id", "kind", "envelope_id"),
        _order("postgresql", "by_title_even", "title_even", "envelope_id"),
        _order("postgresql", "by_number", "number", "envelope_id"),
        _order("postgresql", "by_place", "place", "envelope_id"),
        Index(None, "organisation_id", "earlier", "envelope_id"),
        Index(
            "ix_deals_ending",
            *("organisation_id", "ends_on"),
            sqlite_where=text("ends_on IS NOT NULL"),
            postgresql_where=text("ends_on IS NOT NULL"),
        ),
    )

    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    made_on: Mapped[date | None]
    amount: Mapped[int | None] = mapped_column(BigInteger)
    partner: Mapped[str] = mapped_column(String(200), default="")
    partner_even: Mapped[str] = mapped_column(String(200), default="")
    """`domain.deals.evened` of it: what a search compares with."""
    partner_code: Mapped[str] = mapped_column(String(50), default="")
    partner_code_even: Mapped[str] = mapped_column(String(MAX_CODE_CHARACTERS), server_default="")
    """Follows the code: `domain.deals.evened_code` of it, which is what a search compares with."""
    kind: Mapped[str] = mapped_column(String(100), default="")
    contract_number: Mapped[str] = mapped_column(String(50), default="")
    contract_number_even: Mapped[str] = mapped_column(
        String(MAX_CODE_CHARACTERS), server_default=""
    )
    """Likewise."""
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
    number: Mapped[str] = mapped_column(String(10), server_default="")
    title_even: Mapped[str] = mapped_column(String(MAX_EVEN_TITLE_CHARACTERS), server_default="")
    origin: Mapped[Word] = mapped_column(server_default="sent")
    """These three are the envelope's. The database itself copies them (migration 0065), so that a
    search reads one table; programs only compare with them."""
    place: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """`domain.deal_search.PLACES` of the envelope's state; likewise (migration 0071)."""

    @validates("partner_code", "contract_number")
    def _evened(self, name: str, typed: str) -> str:
        setattr(self, f"{name}_even", evened_code(typed))
        return typed


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
