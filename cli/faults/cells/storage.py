"""Databases that are locked, disks that are full or read-only, blobs that are lost or altered."""

import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

from sqlalchemy import select

from cli.faults.trial import Cell, Trial
from domain.kinds import RevisionKind
from storage.blobfiles import blob_path
from storage.tables import Revision

LOCKED = "no act is lost, people see a plain page at worst, and all goes on"
BLOB = "要対応 is shown, nothing wrong is signed, and it goes on once the blob is back"
FULL = "no half file; all goes on within 60 s of free space, without a restart by hand"
OPEN_STAGE = "envelopes:commit:envelopes.StoredEnvelopeDesk.open_stage"
INTEND = "signing:commit:signing.StoredSigningDesk.intend"


def lock_cells() -> Iterator[Cell]:
    """From the moment in which everybody is asked. Only SQLite has one lock for all."""
    for seconds in (5, 15, 60):
        yield Cell(
            "database",
            f"locked {seconds} s",
            LOCKED,
            during=partial(_lock, seconds),
            short=seconds == 5,
        )


def cells() -> Iterator[Cell]:
    """The blob goes away once it is to be signed."""
    yield Cell("vault", "blob missing", BLOB, during=_lose_blob, undo=_restore_blobs)
    yield Cell("vault", "blob altered", BLOB, during=_alter_blob, undo=_restore_blobs)


def disk_cells() -> Iterator[Cell]:
    """In a home that is a file system of its own."""
    yield Cell("disk", "full", FULL, during=_fill, undo=_empty)
    yield Cell("disk", "read-only", FULL, during=_read_only, undo=_writable)


def _lock(seconds: float, trial: Trial) -> None:
    trial.wait_for_point(OPEN_STAGE)
    path = trial.stage.home.root / "musubi.db"
    with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds)
        holder.execute("ROLLBACK")
    trial.over()


def _newest_version_blob(trial: Trial) -> Path:
    newest = (
        select(Revision.blob_id)
        .where(Revision.kind == RevisionKind.VERSION.value)
        .order_by(Revision.created_at.desc())
        .limit(1)
    )
    with trial.stage.reading() as session:
        return blob_path(trial.stage.home.blobs, session.scalars(newest).one())


def _kept(path: Path) -> Path:
    return path.with_name(f"{path.name}.kept")


def _lose_blob(trial: Trial) -> None:
    """Everybody has read; then the bytes that they sign are gone."""
    with trial.stage.halted("signing"):
        path = _when_signing(trial)
        path.rename(_kept(path))
    _wait_and_restore(trial)


def _alter_blob(trial: Trial) -> None:
    with trial.stage.halted("signing"):
        path = _when_signing(trial)
        data = bytearray(path.read_bytes())
        path.rename(_kept(path))
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    _wait_and_restore(trial)


def _when_signing(trial: Trial) -> Path:
    trial.wait_for_point("envelopes:commit:acts.StoredActDesk.record")
    return _newest_version_blob(trial)


def _wait_and_restore(trial: Trial) -> None:
    trial.wait_for_hindrance()
    _restore_blobs(trial)
    trial.over()


def _restore_blobs(trial: Trial) -> None:
    for path in trial.stage.home.blobs.rglob("*.kept"):
        path.rename(path.with_name(path.name.removesuffix(".kept")))


BALLAST = "ballast"
DISK_SECONDS = 30.0


def _fill(trial: Trial) -> None:
    trial.wait_for_point(OPEN_STAGE)
    with (trial.stage.home.root / BALLAST).open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(64 * 1024))
    time.sleep(DISK_SECONDS)
    _empty(trial)
    trial.over()


def _empty(trial: Trial) -> None:
    (trial.stage.home.root / BALLAST).unlink(missing_ok=True)


def _read_only(trial: Trial) -> None:
    trial.wait_for_point(OPEN_STAGE)
    _remount(trial, "ro")
    time.sleep(DISK_SECONDS)
    _writable(trial)
    trial.over()


def _writable(trial: Trial) -> None:
    _remount(trial, "rw")


def _remount(trial: Trial, how: str) -> None:
    subprocess.run(  # noqa: S603 - fixed words
        ["mount", "-o", f"remount,{how}", str(trial.stage.home.root)],  # noqa: S607
        check=False,
        capture_output=True,
    )


def may_mount() -> bool:
    """Whether this machine lets us have a file system of our own."""
    return os.geteuid() == 0
