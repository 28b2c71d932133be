"""Drawing on a phone what is read on a computer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256


class Pad(Base):
    """A second device that may send one drawing to a visit. Its address is a token, of which only
    the hash is stored."""

    __tablename__ = "pads"

    id: Mapped[Key]
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"), index=True)
    token_sha256: Mapped[Sha256] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    stamp_id: Mapped[UUID | None] = mapped_column(ForeignKey("stamps.id"))
    address: Mapped[str] = mapped_column(String(45), default="")
    agent: Mapped[str] = mapped_column(String(300), default="")
    """Of the device that sent the drawing. The ledger, which other people read, has neither."""
