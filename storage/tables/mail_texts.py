"""メールの文面: what an organisation wrote for its mails, version by version."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key


class MailTextVersion(Base):
    """One version of the words for one kind of mail, or of the sender. Append-only: a mail says
    what was the newest when it was ordered."""

    __tablename__ = "mail_text_versions"
    __table_args__ = (UniqueConstraint("organisation_id", "part", "version"),)

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    part: Mapped[str] = mapped_column(String(40))
    """A domain.kinds.NoticeKind, or domain.mail_texts.SENDER."""
    version: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    """`{"ja": {"subject", "opening", "closing"}, "en": …}`, or `{"name", "name_en", "reply_to"}`;
    all empty: as the service has it."""
    created_by: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[datetime]
