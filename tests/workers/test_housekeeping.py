"""Leftovers are swept, and an envelope that nobody carries is shown."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
import structlog
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain.kinds import WORKFLOW_GONE, HindranceKind
from domain.names import envelope_workflow_id
from storage.desks import StoredWatchDesk
from storage.tables import Attempt, Deal, Envelope, Hindrance
from tests.storage.world import Journey, World, build_world, person
from workers.housekeeping import Housekeeping

DAY = timedelta(days=1)


@dataclass
class FakeTemporal:
    """The two questions that housekeeping asks; `silent` answers neither."""

    running: set[str] = field(default_factory=set)
    unlisted: set[str] = field(default_factory=set)
    """Running, but the listing lags behind."""
    closed: set[str] = field(default_factory=set)
    silent: bool = False
    restarted: list[str] = field(default_factory=list)

    async def start_workflow(self, _kind: Any, start: Any, *, id: str, **_: Any) -> None:  # noqa: A002 - Temporal's name
        assert id == envelope_workflow_id(start.envelope_id)
        self.restarted.append(id)

    async def list_workflows(self, query: str, **_: Any) -> AsyncIterator[Any]:
        assert "EnvelopeWorkflow" in query or "ClosingWorkflow" in query
        assert "Running" in query
        if self.silent:
            raise RPCError("away", RPCStatusCode.UNAVAILABLE, b"")
        for workflow_id in self.running:
            yield _Found(workflow_id, WorkflowExecutionStatus.RUNNING)

    def get_workflow_handle(self, workflow_id: str) -> "_Handle":
        return _Handle(self, workflow_id)


@dataclass
class _Found:
    id: str
    status: WorkflowExecutionStatus


@dataclass
class _Handle:
    temporal: FakeTemporal
    id: str

    async def describe(self, **_: Any) -> _Found:
        if self.id in self.temporal.running | self.temporal.unlisted:
            return _Found(self.id, WorkflowExecutionStatus.RUNNING)
        if self.id in self.temporal.closed:
            return _Found(self.id, WorkflowExecutionStatus.TERMINATED)
        raise RPCError("unknown", RPCStatusCode.NOT_FOUND, b"")


@pytest.fixture
def world(ready_url: str, tmp_path: Path) -> Iterator[World]:
    built = build_world(ready_url, tmp_path)
    yield built
    built.database.close()


@pytest.fixture
def temporal() -> FakeTemporal:
    return FakeTemporal()


def housekeeping(world: World, temporal: FakeTemporal, **every: timedelta) -> Housekeeping:
    client, url = cast("Client", temporal), "https://sign.example.jp"
    return Housekeeping(client, world.database, world.vault, base_url=url, **every)


def started(world: World) -> UUID:
    """An envelope that people are asked for, its workflow started."""
    envelope_id = Journey.begin(world, person("a")).envelope_id
    for entry in world.relay.starts(10):
        world.relay.started(entry.item_id)
    return envelope_id


def open_hindrances(world: World, envelope_id: UUID) -> list[str]:
    with world.reading() as session:
        rows = session.query(Hindrance).filter_by(envelope_id=envelope_id, ended_at=None)
        return [row.reason for row in rows]


def leftover(folder: Path, name: str, days: float) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"sealed")
    then = path.stat().st_mtime - days * 86400
    os.utime(path, (then, then))
    return path


# -- the vault ---------------------------------------------------------------------------------


def test_only_old_files_without_a_row_are_swept(
    world: World, temporal: FakeTemporal, tmp_path: Path
) -> None:
    blobs = tmp_path / "blobs"
    world.upload(world.draft(0), "契約書.pdf", b"%PDF-1.7 kept")
    stored = list(blobs.rglob("*.blob"))
    for path in stored:
        os.utime(path, (1, 1))
    orphan = uuid4()
    old = leftover(blobs, f"{orphan.hex[:2]}/{orphan}.blob", 2)
    part = leftover(blobs, "incoming/aa.part", 2)
    fresh = leftover(blobs, "incoming/bb.part", 0.01)
    assert housekeeping(world, temporal).sweep() == 2
    assert not old.exists()
    assert not part.exists()
    assert fresh.exists()
    assert all(path.exists() for path in stored)
    assert stored


def test_the_log_says_how_many_and_nothing_else(
    world: World, temporal: FakeTemporal, tmp_path: Path
) -> None:
    leftover(tmp_path / "blobs", "incoming/aa.part", 2)
    with structlog.testing.capture_logs() as logs:
        housekeeping(world, temporal).sweep()
    assert logs == [{"event": "vault_swept", "removed": 1, "log_level": "info"}]


def test_old_rows_are_forgotten_and_the_log_says_how_many(
    world: World, temporal: FakeTemporal
) -> None:
    at = datetime.now(UTC)
    with world.database.transaction() as session:
        session.add(Attempt(bucket="old", at=at - 2 * DAY))
    with structlog.testing.capture_logs() as logs:
        assert housekeeping(world, temporal).forget() == {"attempts": 1}
        assert housekeeping(world, temporal).forget() == {}
    assert logs == [{"event": "old_rows_forgotten", "attempts": 1, "log_level": "info"}]


def test_terms_that_end_are_told_once_and_the_log_says_how_many(
    world: World, temporal: FakeTemporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.term_warnings.MORNING", 0)  # at whatever hour this runs
    envelope_id = world.send(person("a"))
    world.set(Envelope, envelope_id, state="done")
    with world.database.transaction() as session:
        session.get_one(Deal, envelope_id).ends_on = (datetime.now(UTC) + 3 * DAY).date()
    with structlog.testing.capture_logs() as logs:
        assert housekeeping(world, temporal).warn_of_terms() == 1
        assert housekeeping(world, temporal).warn_of_terms() == 0
    assert logs == [{"event": "terms_told", "ordered": 1, "log_level": "info"}]


async def test_it_sweeps_at_the_start_and_again_after_the_pause(
    world: World, temporal: FakeTemporal, tmp_path: Path
) -> None:
    blobs = tmp_path / "blobs"
    first = leftover(blobs, "incoming/aa.part", 2)
    keeper = housekeeping(world, temporal, sweep_every=timedelta(seconds=0.05), watch_every=DAY)
    task = asyncio.create_task(keeper.run())
    await _until(lambda: not first.exists())
    second = leftover(blobs, "incoming/bb.part", 2)
    await _until(lambda: not second.exists())
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_round_that_fails_is_repeated_and_stops_no_other(
    world: World, temporal: FakeTemporal, tmp_path: Path
) -> None:
    envelope_id = started(world)
    temporal.silent = True
    soon = timedelta(seconds=0.05)
    keeper = housekeeping(world, temporal, sweep_every=soon, watch_every=soon)
    task = asyncio.create_task(keeper.run())
    old = leftover(tmp_path / "blobs", "incoming/aa.part", 2)
    await _until(lambda: not old.exists())
    assert open_hindrances(world, envelope_id) == []
    temporal.silent = False
    await _until(lambda: open_hindrances(world, envelope_id) == [WORKFLOW_GONE])
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - files and rows send no event
            await asyncio.sleep(0.02)


# -- envelopes ---------------------------------------------------------------------------------


async def test_an_envelope_whose_workflow_is_gone_needs_an_operator(
    world: World, temporal: FakeTemporal
) -> None:
    terminated, deleted, running, lagging = (started(world) for _ in range(4))
    temporal.closed = {envelope_workflow_id(terminated)}
    temporal.running = {envelope_workflow_id(running), "envelope-of-a-stranger"}
    temporal.unlisted = {envelope_workflow_id(lagging)}
    keeper = housekeeping(world, temporal)
    for _ in range(2):
        await keeper.watch()
    for envelope_id in (terminated, deleted):
        assert open_hindrances(world, envelope_id) == [WORKFLOW_GONE]
        assert world.tags(envelope_id).count("operator:needed") == 1
        assert envelope_workflow_id(envelope_id) in temporal.restarted
    for envelope_id in (running, lagging):
        assert envelope_workflow_id(envelope_id) not in temporal.restarted
        assert open_hindrances(world, envelope_id) == []


async def test_drafts_envelopes_before_their_start_and_ended_ones_are_left_alone(
    world: World, temporal: FakeTemporal
) -> None:
    ended = started(world)
    world.set(
        Envelope, ended, state="withdrawn", ended_at=datetime.now(UTC), history_blob_id=uuid4()
    )
    draft, waiting = world.draft(), world.send(person("b"))
    await housekeeping(world, temporal).watch()
    for envelope_id in (ended, draft, waiting):
        assert open_hindrances(world, envelope_id) == []
    assert temporal.restarted == []


async def test_an_envelope_that_is_carried_again_needs_nobody(
    world: World, temporal: FakeTemporal
) -> None:
    envelope_id = started(world)
    keeper = housekeeping(world, temporal)
    await keeper.watch()
    temporal.running = {envelope_workflow_id(envelope_id)}
    await keeper.watch()
    assert open_hindrances(world, envelope_id) == []


async def test_an_envelope_that_was_carried_to_its_end_meanwhile_needs_nobody(
    world: World, temporal: FakeTemporal
) -> None:
    envelope_id = started(world)
    keeper = housekeeping(world, temporal)
    await keeper.watch()
    world.set(Envelope, envelope_id, state="expired", ended_at=datetime.now(UTC))
    temporal.unlisted = {envelope_workflow_id(envelope_id)}  # it keeps its history
    await keeper.watch()
    assert open_hindrances(world, envelope_id) == []


async def test_another_reason_for_an_operator_is_neither_doubled_nor_ended(
    world: World, temporal: FakeTemporal
) -> None:
    envelope_id = started(world)
    with world.database.transaction() as session:
        session.add(
            Hindrance(
                envelope_id=envelope_id,
                kind=HindranceKind.OPERATOR.value,
                reason="mail_failed",
                since=world.envelope(envelope_id).created_at,
            )
        )
    assert not StoredWatchDesk(world.database).gone(envelope_id)
    temporal.running = {envelope_workflow_id(envelope_id)}
    await housekeeping(world, temporal).watch()
    assert open_hindrances(world, envelope_id) == ["mail_failed"]
