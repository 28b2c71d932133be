"""The vault (保管庫): document bytes, encrypted in segments under one data key per document.

A revision is its predecessor's whole leading segments plus its own tail, so a signature costs
its own bytes on disk and not the file's. Files are durable before the caller's transaction
commits their rows; blobs are found by their plaintext's hash, so a repeated step makes no second
copy. See storage.segments for the format.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from domain.limits import SEGMENT_BYTES
from storage import seals
from storage.blobfiles import LEFTOVER_AGE, BlobFiles
from storage.database import Database
from storage.datakeys import DataKeys, KeyWrapper, NewKey, OwnedKey
from storage.runs import Run, leading_runs, segments_of, shared_runs
from storage.segments import SegmentReader, SegmentWriter, blob_id_of, segment_count
from storage.tables import Blob
from storage.uploadstream import Received, StoredUpload, UploadStream
from storage.vault_errors import (
    BlobAltered,
    BlobMissing,
    DataKeyUnusable,
    ForeignBlobs,
    SealBroken,
    VaultError,
)
from storage.vault_rounds import begin_round

__all__ = [
    "BlobAltered",
    "BlobFiles",
    "BlobMissing",
    "DataKeyUnusable",
    "ForeignBlobs",
    "KeyWrapper",
    "SealBroken",
    "StoredUpload",
    "UploadStream",
    "Vault",
    "VaultError",
]

DOCUMENT = "document"
"""`owner_kind` of a document's data key."""
_LOOKED_UP = 500
"""Blobs per query of a sweep; SQLite takes some thousands of values."""


