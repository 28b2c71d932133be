"""The organisations' logos."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class OrganisationLogo(Base):
    """A picture that an administrator sent as the organisation's logo. `state` is a DocumentState;
    `organisations.logo_id` names the one that is shown. The vault keys both blobs by `id`."""

    __tablename__ = "organisation_logos"

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    state: Mapped[Word] = mapped_column(default="checking")
    refusal: Mapped[Word | None]
    size: Mapped[int] = mapped_column(BigInteger)
    upload_blob_id: Mapped[UUID | None] = mapped_column(ForeignKey("blobs.id"))
    """As uploaded, until it is clean."""
    image_blob_id: Mapped[UUID | None] = mapped_column(ForeignKey("blobs.id"))
    """The cleaned PNG."""
    image_sha256: Mapped[Sha256 | None]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    """Taken away, or replaced by the one that came after."""
