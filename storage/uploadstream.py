"""A file on its way from a browser into the vault: it is encrypted while it is received."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from domain.refusals import Refusal, RefusalCode
from storage.blobfiles import IncomingFile
from storage.segments import SegmentWriter


@dataclass(frozen=True)
class StoredUpload:
    """An upload that became a blob: hexadecimal SHA-256 and bytes of the plaintext."""

    blob_id: UUID
    sha256: str
    size: int


@dataclass(frozen=True)
class Received:
    """All bytes of an upload, encrypted, in a file that is a whole blob but for its name."""

    file: IncomingFile
    size: int
    sha256: bytes


class UploadStream:
    """File-like enough for Werkzeug's `stream_factory`, whose own would spool plaintext to disk.

    It can be written once, from start to end; it is never read. `finish` or `abandon` ends it.
    `named` says which blob a SHA-256 will be.
    """

    def __init__(
        self,
        file: IncomingFile,
        writer: SegmentWriter,
        limit: int,
        named: Callable[[bytes], UUID],
        store: Callable[[Session, Received], UUID],
    ) -> None:
        self._file = file
        self._writer = writer
        self._limit = limit
        self._named = named
        self._store = store
        self._hash = hashlib.sha256()
        self._settled = False

    def write(self, data: bytes) -> int:
        """Take bytes. Raises Refusal TOO_LARGE past the limit; nothing more is kept then."""
        if self._settled:
            message = "the upload is at its end"
            raise ValueError(message)
        if self._writer.size + len(data) > self._limit:
            self.abandon()
            raise Refusal(RefusalCode.TOO_LARGE)
        self._hash.update(data)
        self._writer.write(data)
        return len(data)

    def tell(self) -> int:
        """Bytes received."""
        return self._writer.size

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Werkzeug rewinds what it has filled: accepted, without effect."""
        if (offset, whence) not in {(0, io.SEEK_SET), (0, io.SEEK_CUR), (0, io.SEEK_END)}:
            raise io.UnsupportedOperation
        return 0 if whence == io.SEEK_SET else self._writer.size

    def read(self, size: int = -1) -> bytes:
        """Refused: plaintext leaves by the vault only."""
        raise io.UnsupportedOperation

    def settle(self) -> None:
        """Have everything on the disk. Before a transaction, where the file is large: everybody
        else's writes wait for whoever has one."""
        if not self._settled:
            self._writer.finish(self._named(self._hash.digest()))
            self._settled = True
        self._file.sync()

    def finish(self, session: Session) -> StoredUpload:
        """Make it a blob of its document in the caller's transaction."""
        received = Received(self._file, self._writer.size, self._hash.digest())
        try:
            self.settle()
            blob_id = self._store(session, received)
        finally:
            # Kept files ignore this; whatever failed leaves nothing.
            self._file.discard()
        return StoredUpload(blob_id, received.sha256.hex(), self._writer.size)

    def abandon(self) -> None:
        """Leave nothing. May be called twice."""
        self._file.discard()

    def close(self) -> None:
        """Werkzeug closes what it no longer needs; `finish` may still come."""
