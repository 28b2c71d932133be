"""Bytes, files and keys that were changed behind the vault's back are told, never returned."""

import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import update

from storage import segments
from storage.segments import Keys
from storage.tables import Blob, DataKey
from storage.vault import (
    BlobAltered,
    BlobFiles,
    BlobMissing,
    DataKeyUnusable,
    SealBroken,
    Vault,
    VaultError,
)
from tests.storage.vaults import SEGMENT, Stored, open_vault

HEADER, STORED_SEGMENT = 30, SEGMENT + 16
DOCUMENT = UUID(int=1)
DATA = bytes(range(256)) * 1024  # four whole segments


@pytest.fixture
def stored(ready_url: str, tmp_path: Path) -> Iterator[Stored]:
    opened = open_vault(ready_url, tmp_path / "blobs")
    yield opened
    opened.database.close()


def segment(content: bytes, index: int) -> slice:
    start = HEADER + index * STORED_SEGMENT
    return slice(start, start + STORED_SEGMENT)


def swapped(content: bytes) -> bytes:
    first, second = content[segment(content, 1)], content[segment(content, 2)]
    altered = bytearray(content)
    altered[segment(content, 1)], altered[segment(content, 2)] = second, first
    return bytes(altered)


ALTERATIONS: dict[str, Callable[[bytes], bytes]] = {
    "first byte": lambda c: bytes([c[0] ^ 1]) + c[1:],
    "salt": lambda c: c[:8] + bytes([c[8] ^ 1]) + c[9:],
    "nonce prefix": lambda c: c[:25] + bytes([c[25] ^ 1]) + c[26:],
    "ciphertext": lambda c: c[:100] + bytes([c[100] ^ 1]) + c[101:],
    "a tag": lambda c: (
        c[: HEADER + SEGMENT] + bytes([c[HEADER + SEGMENT] ^ 1]) + c[HEADER + SEGMENT + 1 :]
    ),
    "last byte": lambda c: c[:-1] + bytes([c[-1] ^ 1]),
    "one byte cut": lambda c: c[:-1],
    "one byte more": lambda c: c + b"\0",
    "a segment cut out": lambda c: c[: HEADER + STORED_SEGMENT] + c[HEADER + 2 * STORED_SEGMENT :],
    "last segment cut": lambda c: c[: HEADER + 3 * STORED_SEGMENT] + c[-32:],
    "segments swapped": swapped,
    "emptied": lambda _: b"",
    "zeros": lambda c: bytes(len(c)),
}


@pytest.mark.parametrize("how", ALTERATIONS)
def test_an_altered_file_is_told(stored: Stored, how: str) -> None:
    blob = stored.put(DOCUMENT, DATA)
    path = stored.file(blob)
    path.write_bytes(ALTERATIONS[how](path.read_bytes()))
    with pytest.raises(BlobAltered):
        stored.read(blob)


