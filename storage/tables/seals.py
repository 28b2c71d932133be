"""Members' own seals."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class MemberSeal(Base):
    """A picture of a seal (印影) that a member registered for himself. `state` is a DocumentState;
    the newest clean row that was not taken away counts. The vault keys both blobs by `id`."""

    __tablename__ = "member_seals"

    id: Mapped[Key]
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), index=True)
    state: Mapped[Word] = mapped_column(default="checking")
    refusal: Mapped[Word | None]
    size: Mapped[int] = mapped_column(BigInteger)
    upload_blob_id: Mapped[UUID | None] = mapped_column(ForeignKey("blobs.id"))
    """As uploaded or drawn; None for one that was refused before it was stored."""
    image_blob_id: Mapped[UUID | None] = mapped_column(ForeignKey("blobs.id"))
    """The cleaned PNG."""
    image_sha256: Mapped[Sha256 | None]
    crop: Mapped[Word | None]
    """What its sender cut off at the sides (domain.crops)."""
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    """Taken away by the member, or by the one that came after."""
