"""Templates of envelopes (ひな形): the list's rows, their versions, and the files they hold."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class Template(Base):
    """A template as it is now: its newest version's name, description and sharing."""

    __tablename__ = "templates"
    __table_args__ = (Index(None, "organisation_id", "changed_at"),)

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    """Who made it."""
    department_id: Mapped[UUID | None]
    """Of its maker, then."""
    share: Mapped[Word]
    """A domain Share."""
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(Text)
    searched: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    """The number of its newest version; a form that was opened before is refused."""
    active: Mapped[bool] = mapped_column(default=True)
    changed_by: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    changed_at: Mapped[datetime]


class TemplateVersion(Base):
    """The whole template after one change, with who, when and why. Append-only.

    `content` is a domain TemplateContent.
    """

    __tablename__ = "template_versions"
    __table_args__ = (UniqueConstraint("template_id", "number"),)

    id: Mapped[Key]
    template_id: Mapped[UUID] = mapped_column(ForeignKey("templates.id"))
    number: Mapped[int]
    kind: Mapped[Word]
    """A domain TemplateEvent."""
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    share: Mapped[Word]
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(Text)
    active: Mapped[bool]
    content: Mapped[dict[str, Any]]


class TemplateFile(Base):
    """A PDF that versions of one template hold, once for all of them. Append-only.

    Its bytes have a data key of their own, as a document's have (`owner_id` is this row's id).
    What intake found of the pages is kept with it; each draft's copy is checked anew all the same.
    """

    __tablename__ = "template_files"
    __table_args__ = (UniqueConstraint("template_id", "sha256"),)

    id: Mapped[Key]
    template_id: Mapped[UUID] = mapped_column(ForeignKey("templates.id"))
    blob_id: Mapped[UUID] = mapped_column(ForeignKey("blobs.id"))
    sha256: Mapped[Sha256]
    size: Mapped[int] = mapped_column(BigInteger)
    pages: Mapped[int]
    page_sizes: Mapped[list[Any]]
    signed: Mapped[bool]
    taken: Mapped[list[Any]]
    created_at: Mapped[datetime]
