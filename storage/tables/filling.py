"""What people enter into their fields: while they type, and as their act froze it.

Nothing of it is in clear here: values are sealed under the organisation's data key.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class TypedValues(Base):
    """What one person has typed into a slot's fields so far, kept for his next visit."""

    __tablename__ = "typed_values"

    slot_id: Mapped[UUID] = mapped_column(ForeignKey("slots.id"), primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participants.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    changed_at: Mapped[datetime]


class ActFilling(Base):
    """The values of an act, as they were agreed to. The seal is bound to the whole act: opened
    beside another act, or beside altered columns, it is broken."""

    __tablename__ = "act_fillings"

    act_id: Mapped[UUID] = mapped_column(ForeignKey("acts.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Stamp(Base):
    """A picture of a stamp (印影) that a signer uploaded for one envelope. `state` is a
    DocumentState; the newest row of a participant counts. The vault keys both blobs by `id`."""

    __tablename__ = "stamps"

    id: Mapped[Key]
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participants.id"), index=True)
    seal_id: Mapped[UUID | None]
    """The organisation's seal (storage.official_seals) that it is a copy of."""
    state: Mapped[Word] = mapped_column(default="checking")
    refusal: Mapped[Word | None]
    size: Mapped[int] = mapped_column(BigInteger)
    upload_blob_id: Mapped[UUID | None] = mapped_column(ForeignKey("blobs.id"))
    """As uploaded; None for one that was refused before it was stored."""
    image_blob_id: Mapped[UUID | None] = mapped_column(ForeignKey("blobs.id"))
    """The cleaned PNG."""
    image_sha256: Mapped[Sha256 | None]
    created_at: Mapped[datetime]
