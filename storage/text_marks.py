"""Marks: what the index keeps of a text instead of its letters.

A mark is 24 bits of HMAC-SHA256 over one letter, or two that stand together, under a key of the
organisation. A document's marks are a sorted array of 3-byte numbers. A fold's documents are
folded into BUCKETS buckets by the first bits of their marks:

    count (2) | remaining bits, sorted (2 each) | lengths (2 each) | for each: places (2 each), or
    a bitmap of FOLD bits where that is shorter

Both are sealed (AES-256-GCM, random nonces, bound to their place): whoever has only the database
sees how much there is, and neither marks nor how often one occurs.
"""

import hmac
import secrets
import struct
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.vault_errors import SealBroken

FOLD = 1024
"""Documents that are folded together."""
BUCKETS = 1024
_MARK_BYTES = 3
_REST_BITS = 8 * _MARK_BYTES - 10
_REST = (1 << _REST_BITS) - 1
_BITMAP_BYTES = FOLD // 8
_NONCE_BYTES = 12

assert BUCKETS << _REST_BITS == 1 << 8 * _MARK_BYTES


class TextKeys:
    """The two keys of an organisation's index."""

    def __init__(self, marking: bytes, sealing: bytes) -> None:
        self._marking = marking
        self._cipher = AESGCM(sealing)

    def mark(self, gram: str) -> int:
        """24 bits."""
        digest = hmac.digest(self._marking, gram.encode(), "sha256")
        return int.from_bytes(digest[:_MARK_BYTES], "big")

    def marks(self, grams: Iterable[str]) -> bytes:
        """Of a text, as they are kept: sorted, each once."""
        found = sorted({self.mark(gram) for gram in grams})
        return b"".join(mark.to_bytes(_MARK_BYTES, "big") for mark in found)

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """Only at the same place it is opened again."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, place)

    def unseal(self, sealed: bytes, place: bytes) -> bytes:
        """Raises SealBroken."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)
        except (InvalidTag, ValueError) as error:
            message = "part of a text index"
            raise SealBroken(message) from error


def entry_place(document_id: UUID) -> bytes:
    """What a document's own marks are bound to."""
    return b"entry" + document_id.bytes


def bucket_place(bucket: int, fold: int) -> bytes:
    """What a bucket is bound to."""
    return b"bucket" + struct.pack(">II", bucket, fold)


def bucket_of(mark: int) -> int:
    """By its first bits."""
    return mark >> _REST_BITS


def has_marks(marks: bytes, wanted: Sequence[Sequence[int]]) -> bool:
    """Whether a document's own marks hold one of each of these."""
    return all(
        any(_has(marks, mark.to_bytes(_MARK_BYTES, "big")) for mark in ways) for ways in wanted
    )


def _has(marks: bytes, mark: bytes) -> bool:
    at = marks.find(mark)
    while at % _MARK_BYTES and at >= 0:
        at = marks.find(mark, at + 1)
    return at >= 0


def folded(documents: Sequence[bytes]) -> Mapping[int, Mapping[int, int]]:
    """Of each bucket, by a mark: the bits of the documents (FOLD at most) that have it."""
    found: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for place, marks in enumerate(documents):
        bit = 1 << place
        for at in range(0, len(marks), _MARK_BYTES):
            mark = int.from_bytes(marks[at : at + _MARK_BYTES], "big")
            found[mark >> _REST_BITS][mark & _REST] |= bit
    return found


def packed(bits: Mapping[int, int]) -> bytes:
    """A bucket's bytes."""
    rests = array("H", sorted(rest for rest in bits if bits[rest]))
    parts = [_posting(bits[rest]) for rest in rests]
    lengths = array("H", map(len, parts))
    return b"".join((struct.pack("=H", len(rests)), rests.tobytes(), lengths.tobytes(), *parts))


def unpacked(data: bytes) -> Mapping[int, int]:
    """A bucket's documents by mark, again."""
    rests, lengths, at = _heads(data)
    found = {}
    for rest, length in zip(rests, lengths, strict=True):
        found[rest] = _bits(data[at : at + length])
        at += length
    return found


def documents_with(data: bytes, mark: int) -> int:
    """The bits of the documents in a bucket that have the mark."""
    rests, lengths, at = _heads(data)
    index = bisect_left(rests, mark & _REST)
    if index == len(rests) or rests[index] != mark & _REST:
        return 0
    at += sum(lengths[:index])
    return _bits(data[at : at + lengths[index]])


def places_of(bits: int) -> list[int]:
    """The places of the bits, in order."""
    found = []
    while bits:
        lowest = bits & -bits
        found.append(lowest.bit_length() - 1)
        bits ^= lowest
    return found


def _heads(data: bytes) -> tuple["array[int]", "array[int]", int]:
    (count,) = struct.unpack_from("=H", data)
    end = 2 + 2 * count
    rests, lengths = array("H"), array("H")
    rests.frombytes(data[2:end])
    lengths.frombytes(data[end : end + 2 * count])
    return rests, lengths, end + 2 * count


def _posting(bits: int) -> bytes:
    if 2 * bits.bit_count() < _BITMAP_BYTES:
        return array("H", places_of(bits)).tobytes()
    return bits.to_bytes(_BITMAP_BYTES, "little")


def _bits(posting: bytes) -> int:
    if len(posting) == _BITMAP_BYTES:
        return int.from_bytes(posting, "little")
    found = 0
    for place in array("H", posting):
        found |= 1 << place
    return found