class Vault:
    """Stores and reads blobs and small secrets. Safe for threads.

    Raises VaultError when stored bytes are not what was stored, and runtime.pkcs11.TokenError
    while the vault token does not answer.
    """

    def __init__(
        self, database: Database, blobs: BlobFiles, keys: KeyWrapper, wrapping_key: str
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._keys = DataKeys(keys, wrapping_key)

    def put(self, session: Session, document_id: UUID, data: bytes) -> UUID:
        """Store bytes. Returns the id of an equal blob of the same document if there is one."""
        key = self._keys.ensure(session, DOCUMENT, document_id)
        digest = hashlib.sha256(data).digest()
        return self._found(session, key, digest) or self._write(
            session, key, digest, len(data), [], [data]
        )

    def append(
        self, session: Session, document_id: UUID, predecessor_blob_id: UUID, tail: bytes
    ) -> UUID:
        """Store predecessor + tail. Only the predecessor's last segment is written again.

        The predecessor is read and checked on the way. Raises VaultError if it is another
        document's.
        """
        key = self._keys.ensure(session, DOCUMENT, document_id)
        before = self._row(session, predecessor_blob_id)
        if before.data_key_id != key.id:
            message = f"blob {before.id} belongs to another document"
            raise VaultError(message)
        hashed = hashlib.sha256()
        for chunk in self._checked(session, before):
            hashed.update(chunk)
        hashed.update(tail)
        digest = hashed.digest()
        if found := self._found(session, key, digest):
            return found
        shared, kept = leading_runs(before)
        rest = b"".join(self.read_range(session, before.id, kept * SEGMENT_BYTES, before.size))
        size = before.size + len(tail)
        return self._write(session, key, digest, size, shared, [rest, tail])

    def read(self, session: Session, blob_id: UUID) -> bytes:
        """All bytes, checked against the stored hash."""
        return b"".join(self._checked(session, self._row(session, blob_id)))

    def read_range(self, session: Session, blob_id: UUID, start: int, end: int) -> Iterator[bytes]:
        """Bytes start..end (exclusive; cut at the size), decrypting only their segments.

        The session is used before this returns, and not while the bytes are taken.
        """
        row = self._row(session, blob_id)
        key = self._keys.of_id(session, row.data_key_id)
        return self._decrypt(row, key, max(0, start), min(end, row.size))

    def size(self, session: Session, blob_id: UUID) -> int:
        """Plaintext bytes."""
        return self._row(session, blob_id).size

    def upload(self, document_id: UUID, limit: int) -> UploadStream:
        """A stream to receive at most `limit` bytes into a blob of the document."""
        with self._database.reading() as session:
            known = self._keys.find(session, DOCUMENT, document_id)
        new = None if known else self._keys.make(DOCUMENT, document_id)
        owned = new.owned if new else known
        assert owned is not None
        file = self._blobs.begin()
        writer = SegmentWriter(file, owned.key, document_id)
        return UploadStream(
            file,
            writer,
            limit,
            lambda digest: blob_id_of(owned.key, digest, []),
            lambda session, got: self._receive(session, owned, new, got),
        )

    def seal(
        self, session: Session, owner_kind: str, owner_id: UUID, plaintext: bytes, context: bytes
    ) -> bytes:
        """Encrypt a small secret; only the same owner and context open it again."""
        key = self._keys.ensure(session, owner_kind, owner_id)
        return seals.seal(key, plaintext, context)

    def unseal(
        self, session: Session, owner_kind: str, owner_id: UUID, sealed: bytes, context: bytes
    ) -> bytes:
        """The secret again. Raises SealBroken or DataKeyUnusable."""
        key = self._keys.find(session, owner_kind, owner_id)
        if key is None:
            message = f"no data key of {owner_kind} {owner_id}"
            raise DataKeyUnusable(message)
        return seals.unseal(key, sealed, context)

    def vouches(  # noqa: PLR0913 - whose key, for what, and both texts
        self,
        session: Session,
        owner_kind: str,
        owner_id: UUID,
        sealed: bytes,
        context: bytes,
        plaintext: bytes,
    ) -> bool:
        """Whether `sealed` is this very secret, sealed here for this owner and context."""
        try:
            return self.unseal(session, owner_kind, owner_id, sealed, context) == plaintext
        except VaultError:
            return False

    def derived(
        self, session: Session, owner_kind: str, owner_id: UUID, purpose: bytes, *, make: bool
    ) -> bytes | None:
        """32 bytes for one purpose, always the same for an owner. Without `make` None for an owner
        who has no key yet: a session that only reads makes none."""
        find = self._keys.ensure if make else self._keys.find
        key = find(session, owner_kind, owner_id)
        return None if key is None else seals.derived(key, purpose)

    def remove_bytes(self, blob_id: UUID) -> None:
        """A blob's file, if there is one; its row stays as the hash of what there was."""
        self._blobs.remove(blob_id)

    def sweep(self, older_than: timedelta = LEFTOVER_AGE) -> int:
        """Remove what broken-off uploads and rolled-back transactions left. Returns how many.
        Raises ForeignBlobs where the database is not the one that knows these blobs."""
        removed = self._blobs.sweep_incoming(older_than)
        begin_round(self._database, self._blobs)
        aged = self._blobs.aged(older_than)
        while blob_ids := list(islice(aged, _LOOKED_UP)):
            with self._database.reading() as session:
                known = set(session.scalars(select(Blob.id).where(Blob.id.in_(blob_ids))))
            orphans = [blob_id for blob_id in blob_ids if blob_id not in known]
            removed += sum(self._sweep_orphan(blob_id, older_than) for blob_id in orphans)
        return removed

    def _sweep_orphan(self, blob_id: UUID, older_than: timedelta) -> bool:
        """Looked up again where nobody else writes: a repeated step stores the same blob anew."""
        with self._database.transaction() as session:
            if session.get(Blob, blob_id) is not None:
                return False
            return self._blobs.remove_aged(blob_id, older_than)

    def _receive(
        self, session: Session, owned: OwnedKey, new: NewKey | None, got: Received
    ) -> UUID:
        stored = self._keys.store(session, new) if new else owned
        if stored.id != owned.id:
            # Another upload of the same document was first, with its own key.
            message = f"document {owned.owner_id} was uploaded twice at once"
            raise VaultError(message)
        if found := self._found(session, owned, got.sha256):
            return found
        blob_id = blob_id_of(owned.key, got.sha256, [])
        got.file.keep(blob_id)
        return self._insert(session, owned, blob_id, got.sha256, got.size, [])

    def _write(  # noqa: PLR0913 - a blob is made of these
        self,
        session: Session,
        key: OwnedKey,
        digest: bytes,
        size: int,
        shared: list[Run],
        own: Iterable[bytes],
    ) -> UUID:
        blob_id = blob_id_of(key.key, digest, shared)
        file = self._blobs.begin()
        try:
            writer = SegmentWriter(file, key.key, key.owner_id)
            for part in own:
                writer.write(part)
            writer.finish(blob_id)
            file.keep(blob_id)
        finally:
            file.discard()
        return self._insert(session, key, blob_id, digest, size, shared)

    def _insert(  # noqa: PLR0913 - the columns
        self,
        session: Session,
        key: OwnedKey,
        blob_id: UUID,
        digest: bytes,
        size: int,
        shared: list[Run],
    ) -> UUID:
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        session.execute(
            insert(Blob)
            .values(
                id=blob_id,
                data_key_id=key.id,
                sha256=digest.hex(),
                size=size,
                shared=[[str(blob), first, last] for blob, first, last in shared],
                created_at=datetime.now(UTC),
            )
            .on_conflict_do_nothing()
        )
        # Another writer may have been first, with another split of the same bytes.
        return self._found(session, key, digest) or blob_id

    def _found(self, session: Session, key: OwnedKey, digest: bytes) -> UUID | None:
        return session.scalar(
            select(Blob.id).where(Blob.data_key_id == key.id, Blob.sha256 == digest.hex())
        )

    def _row(self, session: Session, blob_id: UUID) -> Blob:
        row = session.get(Blob, blob_id)
        if row is None:
            message = f"no blob {blob_id}"
            raise BlobMissing(message)
        return row

    def _checked(self, session: Session, row: Blob) -> Iterator[bytes]:
        hashed = hashlib.sha256()
        for chunk in self.read_range(session, row.id, 0, row.size):
            hashed.update(chunk)
            yield chunk
        if not hmac.compare_digest(hashed.hexdigest(), row.sha256):
            message = f"blob {row.id}: its bytes have another hash than its row"
            raise BlobAltered(message)

    def _decrypt(self, row: Blob, key: OwnedKey, start: int, end: int) -> Iterator[bytes]:
        shared = shared_runs(row)
        whole = sum(last - first + 1 for _, first, last in shared)
        own_size = row.size - whole * SEGMENT_BYTES
        layout = [*shared, (row.id, 0, segment_count(own_size) - 1)]
        with ExitStack() as open_files:
            readers: dict[UUID, SegmentReader] = {}
            for blob_id, index, offset in segments_of(layout, start, end):
                reader = readers.get(blob_id)
                if reader is None:
                    file = open_files.enter_context(self._blobs.open(blob_id))
                    reader = SegmentReader(file, key.key, key.owner_id, blob_id)
                    if blob_id == row.id and reader.size != own_size:
                        message = f"blob {row.id}: {reader.size} bytes instead of {own_size}"
                        raise BlobAltered(message)
                    readers[blob_id] = reader
                plain = reader.segment(index)
                yield plain[max(0, start - offset) : end - offset]
