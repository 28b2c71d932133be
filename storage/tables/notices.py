"""Mails, the outbox of workflow starts, and counted attempts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Word


class Notice(Base):
    """One mail to one person, inserted before it is sent: the row makes it once.

    `participant_id` None means the sender (`member_id`). `message_id` is fixed at insertion, so
    that a receiver can tell a repeated delivery.
    """

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("once"),)

    id: Mapped[Key]
    once: Mapped[str] = mapped_column(String(160))
    """`<envelope>:<kind>:<occasion>:<participant or member>`."""
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"), index=True)
    participant_id: Mapped[UUID | None] = mapped_column(ForeignKey("participants.id"))
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    act_id: Mapped[UUID | None] = mapped_column(ForeignKey("acts.id"))
    kind: Mapped[Word]
    occasion: Mapped[str] = mapped_column(String(64))
    language: Mapped[Word]
    message_id: Mapped[str] = mapped_column(String(200), index=True)
    """Random, not made from `id`: evidence names ids, and who names a mail can report it lost."""
    state: Mapped[Word] = mapped_column(default="queued", index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(200))
    queued_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    """When it was refused, or the report came that it could not be delivered."""
    settled_at: Mapped[datetime | None]
    """When a member said that its person got what it was to hand over in another way."""
    delayed_at: Mapped[datetime | None]
    """When the report came that delivery takes longer; it may still arrive."""
    report_status: Mapped[str | None] = mapped_column(String(12))
    """RFC 3463 code of the newest report or refusal; empty when none was given."""


class OutboxItem(Base):
    """A workflow start that was committed with the state it belongs to.

    `kind` is `envelope`, `intake`, `repair`, `stamp`, `archive`, `code`, `mailbox`, `consent`,
    `invitation` or `factor_reset`; the relay starts the workflow and sets `done_at`.
    """

    __tablename__ = "outbox"
    __table_args__ = (UniqueConstraint("kind", "subject_id", "generation"),)

    id: Mapped[Key]
    kind: Mapped[Word]
    subject_id: Mapped[UUID]
    generation: Mapped[int] = mapped_column(default=1)
    """Raised when an envelope that returned to draft is sent again."""
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(200))


class Attempt(Base):
    """Counted tries against one guarded thing, for rate limits and lock-outs.

    `bucket` is e.g. `login:<sha256 of the address>`; never clear text of what was tried.
    """

    __tablename__ = "attempts"

    id: Mapped[Key]
    bucket: Mapped[str] = mapped_column(String(100), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
