"""The index of documents' texts: keyed marks of their letters, and nothing of them in clear."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base

_WAITING = text("marks IS NULL AND ordinal IS NULL")
_FRESH = text("marks IS NOT NULL")


class TextEntry(Base):
    """A document whose words are kept. Waiting (neither marks nor ordinal), fresh (marks of its
    own), or folded into the buckets of its organisation, where the ordinal is its place."""

    __tablename__ = "text_entries"
    __table_args__ = (
        Index(None, "organisation_id", "ordinal", unique=True),
        Index(
            "ix_text_entries_waiting",
            "document_id",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index(
            "ix_text_entries_fresh",
            "organisation_id",
            sqlite_where=_FRESH,
            postgresql_where=_FRESH,
        ),
    )

    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    marks: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed; see storage.text_marks."""
    ordinal: Mapped[int | None]
    """Fold times storage.text_marks.FOLD, plus the place within it."""


class TextBucket(Base):
    """Of one fold of documents: which of them have which marks, for the marks that begin alike."""

    __tablename__ = "text_buckets"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fold: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
