"""取込: files from elsewhere on their way into the register, and their time-stamps."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class ImportBatch(Base):
    """Files that are looked at together, and taken whole or not at all."""

    __tablename__ = "import_batches"
    __table_args__ = (Index(None, "organisation_id", "created_at"),)

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[datetime]
    table_name: Mapped[str] = mapped_column(String(200), default="")
    """Of the index that was sent last; empty: none was."""
    faults: Mapped[list[Any]] = mapped_column(default=list)
    """[[line, column, Japanese, English], ...] of it; nothing of such an index is kept."""
    faulty: Mapped[int] = mapped_column(default=0)
    """How many there are, of which the first are kept."""
    unused: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """Headings of it that mean nothing here."""
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    dropped_at: Mapped[datetime | None]


class Imported(Base):
    """What an envelope is besides, that was concluded elsewhere. The token is written once."""

    __tablename__ = "imported"
    __table_args__ = (
        Index(None, "organisation_id", "token_time", "limit_on"),
        Index(None, "organisation_id", "sha256"),
    )

    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("import_batches.id"), index=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"))
    position: Mapped[int]
    typed: Mapped[dict[str, Any]]
    """domain.imports.TypedImport.flat, until it is taken; then what was taken."""
    way: Mapped[Word] = mapped_column(default="electronic")
    limit_on: Mapped[date | None]
    """The last day for its time-stamp, as far as the day of receipt is known."""
    late_reason: Mapped[str] = mapped_column(Text, default="")
    sha256: Mapped[Sha256 | None]
    """Of the bytes as they came, which the token is over."""
    taken_at: Mapped[datetime | None]
    token: Mapped[bytes | None] = mapped_column(LargeBinary)
    """RFC 3161, DER of the ContentInfo; detached, so that not one byte of the file changes."""
    token_time: Mapped[datetime | None]
    tsa: Mapped[str | None] = mapped_column(String(200))
    late: Mapped[bool | None]
    """Whether it came after the limit; None before it came."""
    warned: Mapped[Word | None]
    """domain.imports.Warned: of what somebody was told last."""
