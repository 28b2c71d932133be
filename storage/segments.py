"""The format of an encrypted blob file: STREAM of 64 KiB segments, AES-256-GCM.

    header   magic (6) | version (1) | salt (16) | nonce prefix (7)
    segments ciphertext (64 KiB, the last one 0 to 64 KiB) | tag (16), at least one
    trailer  HMAC-SHA256 (32) over blob id, number of segments and plaintext length

The file's two keys come from the document's data key by HKDF-SHA256 with the file's random salt
and the document's id, so no nonce is ever used twice with a key, and a segment of another file
never decrypts. The nonce is prefix | counter (4) | last flag (1), as in "Online Authenticated-
Encryption and its Nonce-Reuse Misuse-Resistance" (Hoang, Reyhanitabar, Rogaway, Vizar, 2015):
segments can be neither cut off nor reordered. The trailer ties the file to its blob: the id is
made of the plaintext's hash, which an upload knows only at its end.
"""

import hashlib
import hmac
import io
import os
import secrets
import struct
from collections.abc import Iterable
from typing import BinaryIO, NamedTuple, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.limits import SEGMENT_BYTES
from storage.vault_errors import BlobAltered

_MAGIC = b"MUSUBI\x01"
_SALT_BYTES, _PREFIX_BYTES, _TAG_BYTES, _TRAILER_BYTES = 16, 7, 16, 32
_HEADER_BYTES = len(_MAGIC) + _SALT_BYTES + _PREFIX_BYTES
_STORED_SEGMENT = SEGMENT_BYTES + _TAG_BYTES
_MAX_SEGMENTS = 2**32
_KEY_BYTES = 32


class Sink(Protocol):
    """Where encrypted bytes go."""

    def write(self, data: bytes) -> object:
        """Append."""


class Keys(NamedTuple):
    """The keys of one file."""

    cipher: AESGCM
    mac: bytes
    prefix: bytes
    document_id: UUID

    def nonce(self, index: int, *, last: bool) -> bytes:
        """12 bytes, unlike any other of this file."""
        return self.prefix + struct.pack(">IB", index, last)

    def associated(self, index: int) -> bytes:
        """What a segment is bound to besides its file."""
        return self.document_id.bytes + struct.pack(">Q", index)

    def trailer(self, blob_id: UUID, segments: int, size: int) -> bytes:
        """The commitment at the file's end."""
        message = blob_id.bytes + struct.pack(">QQ", segments, size)
        return hmac.digest(self.mac, message, "sha256")


def segment_count(size: int) -> int:
    """Segments of `size` bytes of plaintext; even nothing takes one, which says that it ends."""
    return max(1, -(-size // SEGMENT_BYTES))


def _derive(data_key: bytes, document_id: UUID, salt: bytes, prefix: bytes) -> Keys:
    info = b"musubi vault segments\x00" + document_id.bytes
    both = HKDF(SHA256(), 2 * _KEY_BYTES, salt, info).derive(data_key)
    return Keys(AESGCM(both[:_KEY_BYTES]), both[_KEY_BYTES:], prefix, document_id)


class SegmentWriter:
    """Encrypts what is written, 64 KiB at a time; plaintext waits in memory only."""

    def __init__(self, sink: Sink, data_key: bytes, document_id: UUID) -> None:
        salt, prefix = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_PREFIX_BYTES)
        self._sink = sink
        self._keys = _derive(data_key, document_id, salt, prefix)
        self._waiting = bytearray()
        self._segments = 0
        self.size = 0
        sink.write(_MAGIC + salt + prefix)

    def write(self, data: bytes) -> None:
        """Take plaintext."""
        self.size += len(data)
        self._waiting += data
        # The last segment must know that it is the last: one full segment always waits.
        while len(self._waiting) > SEGMENT_BYTES:
            self._emit(bytes(self._waiting[:SEGMENT_BYTES]), last=False)
            del self._waiting[:SEGMENT_BYTES]

    def finish(self, blob_id: UUID) -> None:
        """Write the last segment and tie the file to its blob."""
        self._emit(bytes(self._waiting), last=True)
        self._waiting.clear()
        self._sink.write(self._keys.trailer(blob_id, self._segments, self.size))

    def _emit(self, plain: bytes, *, last: bool) -> None:
        if self._segments >= _MAX_SEGMENTS:
            message = "a blob ends before its counter does"
            raise OverflowError(message)
        nonce = self._keys.nonce(self._segments, last=last)
        sealed = self._keys.cipher.encrypt(nonce, plain, self._keys.associated(self._segments))
        self._sink.write(sealed)
        self._segments += 1


class SegmentReader:
    """Decrypts single segments of a file whose trailer has proved it to be this blob's."""

    def __init__(self, file: BinaryIO, data_key: bytes, document_id: UUID, blob_id: UUID) -> None:
        self._file = file
        self._blob_id = blob_id
        length = file.seek(0, io.SEEK_END)
        self._stored = length - _HEADER_BYTES - _TRAILER_BYTES
        self.segments = max(0, -(-self._stored // _STORED_SEGMENT))
        self.size = self._stored - self.segments * _TAG_BYTES
        header = self._at(0, _HEADER_BYTES)
        if self._stored < _TAG_BYTES or not header.startswith(_MAGIC):
            raise self._altered("header")
        salt = header[len(_MAGIC) : len(_MAGIC) + _SALT_BYTES]
        self._keys = _derive(data_key, document_id, salt, header[-_PREFIX_BYTES:])
        trailer = self._keys.trailer(blob_id, self.segments, self.size)
        if not hmac.compare_digest(self._at(length - _TRAILER_BYTES, _TRAILER_BYTES), trailer):
            raise self._altered("trailer")

    def segment(self, index: int) -> bytes:
        """The plaintext of one segment of this file. Raises BlobAltered."""
        if not 0 <= index < self.segments:
            raise self._altered(f"segment {index}")
        start = index * _STORED_SEGMENT
        length = min(_STORED_SEGMENT, self._stored - start)
        nonce = self._keys.nonce(index, last=index == self.segments - 1)
        try:
            return self._keys.cipher.decrypt(
                nonce, self._at(_HEADER_BYTES + start, length), self._keys.associated(index)
            )
        except InvalidTag as error:
            raise self._altered(f"segment {index}") from error

    def _at(self, offset: int, length: int) -> bytes:
        return os.pread(self._file.fileno(), max(0, length), max(0, offset))

    def _altered(self, part: str) -> BlobAltered:
        return BlobAltered(f"blob {self._blob_id}: {part}")


def blob_id_of(data_key: bytes, sha256: bytes, shared: Iterable[tuple[UUID, int, int]]) -> UUID:
    """The id that this plaintext, split in this way, has under this data key.

    A step that is repeated after a crash writes the same file again instead of a second one, and
    without the key nobody can test a guess of the content against a file's name.
    """
    key = HKDF(SHA256(), _KEY_BYTES, None, b"musubi vault blob id").derive(data_key)
    split = b"".join(blob.bytes + struct.pack(">QQ", *run) for blob, *run in shared)
    return UUID(bytes=hmac.digest(key, sha256 + hashlib.sha256(split).digest(), "sha256")[:16])