def test_every_single_flipped_bit_of_a_small_file_is_told(stored: Stored) -> None:
    blob = stored.put(DOCUMENT, b"contract")
    path = stored.file(blob)
    good = path.read_bytes()
    for position in range(len(good) * 8):
        altered = bytearray(good)
        altered[position // 8] ^= 1 << position % 8
        path.write_bytes(altered)
        with pytest.raises(BlobAltered):
            stored.read(blob)
    path.write_bytes(good)
    assert stored.read(blob) == b"contract"


def test_a_range_of_an_altered_segment_is_told_and_others_are_still_read(stored: Stored) -> None:
    blob = stored.put(DOCUMENT, DATA)
    path = stored.file(blob)
    altered = bytearray(path.read_bytes())
    altered[HEADER + STORED_SEGMENT + 5] ^= 1
    path.write_bytes(altered)
    assert stored.part(blob, 0, SEGMENT) == DATA[:SEGMENT]
    with pytest.raises(BlobAltered):
        stored.part(blob, SEGMENT, SEGMENT + 1)


def test_files_of_the_same_document_cannot_be_exchanged(stored: Stored) -> None:
    one, other = stored.put(DOCUMENT, DATA), stored.put(DOCUMENT, DATA[::-1])
    shutil.copy(stored.file(one), stored.file(other))
    with pytest.raises(BlobAltered):
        stored.part(other, 0, 10)


def test_segments_of_two_files_cannot_be_exchanged(stored: Stored) -> None:
    one, other = stored.put(DOCUMENT, DATA), stored.put(DOCUMENT, DATA[::-1])
    altered = bytearray(stored.file(one).read_bytes())
    foreign = stored.file(other).read_bytes()
    altered[segment(foreign, 1)] = foreign[segment(foreign, 1)]
    stored.file(one).write_bytes(altered)
    with pytest.raises(BlobAltered):
        stored.part(one, SEGMENT, SEGMENT + 1)


def test_a_missing_file_is_told_also_when_it_is_a_predecessors(stored: Stored) -> None:
    base = stored.put(DOCUMENT, DATA)
    signed = stored.append(DOCUMENT, base, b"tail")
    stored.file(base).unlink()
    for blob in (base, signed):
        with pytest.raises(BlobMissing):
            stored.read(blob)


def test_a_predecessor_cut_short_is_told_by_its_successor(stored: Stored) -> None:
    base = stored.put(DOCUMENT, DATA)
    signed = stored.append(DOCUMENT, base, b"tail")
    path = stored.file(base)
    path.write_bytes(path.read_bytes()[: HEADER + 2 * STORED_SEGMENT])
    with pytest.raises(BlobAltered):
        stored.read(signed)


def test_an_altered_predecessor_is_not_appended_to(stored: Stored) -> None:
    base = stored.put(DOCUMENT, DATA)
    path = stored.file(base)
    altered = bytearray(path.read_bytes())
    altered[HEADER] ^= 1
    path.write_bytes(altered)
    with pytest.raises(BlobAltered):
        stored.append(DOCUMENT, base, b"tail")


@pytest.mark.parametrize(
    "change",
    [
        {"shared": []},
        {"size": 10},
        {"sha256": "00" * 32},
    ],
)
def test_a_row_that_tells_another_story_than_the_files_is_told(
    stored: Stored, change: dict[str, object]
) -> None:
    base = stored.put(DOCUMENT, DATA)
    signed = stored.append(DOCUMENT, base, b"tail")
    with stored.database.transaction() as session:
        session.execute(update(Blob).where(Blob.id == signed).values(change))
    with pytest.raises(VaultError):
        stored.read(signed)


def test_a_wrapped_key_that_was_altered_is_told(stored: Stored) -> None:
    blob = stored.put(DOCUMENT, DATA)
    with stored.database.transaction() as session:
        row = session.query(DataKey).one()
        row.wrapped = row.wrapped[:-1] + bytes([row.wrapped[-1] ^ 1])
    fresh = Vault(stored.database, BlobFiles(stored.folder), stored.wrapper, "kek-1")
    with pytest.raises(DataKeyUnusable), stored.database.reading() as session:
        fresh.read(session, blob)


def test_no_nonce_is_used_twice_with_a_key(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[tuple[bytes, bytes]] = []

    class NotingCipher:
        def __init__(self, key: bytes) -> None:
            self._key = key

        def encrypt(self, nonce: bytes, plain: bytes, associated: bytes) -> bytes:
            used.append((self._key, nonce))
            return AESGCM(self._key).encrypt(nonce, plain, associated)

        def decrypt(self, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
            return AESGCM(self._key).decrypt(nonce, sealed, associated)

    monkeypatch.setattr(segments, "AESGCM", NotingCipher)
    blob = stored.put(DOCUMENT, DATA)
    for number in range(5):
        blob = stored.append(DOCUMENT, blob, bytes([number]) * 40_000)
    for _ in range(2):
        # The same step again and again: the same bytes, another key.
        with stored.database.transaction() as session:
            stored.vault.append(session, DOCUMENT, blob, b"repeated")
            session.rollback()
    assert len(used) > 10
    assert len(set(used)) == len(used)


def test_counters_of_one_file_never_repeat(stored: Stored) -> None:
    keys = Keys(None, b"", bytes(7), DOCUMENT)  # type: ignore[arg-type]  # no cipher is needed
    nonces = [keys.nonce(n, last=False) for n in range(300)] + [keys.nonce(299, last=True)]
    assert len(set(nonces)) == 301
    assert all(len(nonce) == 12 for nonce in nonces)
    assert all(a != b for a, b in pairwise(nonces))


def seal(stored: Stored, owner: UUID, context: bytes) -> bytes:
    with stored.database.transaction() as session:
        return stored.vault.seal(session, "organisation", owner, b"secret", context)


def unseal(stored: Stored, owner: UUID, sealed: bytes, context: bytes) -> bytes:
    with stored.database.reading() as session:
        return stored.vault.unseal(session, "organisation", owner, sealed, context)


def test_a_sealed_secret_opens_for_its_owner_and_purpose_only(stored: Stored) -> None:
    owner, other = uuid4(), uuid4()
    sealed = seal(stored, owner, b"totp:1")
    seal(stored, other, b"totp:1")
    assert b"secret" not in sealed
    assert unseal(stored, owner, sealed, b"totp:1") == b"secret"
    for who, what in ((owner, b"totp:2"), (other, b"totp:1")):
        with pytest.raises(SealBroken):
            unseal(stored, who, sealed, what)
    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 1
        with pytest.raises(SealBroken):
            unseal(stored, owner, bytes(altered), b"totp:1")
    with pytest.raises(SealBroken):
        unseal(stored, owner, b"", b"totp:1")


def test_the_same_secret_is_sealed_differently_each_time(stored: Stored) -> None:
    owner = uuid4()
    assert seal(stored, owner, b"c") != seal(stored, owner, b"c")


def test_an_owner_without_key_has_no_secrets(stored: Stored) -> None:
    with pytest.raises(DataKeyUnusable):
        unseal(stored, uuid4(), b"\x01" + bytes(40), b"c")
