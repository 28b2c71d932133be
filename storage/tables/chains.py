"""What an envelope keeps of the chain that it was sent along."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key


class ChainUse(Base):
    """A chain's version, held against amount, kind and department when an envelope was sent.

    `stages` are all of the chain: `{"name", "people", "asked", "why": [{"ja", "en"}]}`, in order;
    `why` says why one was skipped. A gate has its title as `gate`, the place of the draft's own
    people `others`. Written once for each sending, and append-only.
    """

    __tablename__ = "chain_uses"
    __table_args__ = (UniqueConstraint("envelope_id", "version"),)

    id: Mapped[Key]
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"))
    version: Mapped[int]
    """Of the envelope."""
    chain_id: Mapped[UUID] = mapped_column(ForeignKey("chains.id"))
    name: Mapped[str] = mapped_column(String(100))
    chain_version: Mapped[int]
    amount: Mapped[int | None] = mapped_column(BigInteger)
    """Yen; None: not entered, and no condition asked for it."""
    kind: Mapped[str] = mapped_column(String(100))
    department: Mapped[str] = mapped_column(String(100))
    """Of the sender."""
    maker_department: Mapped[str] = mapped_column(String(100), default="", server_default="")
    """Of who made the draft; "" in rows of older programs, where it is the same."""
    stages: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime]
