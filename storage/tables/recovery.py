"""Recovery codes of members (リカバリーコード)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key


class MemberRecoveryCode(Base):
    """One code, which works once instead of a code of the authenticator app."""

    __tablename__ = "member_recovery_codes"

    id: Mapped[Key]
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), index=True)
    finder: Mapped[str] = mapped_column(String(8))
    """The first letters of the code, by which the row is found."""
    code_hash: Mapped[str] = mapped_column(String(200))
    """Argon2id of the whole code."""
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When it was used, or newer ones took its place."""
