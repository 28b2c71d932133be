"""あなたの文書: codes that were asked for an address, and the visits that they opened."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class MailboxCode(Base):
    """A code that somebody asked for in one browser. There is a row for every address that was
    typed, known or not, so that both take the same way; the worker mails to those that are known.

    The code is derived from `id` by the process that mails it; only its Argon2id hash is stored.
    """

    __tablename__ = "mailbox_codes"

    id: Mapped[Key]
    mail: Mapped[str] = mapped_column(String(254))
    """As addresses are compared."""
    browser_sha256: Mapped[Sha256] = mapped_column(index=True)
    """Hash of the cookie of the browser that asked."""
    language: Mapped[Word]
    requested_at: Mapped[datetime] = mapped_column(index=True)
    code_hash: Mapped[str | None] = mapped_column(String(200))
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[Word | None]
    """`used` or `replaced`; a code that nobody used just grows too old."""


class MailboxVisit(Base):
    """A mailbox that was shown to be somebody's, in one browser."""

    __tablename__ = "mailbox_visits"

    id: Mapped[Key]
    cookie_sha256: Mapped[Sha256] = mapped_column(unique=True)
    mail: Mapped[str] = mapped_column(String(254), index=True)
    code_id: Mapped[UUID]
    """Of the row that opened it, which is forgotten after a day."""
    opened_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(45), default="")
    agent: Mapped[str] = mapped_column(String(300), default="")
