"""Where encrypted blobs lie: one file per blob, whole or absent, never changed afterwards.

`incoming/` holds files that are still being written; `<two hex digits>/<blob id>.blob` the
finished ones; `round` says which database they belong to (storage.vault_rounds). Names say nothing
of content. Another store (S3) needs the same verbs: begin, open, remove, and that one mark.
"""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from runtime.files import private_folder, sync_folder, write_durably
from storage.vault_errors import BlobMissing, ForeignBlobs

LEFTOVER_AGE = timedelta(minutes=30)
"""Longer than any pause of an upload and than any transaction: older leftovers belong to nobody."""
ROUND = "round"
"""The file with the last sweep's number."""
_SUFFIX = ".blob"


@dataclass(frozen=True)
class Round:
    """A sweep: of which installation, and which one it is."""

    installation: str
    number: int


class IncomingFile:
    """A file that is being written. `keep` makes it a blob; `discard` leaves nothing."""

    def __init__(self, root: Path, path: Path) -> None:
        self._root = root
        self._path = path
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file: BinaryIO | None = os.fdopen(handle, "wb")
        self._synced = False

    def write(self, data: bytes) -> None:
        """Append."""
        self._open().write(data)
        self._synced = False

    def sync(self) -> None:
        """Wait for the disk now, so that `keep` need not while others want to write."""
        file = self._open()
        if not self._synced:
            file.flush()
            os.fsync(file.fileno())
            self._synced = True

    def keep(self, blob_id: UUID) -> None:
        """Make it durable under the blob's name, replacing what an unfinished step left there."""
        self.sync()
        self._close()
        target = blob_path(self._root, blob_id)
        if not target.parent.exists():
            private_folder(target.parent)
            sync_folder(self._root)
        self._path.replace(target)
        sync_folder(target.parent)

    def discard(self) -> None:
        """Leave nothing; may be called at any time, also twice."""
        if self._file is not None:
            self._close()
            self._path.unlink(missing_ok=True)

    def _open(self) -> BinaryIO:
        if self._file is None:
            message = "the file is closed"
            raise ValueError(message)
        return self._file

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()


class BlobFiles:
    """A folder of blobs."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._round_file = root / ROUND

    def begin(self) -> IncomingFile:
        """Start a file."""
        private_folder(self._incoming)
        return IncomingFile(self._root, self._incoming / f"{secrets.token_hex(16)}.part")

    def open(self, blob_id: UUID) -> BinaryIO:
        """A finished blob's file. Raises BlobMissing."""
        try:
            return blob_path(self._root, blob_id).open("rb")
        except FileNotFoundError as error:
            message = f"blob {blob_id} has no file"
            raise BlobMissing(message) from error

    def remove(self, blob_id: UUID) -> None:
        """Remove a blob's file, if there is one."""
        blob_path(self._root, blob_id).unlink(missing_ok=True)

    def remove_aged(self, blob_id: UUID, older_than: timedelta) -> bool:
        """Remove a blob's file unless it was stored anew meanwhile. Returns whether it did."""
        path = blob_path(self._root, blob_id)
        old = _is_older(path, self._now() - older_than.total_seconds())
        if old:
            path.unlink(missing_ok=True)
        return old

    def aged(self, older_than: timedelta) -> Iterator[UUID]:
        """Blobs whose files are older than this: candidates of a sweep."""
        before = self._now() - older_than.total_seconds()
        for path in self._root.glob(f"*/*{_SUFFIX}"):
            if _is_older(path, before):
                yield UUID(path.stem)

    def sweep_incoming(self, older_than: timedelta) -> int:
        """Remove what broken-off uploads left. Returns how many files."""
        before = self._now() - older_than.total_seconds()
        old = [path for path in self._incoming.glob("*.part") if _is_older(path, before)]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def round(self) -> Round | None:
        """The last sweep that this folder knows of. Raises ForeignBlobs for what is none."""
        try:
            text = self._round_file.read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        installation, _, number = text.partition(" ")
        if not number.strip().isdecimal():
            message = f"{self._round_file.name} cannot be read"
            raise ForeignBlobs(message)
        return Round(installation, int(number))

    def write_round(self, done: Round) -> None:
        """Remember a sweep."""
        private_folder(self._root)
        text = f"{done.installation} {done.number}\n"
        write_durably(self._round_file, text.encode(), mode=0o600)

    def _now(self) -> float:
        """The time by which the store dates its files, which may be another machine's. By a clock
        of ours that is an hour ahead, a blob whose row is not committed yet would be a leftover."""
        private_folder(self._incoming)
        mark = self._incoming / f"{secrets.token_hex(16)}.now"
        mark.touch()
        try:
            return mark.stat().st_mtime
        finally:
            mark.unlink(missing_ok=True)


def blob_path(root: Path, blob_id: UUID) -> Path:
    """Where a blob's file lies."""
    return root / blob_id.hex[:2] / f"{blob_id}{_SUFFIX}"


def _is_older(path: Path, than: float) -> bool:
    try:
        return path.stat().st_mtime < than
    except FileNotFoundError:
        return False
