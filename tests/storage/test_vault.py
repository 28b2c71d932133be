"""The vault gives back what was stored, shares what is equal, and leaves nothing behind."""

import os
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from domain.refusals import Refusal, RefusalCode
from storage.blobfiles import LEFTOVER_AGE, BlobFiles
from storage.migrations import upgrade
from storage.tables import Blob, DataKey
from storage.vault import BlobMissing, VaultError
from tests.pki.fixtures import Tokenry
from tests.storage.vaults import SEGMENT, Stored, count_segments, open_vault

BORDERS = [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT, 3 * SEGMENT + 7]
HEADER, TAG, TRAILER = 30, 16, 32


class Crash(Exception):
    """The process dies here."""


@contextmanager
def crashing(stored: Stored) -> Iterator[Session]:
    """A transaction whose process dies before the commit."""
    with suppress(Crash), stored.database.transaction() as session:
        yield session
        raise Crash


@pytest.fixture
def stored(ready_url: str, tmp_path: Path) -> Iterator[Stored]:
    opened = open_vault(ready_url, tmp_path / "blobs")
    yield opened
    opened.database.close()


@pytest.fixture(scope="module")
def shared_vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    folder = tmp_path_factory.mktemp("vault")
    url = f"sqlite:///{folder}/musubi.db"
    upgrade(url)
    opened = open_vault(url, folder / "blobs")
    yield opened
    opened.database.close()


