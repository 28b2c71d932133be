"""Files that signers attach (添付ファイル): one row per upload, whatever became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class Attachment(Base):
    """A file that one person sent for one field. `state` is a DocumentState.

    Of a field's rows the newest counts that is ready and not removed. A replaced or removed one
    keeps its row and loses its bytes. The vault keys the blobs by `id`.
    """

    __tablename__ = "attachments"

    id: Mapped[Key]
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participants.id"), index=True)
    slot_id: Mapped[UUID] = mapped_column(ForeignKey("slots.id"))
    field_id: Mapped[UUID] = mapped_column(ForeignKey("fields.id"), index=True)
    state: Mapped[Word] = mapped_column(default="checking")
    refusal: Mapped[Word | None]
    name: Mapped[str] = mapped_column(String(200))
    """As it can be shown; with the ending of its kind once that is known."""
    size: Mapped[int] = mapped_column(BigInteger)
    """Bytes as sent; as kept once it is ready."""
    upload_blob_id: Mapped[UUID | None] = mapped_column(ForeignKey("blobs.id"))
    """As sent: a picture's goes as soon as there is a clean one."""
    kind: Mapped[Word | None]
    """A FileKind."""
    blob_id: Mapped[UUID | None] = mapped_column(ForeignKey("blobs.id"))
    sha256: Mapped[Sha256 | None]
    preview_blob_id: Mapped[UUID | None] = mapped_column(ForeignKey("blobs.id"))
    """A picture of it, PNG or JPEG."""
    pages: Mapped[int] = mapped_column(default=0)
    located: Mapped[bool] = mapped_column(default=False)
    """It said where it was taken, and does not any more."""
    proof: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The seal of whoever checked it, bound to what it was found to be."""
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
