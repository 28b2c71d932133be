"""Departments of an organisation, and invitations of people who become its members."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class Department(Base):
    """A part of an organisation (部署). A member belongs to one at most."""

    __tablename__ = "departments"
    __table_args__ = (UniqueConstraint("organisation_id", "code"),)

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    code: Mapped[str] = mapped_column(String(20))
    """As the organisation numbers its parts; lists are ordered by it."""
    name: Mapped[str] = mapped_column(String(100))
    head_id: Mapped[UUID | None]
    """The member who heads it (部署長), whichever department he belongs to; None: nobody was named.
    Chains may ask him."""
    created_at: Mapped[datetime]


class Invitation(Base):
    """A mailed invitation (招待). Its token is derived by the process that mails it, from `id` and
    `generation`; only its hash is here. A new mail raises the generation, and the old link dies.
    """

    __tablename__ = "invitations"
    __table_args__ = (UniqueConstraint("token_sha256"),)

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    mail: Mapped[str] = mapped_column(String(254), index=True)
    roles: Mapped[list[Any]] = mapped_column(default=list)
    department_id: Mapped[UUID | None]
    language: Mapped[Word] = mapped_column(default="ja")
    """Of the mail: the inviting administrator's choice."""
    generation: Mapped[int] = mapped_column(default=1)
    token_sha256: Mapped[Sha256 | None]
    """Set by the process that mails the link, before it does."""
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    invited_at: Mapped[datetime]
    """Of the newest mail; it counts from here."""
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    """The next server refused the newest mail."""
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    member_id: Mapped[UUID | None]
    """Whom it made."""
