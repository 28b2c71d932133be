"""Documents, their versions' fields, their revisions, and the vault's blobs and data keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class Document(Base):
    """A PDF of an envelope (文書)."""

    __tablename__ = "documents"

    id: Mapped[Key]
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"), index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    file_name: Mapped[str] = mapped_column(String(200))
    state: Mapped[Word] = mapped_column(default="uploading")
    refusal: Mapped[Word | None]
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[Sha256 | None]
    """Of the file as uploaded."""
    pages: Mapped[int] = mapped_column(default=0)
    page_sizes: Mapped[list[Any]] = mapped_column(default=list)
    """[[width, height], ...] in points, as displayed (after /Rotate, within the crop box)."""
    thumbnail_blob_ids: Mapped[list[Any]] = mapped_column(default=list)
    """Blob ids (strings) of the PNGs rendered at intake; may cover the first pages only. Of a
    page that could not be drawn, an empty text."""
    text_blob_id: Mapped[UUID | None]
    """The words of its pages (storage.texts), as intake found them; None before it looked."""
    found_blob_id: Mapped[UUID | None]
    """What in it wants to be filled in (storage.proposals); None where intake found nothing, and
    where it did not look yet."""
    dismissed: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    """Numbers of the places found whose proposals its sender dismissed."""
    mends: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    """Codes (domain.mends.Mend) of what a repaired copy would lack, or lacks."""
    repair_agreed_at: Mapped[datetime | None]
    """When the sender agreed to lose exactly these."""
    repair_agreed_by: Mapped[UUID | None]
    """Which member."""
    signed: Mapped[bool] = mapped_column(default=False)
    """It was uploaded with signatures in it: then it takes nothing but further signatures."""
    taken: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    """[[page from 0, x, y, width, height], ...] in points as displayed: annotations that it came
    with, over which no field lies."""
    placed: Mapped[list[Any] | None]
    """Of a corrected document: its fields as its sender placed them anew, as typed. None: those of
    the document before, at their places."""
    from_version: Mapped[int] = mapped_column(default=1, server_default="1")
    """The first version of the envelope that it belongs to."""
    until_version: Mapped[int | None]
    """The last one, once a correction has replaced it."""
    replaces_id: Mapped[UUID | None]
    """The document that it is a correction of."""
    compared: Mapped[list[Any] | None]
    """Of a corrected document: [[page before, page, [parts of a million that look different,
    [[x, y, width, height] in thousandths, ...]]], ...], pages from 1. None until its pictures were
    held against those of the document before."""
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    fresher_at: Mapped[datetime | None]
    """When newer revocation data will exist for a completed document: then one more archive
    revision follows. None when it holds all that it needs."""

    def picture(self, page: int) -> UUID | None:
        """The blob with the image of a page, from 1; None for one that has none."""
        drawn = self.thumbnail_blob_ids
        found = str(drawn[page - 1]) if 1 <= page <= len(drawn) else ""
        return UUID(found) if found else None


class Revision(Base):
    """The bytes of a document after one incremental update (更新); `number` counts from 0."""

    __tablename__ = "revisions"
    __table_args__ = (UniqueConstraint("document_id", "version", "number"),)

    id: Mapped[Key]
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"), index=True)
    version: Mapped[int]
    """0 for the upload, then the envelope's version."""
    number: Mapped[int]
    kind: Mapped[Word]
    blob_id: Mapped[UUID] = mapped_column(ForeignKey("blobs.id"))
    sha256: Mapped[Sha256]
    size: Mapped[int] = mapped_column(BigInteger)
    act_id: Mapped[UUID | None] = mapped_column(ForeignKey("acts.id"))
    created_at: Mapped[datetime]


class Field(Base):
    """An input field (入力欄) placed for one slot in one version of a document.

    `rect` is [x, y, width, height] in points from the top left of the displayed page, or None
    for an invisible signature.
    """

    __tablename__ = "fields"
    __table_args__ = (UniqueConstraint("document_id", "version", "name"),)

    id: Mapped[Key]
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"), index=True)
    version: Mapped[int]
    slot_id: Mapped[UUID] = mapped_column(ForeignKey("slots.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    """`FIELD_0001`: fixed width, so that no name is a prefix of another."""
    kind: Mapped[Word]
    page: Mapped[int] = mapped_column(default=0)
    rect: Mapped[list[Any] | None]
    required: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    """Order of the list that its person fills in, within the document."""
    label: Mapped[str] = mapped_column(String(60), default="")
    options: Mapped[list[Any]] = mapped_column(default=list)
    max_characters: Mapped[int | None]
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    """domain.field_rules.FieldRules; other fields by their names, which are in this document."""


class DataKey(Base):
    """An AES-256 key, wrapped by the vault token's key. One per document; one per organisation
    for small secrets (`owner_kind` is `document` or `organisation`)."""

    __tablename__ = "data_keys"
    __table_args__ = (UniqueConstraint("owner_kind", "owner_id"),)

    id: Mapped[Key]
    owner_kind: Mapped[Word]
    owner_id: Mapped[UUID]
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    wrapping_key: Mapped[str] = mapped_column(String(64))
    """Label of the wrapping key inside the vault token."""
    created_at: Mapped[datetime]


class VaultRound(Base):
    """How often the vault was swept: one row, whose like is a file in the folder of blobs, so that
    a database and a folder that do not belong together are noticed (storage.vault_rounds)."""

    __tablename__ = "vault_rounds"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    installation: Mapped[str] = mapped_column(String(32))
    number: Mapped[int] = mapped_column(BigInteger)


class Blob(Base):
    """Immutable encrypted bytes: shared leading segments of a predecessor, then own segments.

    `sha256` and `size` are of the plaintext. `shared` is [[blob id, first, last], ...]: runs of
    whole segments that live in other blobs' files, in order; own segments follow.
    """

    __tablename__ = "blobs"
    __table_args__ = (UniqueConstraint("data_key_id", "sha256"),)

    id: Mapped[Key]
    data_key_id: Mapped[UUID] = mapped_column(ForeignKey("data_keys.id"), index=True)
    sha256: Mapped[Sha256]
    size: Mapped[int] = mapped_column(BigInteger)
    shared: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
