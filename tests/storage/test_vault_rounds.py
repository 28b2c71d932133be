"""A folder of blobs is not swept by a database that is not its own."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from storage.blobfiles import BlobFiles
from storage.database import open_database
from storage.migrations import upgrade
from storage.tables import VaultRound
from storage.vault import ForeignBlobs, Vault
from tests.storage.vaults import Stored, open_vault


@pytest.fixture
def stored(ready_url: str, tmp_path: Path) -> Iterator[Stored]:
    opened = open_vault(ready_url, tmp_path / "blobs")
    yield opened
    opened.database.close()


def old_file(stored: Stored) -> Path:
    """Of a blob that has no row."""
    path = stored.file(uuid4())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"sealed")
    os.utime(path, (1, 1))
    return path


def put_back(stored: Stored, number: int) -> None:
    """As a backup of the database would, from before some sweeps."""
    with stored.database.transaction() as session:
        session.get_one(VaultRound, 1).number = number


def test_every_sweep_counts_itself_in_both(stored: Stored) -> None:
    for expected in (1, 2, 3):
        stored.vault.sweep()
        known = BlobFiles(stored.folder).round()
        assert known is not None
        assert known.number == expected


def test_an_empty_database_sweeps_nothing(stored: Stored, tmp_path: Path) -> None:
    stored.vault.sweep()
    kept = old_file(stored)
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    upgrade(url)
    empty = open_database(url)
    vault = Vault(empty, BlobFiles(stored.folder), stored.wrapper, "kek-1")
    for _ in range(2):
        with pytest.raises(ForeignBlobs, match="another database"):
            vault.sweep()
    assert kept.exists()
    empty.close()
    assert stored.vault.sweep() == 1


def test_a_database_from_a_backup_sweeps_nothing_until_somebody_says_so(stored: Stored) -> None:
    for _ in range(3):
        stored.vault.sweep()
    put_back(stored, 2)
    kept = old_file(stored)
    with pytest.raises(ForeignBlobs, match="newer"):
        stored.vault.sweep()
    assert kept.exists()
    (stored.folder / "round").unlink()
    assert stored.vault.sweep() == 1


def test_a_folder_from_a_backup_is_swept(stored: Stored) -> None:
    stored.vault.sweep()
    mark = (stored.folder / "round").read_bytes()
    stored.vault.sweep()
    (stored.folder / "round").write_bytes(mark)
    old_file(stored)
    assert stored.vault.sweep() == 1


def test_a_mark_that_cannot_be_read_is_said_so(stored: Stored) -> None:
    stored.folder.mkdir(exist_ok=True)
    (stored.folder / "round").write_text("nonsense")
    with pytest.raises(ForeignBlobs, match="cannot be read"):
        stored.vault.sweep()
