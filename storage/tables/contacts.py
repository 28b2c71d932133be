"""The address book (宛先帳): contacts with their history, and tables on their way in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class Contact(Base):
    """Somebody to whom an organisation sends; see domain.contacts. Empty texts: not entered."""

    __tablename__ = "contacts"
    __table_args__ = (
        Index(None, "organisation_id", "mail_even"),
        Index(None, "organisation_id", "company_even", "person_even"),
        Index(None, "organisation_id", "kana"),
    )

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str] = mapped_column(String(100))
    kana: Mapped[str] = mapped_column(String(100))
    mail: Mapped[str] = mapped_column(String(254))
    company: Mapped[str] = mapped_column(String(100))
    corporate_number: Mapped[str] = mapped_column(String(13))
    partner_code: Mapped[str] = mapped_column(String(50))
    department: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(100))
    postal_code: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(300))
    phone: Mapped[str] = mapped_column(String(16))
    language: Mapped[Word]
    note: Mapped[str] = mapped_column(Text)
    mail_even: Mapped[str] = mapped_column(String(254))
    company_even: Mapped[str] = mapped_column(Text)
    person_even: Mapped[str] = mapped_column(Text)
    """What duplicates are found by; evened texts can be longer than what was typed."""
    searched: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)
    merged_into: Mapped[UUID | None]
    """The contact that took its place."""
    revision: Mapped[int]
    """The number of its newest change; a form that was opened before is refused."""
    changed_at: Mapped[datetime]


class ContactChange(Base):
    """One change: old and new values, who and when. Rows are never changed or deleted."""

    __tablename__ = "contact_changes"
    __table_args__ = (UniqueConstraint("contact_id", "number"),)

    id: Mapped[Key]
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    number: Mapped[int]
    """`Contact.revision` that it made, from 1."""
    kind: Mapped[Word]
    """A domain ContactEvent."""
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class ContactImport(Base):
    """A table that a member has sent and looks at before anything of it is taken."""

    __tablename__ = "contact_imports"

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[Sha256]
    updates: Mapped[bool]
    """Whether lines that are there already take the file's values."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Its bytes; empty once they were taken."""
    created_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
