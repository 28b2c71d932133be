"""公印・角印: an organisation's seals, and every signature that shows one."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class OfficialSeal(Base):
    """A seal of an organisation. Its picture never changes: another picture is another seal.
    `state` is a DocumentState. The vault keys both blobs by `id`."""

    __tablename__ = "official_seals"

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    mm: Mapped[int]
    """How wide it is drawn, where the box of a signature has room for it."""
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    """Both days included, in the organisation's zone."""
    members: Mapped[list[Any]]
    departments: Mapped[list[Any]]
    """Ids, as texts, of who may use it."""
    roles: Mapped[list[Any]]
    state: Mapped[Word] = mapped_column(default="checking")
    refusal: Mapped[Word | None]
    size: Mapped[int] = mapped_column(BigInteger)
    upload_blob_id: Mapped[UUID | None] = mapped_column(ForeignKey("blobs.id"))
    image_blob_id: Mapped[UUID | None] = mapped_column(ForeignKey("blobs.id"))
    """The cleaned PNG."""
    crop: Mapped[Word | None]
    """What its sender cut off at the sides (domain.crops)."""
    replaces_id: Mapped[UUID | None]
    """The seal that it is a closer crop of, retired as soon as this one can be used."""
    image_sha256: Mapped[Sha256 | None]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)
    """How often it was changed; a form that was opened before is refused."""


class OfficialSealUse(Base):
    """A signature in a document that shows a seal: with name and picture as they were. Written
    with the signature; append-only."""

    __tablename__ = "official_seal_uses"
    __table_args__ = (
        UniqueConstraint("act_id", "document_id"),
        Index(None, "seal_id", "used_at", "id"),
    )

    id: Mapped[Key]
    seal_id: Mapped[UUID] = mapped_column(ForeignKey("official_seals.id"))
    act_id: Mapped[UUID] = mapped_column(ForeignKey("acts.id"))
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"))
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"))
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    person: Mapped[str] = mapped_column(String(200))
    """Who signed, as the envelope names him."""
    name: Mapped[str] = mapped_column(String(60))
    image_sha256: Mapped[Sha256]
    used_at: Mapped[datetime]
    """When the act was posted."""
