"""A worker's signs of life: written while it runs, and no reason to end where they cannot be."""

import asyncio
from pathlib import Path

import pytest

from runtime.settings import ProcessSettings
from workers import process


async def test_a_worker_outlives_a_disk_that_takes_no_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "BEAT_SECONDS", 0.01)
    settings = ProcessSettings(process="signing", run_dir=tmp_path)
    ready, beat = tmp_path / "signing.ready", tmp_path / "signing.beat"
    in_the_way = tmp_path / "signing.ready.new"
    in_the_way.mkdir()
    stop = asyncio.Event()
    beating = asyncio.create_task(process._beat_until(stop, settings))
    await asyncio.sleep(0.1)
    assert not beating.done()
    assert not ready.exists()
    in_the_way.rmdir()
    while not (ready.exists() and beat.exists()):  # noqa: ASYNC110 - files set no event
        await asyncio.sleep(0.01)
    stop.set()
    await beating
    assert not ready.exists(), "it is ready no more"