def some(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - repeatable bytes, no secret


@pytest.mark.parametrize("size", BORDERS)
def test_what_was_put_is_read_again_and_no_plaintext_is_on_disk(stored: Stored, size: int) -> None:
    data = some(size)
    blob = stored.put(uuid4(), data)
    assert stored.read(blob) == data
    with stored.database.reading() as session:
        assert stored.vault.size(session, blob) == size
    on_disk = stored.file(blob).read_bytes()
    segments = max(1, -(-size // SEGMENT))
    assert len(on_disk) == HEADER + size + segments * TAG + TRAILER
    assert size < 32 or data[:32] not in on_disk


@given(data=st.data(), size=st.integers(0, 4 * SEGMENT + 5))
@settings(max_examples=40, deadline=None)
def test_any_range_of_any_blob_is_its_slice(
    shared_vault: Stored, data: st.DataObject, size: int
) -> None:
    document, content = uuid4(), some(size, size)
    cut = data.draw(st.integers(0, size))
    blob = shared_vault.append(document, shared_vault.put(document, content[:cut]), content[cut:])
    assert shared_vault.read(blob) == content
    start = data.draw(st.integers(0, size))
    end = data.draw(st.integers(start, size + 10))
    assert shared_vault.part(blob, start, end) == content[start:end]


def test_a_range_decrypts_only_the_segments_that_it_needs(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = some(5 * SEGMENT)
    blob = stored.put(uuid4(), data)
    seen = count_segments(monkeypatch)
    assert stored.part(blob, 2 * SEGMENT, 3 * SEGMENT) == data[2 * SEGMENT : 3 * SEGMENT]
    assert seen == [2]
    assert stored.part(blob, 2 * SEGMENT - 1, 2 * SEGMENT + 1) == data[2 * SEGMENT - 1 :][:2]
    assert seen == [2, 1, 2]


def test_the_session_may_be_closed_while_a_range_is_taken(stored: Stored) -> None:
    data = some(3 * SEGMENT)
    blob = stored.put(uuid4(), data)
    with stored.database.reading() as session:
        chunks = stored.vault.read_range(session, blob, 0, len(data))
    assert b"".join(chunks) == data


@pytest.mark.parametrize("size", BORDERS)
def test_a_revision_costs_its_tail_and_one_segment_on_disk(stored: Stored, size: int) -> None:
    document, base, tail = uuid4(), some(size), some(30_000, 2)
    first = stored.put(document, base)
    before = stored.used()
    second = stored.append(document, first, tail)
    third = stored.append(document, second, tail)
    assert stored.read(second) == base + tail
    assert stored.read(third) == base + tail + tail
    assert stored.read(first) == base
    assert stored.used() - before <= 2 * (len(tail) + SEGMENT + 200) + SEGMENT


def test_twenty_revisions_share_their_leading_segments_in_a_flat_list(stored: Stored) -> None:
    document = uuid4()
    content = some(2 * SEGMENT + 100)
    blob = stored.put(document, content)
    for number in range(20):
        tail = some(28_000, number)
        blob, content = stored.append(document, blob, tail), content + tail
    assert stored.read(blob) == content
    assert stored.used() < len(content) + 21 * (SEGMENT + 200)
    with stored.database.reading() as session:
        row = session.get_one(Blob, blob)
        whole = sum(last - first + 1 for _, first, last in row.shared)
        assert whole == (len(content) - 28_000) // SEGMENT
    assert stored.part(blob, len(content) - 5, len(content)) == content[-5:]


def test_equal_bytes_of_a_document_are_one_blob_and_one_file(stored: Stored) -> None:
    document, data = uuid4(), some(100_000)
    first = stored.put(document, data)
    assert stored.put(document, data) == first
    with stored.database.transaction() as session:
        upload = stored.vault.upload(document, len(data))
        upload.write(data)
        assert upload.finish(session).blob_id == first
    assert stored.append(document, stored.put(document, data[:50]), data[50:]) == first
    assert len(stored.files()) == 2
    assert stored.put(uuid4(), data) != first


def test_a_crash_between_file_and_row_leaves_no_orphan_after_the_repeat(stored: Stored) -> None:
    document = uuid4()
    base = stored.put(document, some(200_000))
    with crashing(stored) as session:
        stored.vault.append(session, document, base, b"signature")
    assert len(stored.files()) == 2
    again = stored.append(document, base, b"signature")
    assert len(stored.files()) == 2
    assert stored.read(again) == some(200_000) + b"signature"


def test_what_killed_uploads_and_rolled_back_transactions_left_is_swept(
    stored: Stored,
) -> None:
    document, data = uuid4(), some(10)
    kept = stored.put(document, data)
    with crashing(stored) as session:
        lost = stored.vault.put(session, uuid4(), b"rolled back")
    (stored.folder / "incoming" / "killed.part").write_bytes(b"encrypted, but not to its end")
    assert len(stored.files()) == 3
    assert stored.vault.sweep() == 0
    for path in stored.files():
        os.utime(path, (1, 1))
    assert stored.vault.sweep() == 2
    assert stored.files() == [stored.file(kept)]
    assert lost != kept


def test_an_upload_streams_into_the_vault(stored: Stored) -> None:
    data, document = some(3 * SEGMENT + 5), uuid4()
    upload = stored.vault.upload(document, len(data))
    for start in range(0, len(data), 10_000):
        upload.write(data[start : start + 10_000])
    assert upload.tell() == len(data)
    assert upload.seek(0) == 0
    assert all(data[:64] not in path.read_bytes() for path in stored.files())
    with stored.database.transaction() as session:
        done = upload.finish(session)
    assert (stored.read(done.blob_id), done.size) == (data, len(data))
    assert stored.files() == [stored.file(done.blob_id)]


def test_an_upload_past_its_limit_is_refused_and_leaves_nothing(stored: Stored) -> None:
    upload = stored.vault.upload(uuid4(), 100)
    upload.write(bytes(100))
    with pytest.raises(Refusal) as refused:
        upload.write(b"1")
    assert refused.value.code is RefusalCode.TOO_LARGE
    upload.abandon()
    assert stored.files() == []


def test_an_upload_that_is_rolled_back_can_be_sent_again(stored: Stored) -> None:
    document, data = uuid4(), some(70_000)
    for way in (crashing(stored), stored.database.transaction()):
        upload = stored.vault.upload(document, len(data))
        upload.write(data)
        with way as session:
            done = upload.finish(session)
    assert stored.read(done.blob_id) == data


def test_a_second_simultaneous_upload_of_a_document_is_refused(stored: Stored) -> None:
    document = uuid4()
    uploads = [stored.vault.upload(document, 10) for _ in range(2)]
    for upload in uploads:
        upload.write(b"x")
    with stored.database.transaction() as session:
        uploads[0].finish(session)
    with pytest.raises(VaultError), stored.database.transaction() as session:
        uploads[1].finish(session)
    assert len(stored.files()) == 1


def test_another_documents_blob_is_no_predecessor(stored: Stored) -> None:
    foreign = stored.put(uuid4(), b"foreign")
    with pytest.raises(VaultError):
        stored.append(uuid4(), foreign, b"tail")


def test_the_token_is_asked_once_per_document(stored: Stored) -> None:
    document = uuid4()
    blob = stored.put(document, some(10))
    for _ in range(5):
        stored.read(blob)
    assert stored.wrapper.unwrapped == 1
    assert stored.wrapper.labels == ["kek-1"]
    with stored.database.reading() as session:
        (row,) = session.query(DataKey).all()
        assert (row.owner_kind, row.owner_id) == ("document", document)


def test_a_blob_without_row_is_missing(stored: Stored) -> None:
    with pytest.raises(BlobMissing):
        stored.read(uuid4())


def test_two_writers_at_once_make_one_blob_of_equal_bytes(stored: Stored) -> None:
    document, data = uuid4(), some(3 * SEGMENT)
    start = threading.Barrier(4)

    def write(number: int) -> list[UUID]:
        start.wait()
        equal = stored.put(document, data)
        own = stored.put(document, data + bytes([number]))
        return [equal, own, stored.append(document, equal, b"tail")]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(write, range(4)))
    assert len({equal for equal, _, _ in results}) == 1
    assert len({tail for _, _, tail in results}) == 1
    for number, (equal, own, appended) in enumerate(results):
        assert stored.read(equal) == data
        assert stored.read(own) == data + bytes([number])
        assert stored.read(appended) == data + b"tail"


def test_the_vault_works_with_a_key_inside_a_token(
    ready_url: str, tmp_path: Path, tokenry: Tokenry
) -> None:
    from storage.vault import BlobFiles, Vault

    stored = open_vault(ready_url, tmp_path / "blobs")
    for _ in range(2):
        stored.vault = Vault(
            stored.database, BlobFiles(stored.folder), tokenry.open_vault(), tokenry.vault_key
        )
        blob = stored.put(UUID(int=7), some(100_000))
        assert stored.read(blob) == some(100_000)
    stored.database.close()


def test_sweeping_keeps_what_may_still_be_written(stored: Stored) -> None:
    upload = stored.vault.upload(uuid4(), 10)
    assert stored.vault.sweep(LEFTOVER_AGE) == 0
    upload.abandon()


def test_a_sweep_spares_a_blob_that_is_stored_anew_while_it_looks(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The repeated step of a transaction that was rolled back: same bytes, same blob."""
    document, data = uuid4(), some(10)
    first = stored.put(document, b"the document has its key")
    with crashing(stored) as session:
        lost = stored.vault.put(session, document, data)
    for path in stored.files():
        os.utime(path, (1, 1))
    look = BlobFiles.aged

    def slowly(blobs: BlobFiles, older_than: timedelta) -> Iterator[UUID]:
        found = list(look(blobs, older_than))
        assert stored.put(document, data) == lost
        yield from found

    monkeypatch.setattr(BlobFiles, "aged", slowly)
    assert stored.vault.sweep() == 0
    assert {stored.read(first), stored.read(lost)} == {b"the document has its key", data}


def test_a_sweep_spares_a_file_whose_row_is_not_committed_yet(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    orphan = uuid4()
    path = stored.file(orphan)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"written just now")
    monkeypatch.setattr(BlobFiles, "aged", lambda _blobs, _older: iter([orphan]))
    assert stored.vault.sweep() == 0
    os.utime(path, (1, 1))
    assert stored.vault.sweep() == 1


def test_a_clock_that_is_ahead_sweeps_nothing_that_is_still_being_written(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are dated by whoever stores them: ours may be another machine's clock."""
    upload = stored.vault.upload(uuid4(), 10)
    ahead = time.time() + 400 * 24 * 3600
    monkeypatch.setattr(time, "time", lambda: ahead)
    assert stored.vault.sweep(timedelta(hours=1)) == 0
    upload.abandon()
