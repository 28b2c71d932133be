"""What the vault's tests share: a vault over a fresh database, and a wrapper without a token."""

from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import keywrap

from runtime.pkcs11_errors import WrappedKeyInvalid
from storage.blobfiles import ROUND
from storage.database import Database, open_database
from storage.segments import SegmentReader
from storage.vault import BlobFiles, Vault

SEGMENT = 65536


@dataclass
class SoftWrapper:
    """RFC 5649 in memory; `unwrapped` counts how often the token would have been asked."""

    key: bytes = bytes(range(32))
    unwrapped: int = 0
    labels: list[str] = field(default_factory=list)

    def wrap(self, kek_label: str, key: bytes) -> bytes:
        self.labels.append(kek_label)
        return keywrap.aes_key_wrap_with_padding(self.key, key)

    def unwrap(self, kek_label: str, wrapped: bytes) -> bytes:
        self.unwrapped += 1
        try:
            return keywrap.aes_key_unwrap_with_padding(self.key, wrapped)
        except keywrap.InvalidUnwrap as error:
            raise WrappedKeyInvalid(kek_label) from error


@dataclass
class Stored:
    """A vault and what lies beneath it."""

    database: Database
    folder: Path
    wrapper: SoftWrapper
    vault: Vault

    def put(self, document_id: UUID, data: bytes) -> UUID:
        with self.database.transaction() as session:
            return self.vault.put(session, document_id, data)

    def append(self, document_id: UUID, blob_id: UUID, tail: bytes) -> UUID:
        with self.database.transaction() as session:
            return self.vault.append(session, document_id, blob_id, tail)

    def read(self, blob_id: UUID) -> bytes:
        with self.database.reading() as session:
            return self.vault.read(session, blob_id)

    def part(self, blob_id: UUID, start: int, end: int) -> bytes:
        with self.database.reading() as session:
            return b"".join(self.vault.read_range(session, blob_id, start, end))

    def file(self, blob_id: UUID) -> Path:
        return self.folder / blob_id.hex[:2] / f"{blob_id}.blob"

    def files(self) -> list[Path]:
        """Of blobs, finished or not."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return [path for path in found if path.name != ROUND]

    def used(self) -> int:
        return sum(path.stat().st_size for path in self.files())


def open_vault(url: str, folder: Path) -> Stored:
    database = open_database(url)
    wrapper = SoftWrapper()
    return Stored(database, folder, wrapper, Vault(database, BlobFiles(folder), wrapper, "kek-1"))


def count_segments(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Indexes of the segments that are decrypted from now on."""
    seen: list[int] = []
    real = SegmentReader.segment

    def counting(self: SegmentReader, index: int) -> bytes:
        seen.append(index)
        return real(self, index)

    monkeypatch.setattr(SegmentReader, "segment", counting)
    return seen
