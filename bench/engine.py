"""The do-nothing workflow: as many updates, activities and timers as an envelope with two signers
has (see tests/histories/parallel.json; one more for the file's inspection, which has a workflow of
its own), and nothing in them. What the engine alone can carry."""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

QUEUE = "bench"
STEPS, ROW_STEPS, UPDATES = 7, 8, 2
"""Until 完了: inspect, prepare, ask, sign twice, archive, tell; on rows plan, open, twice facts and
decision, project, end. Each update has one more, its anchor."""
_LIMIT = timedelta(seconds=60)


@activity.defn
async def nothing() -> None:
    """No effect."""


@workflow.defn
class DoNothing:
    """Two updates, then the steps one after another."""

    def __init__(self) -> None:
        self._updates = 0

    @workflow.run
    async def run(self) -> None:
        """The shape of an envelope's life."""
        for _ in range(ROW_STEPS):
            await workflow.execute_local_activity(nothing, start_to_close_timeout=_LIMIT)
        await workflow.wait_condition(lambda: self._updates >= UPDATES, timeout=_LIMIT)
        for _ in range(STEPS):
            await workflow.execute_activity(nothing, start_to_close_timeout=_LIMIT)

    @workflow.update
    async def poke(self) -> None:
        """An act."""
        await workflow.execute_activity(nothing, start_to_close_timeout=_LIMIT)
        self._updates += 1


@dataclass(frozen=True)
class EngineRate:
    """How many such workflows a second, and how long one takes from its last update (median)."""

    per_second: float
    seconds_to_end: float


async def rate(address: str, count: int, at_once: int) -> EngineRate:
    """Carry `count` of them, `at_once` at the same time, on the server at `address`."""
    client = await Client.connect(address)
    async with Worker(
        client,
        task_queue=QUEUE,
        workflows=[DoNothing],
        activities=[nothing],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        await _carry(client)
        gate = asyncio.Semaphore(at_once)

        async def one() -> float:
            async with gate:
                return await _carry(client)

        began = time.perf_counter()
        waits = await asyncio.gather(*(one() for _ in range(count)))
        return EngineRate(count / (time.perf_counter() - began), sorted(waits)[count // 2])


async def _carry(client: Client) -> float:
    handle = await client.start_workflow(DoNothing.run, id=f"bench-{uuid4()}", task_queue=QUEUE)
    for _ in range(UPDATES):
        await handle.execute_update(DoNothing.poke)
    pressed = time.perf_counter()
    await handle.result()
    return time.perf_counter() - pressed
