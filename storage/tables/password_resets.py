"""Requests for a new password (パスワードをお忘れの方)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class PasswordReset(Base):
    """A new password that somebody asked for. There is a row for every address that was typed, a
    member's or not, so that both take the same way; the worker mails to members.

    The link's token is derived from `id` by the process that mails it; only its hash is here.
    """

    __tablename__ = "password_resets"
    __table_args__ = (UniqueConstraint("token_sha256"),)

    id: Mapped[Key]
    mail: Mapped[str] = mapped_column(String(254), index=True)
    """As addresses are compared."""
    address: Mapped[str] = mapped_column(String(45), server_default="")
    """From where it was asked for, for the operation log of the member's organisation."""
    requested_at: Mapped[datetime] = mapped_column(index=True)
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"), index=True)
    """Whose address it is; set by the process that mails, as the next one is."""
    token_sha256: Mapped[Sha256 | None]
    """None before the link is mailed, and where single sign-on is the member's way in."""
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    """The next server refused the mail."""
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[Word | None]
    """`used` or `replaced`; a link that nobody used just grows too old."""
