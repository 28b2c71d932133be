"""The operation log (操作ログ) of each organisation. Triggers refuse UPDATE and DELETE."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Sha256


class OperationEntry(Base):
    """One operation, chained to the one before it in the same organisation.

    `actor` is `member:<id>`, `participant:<id>`, `visitor` or `system`; `data` holds ids, codes,
    hashes and the network's address, never names or what was searched for.
    """

    __tablename__ = "operations"
    __table_args__ = (
        Index(None, "organisation_id", "at"),
        Index(None, "organisation_id", "actor", "sequence"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Position in the organisation's chain, from 1."""
    hash: Mapped[Sha256]
    tag: Mapped[str] = mapped_column(String(48))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    envelope_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]]


class OperationHead(Base):
    """Last link of an organisation's chain. Its row lock orders writers."""

    __tablename__ = "operation_heads"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[Sha256]
