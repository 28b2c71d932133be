"""Questions of asked people, and the sender's answers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Word


class Question(Base):
    """One question (質問) of one participant; it changes nothing of the route."""

    __tablename__ = "questions"
    __table_args__ = (UniqueConstraint("participant_id", "nonce"),)

    id: Mapped[Key]
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"), index=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participants.id"))
    nonce: Mapped[str] = mapped_column(String(64))
    """Of the form: sent twice, it is one question."""
    kind: Mapped[Word]
    """domain.questions.QuestionKind."""
    text: Mapped[str] = mapped_column(String(1000))
    asked_at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(String(1000))
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
