"""A mail server that says nothing holds up no act, and no code that somebody waits for."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from domain.kinds import ActKind, SlotKind
from domain.messages import CodeRef, FactorResetRef, NoticeOutcome
from domain.names import (
    ANCHORS_QUEUE,
    ENVELOPES_QUEUE,
    code_workflow_id,
    factor_reset_workflow_id,
)
from tests.workflows.conftest import skipping, start, steps_of, submit, until
from tests.workflows.fakes import World, plan_of
from workers.queues import (
    MAIL_THREADS,
    ROW_THREADS,
    Step,
    anchors_worker,
    mail_workers,
    rows_worker,
)
from workflows.code import CodeWorkflow
from workflows.factor_reset import FactorResetWorkflow

__all__ = ["skipping"]

HANGING = max(MAIL_THREADS, ROW_THREADS)
"""As many as any pool has threads."""
SECONDS = 60
"""Until a test is given up that would wait for ever."""


class SilentServer:
    """Takes connections and answers none before `gate` is opened."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.hanging = 0
        self._count = threading.Lock()

    @activity.defn(name="send_factor_reset")
    def deliver(self, reset: FactorResetRef) -> NoticeOutcome:
        assert reset
        with self._count:
            self.hanging += 1
        self.gate.wait()
        return NoticeOutcome(sent=1)


@activity.defn(name="send_code")
def deliver_code(code: CodeRef) -> NoticeOutcome:
    assert code
    return NoticeOutcome(sent=1)


@pytest.fixture
def server() -> Iterator[SilentServer]:
    built = SilentServer()
    yield built
    built.gate.set()


@asynccontextmanager
async def _serving(client: Client, world: World, server: SilentServer) -> AsyncIterator[None]:
    """The worker's own queues, and as many mails that hang as there are threads."""
    steps = steps_of(world)
    mails: list[Step] = [server.deliver]
    rows: list[Step] = []
    for step in steps[ENVELOPES_QUEUE]:
        (mails if step.__name__ == "send_notices" else rows).append(step)
    workers = [
        rows_worker(client, rows),
        anchors_worker(client, steps[ANCHORS_QUEUE]),
        *mail_workers(client, mails, [deliver_code]),
    ]
    async with AsyncExitStack() as stack:
        for worker in workers:
            await stack.enter_async_context(worker)
        # Before the workers end, or they would wait for what hangs.
        stack.callback(server.gate.set)
        yield


async def _hang(client: Client, server: SilentServer) -> None:
    for _ in range(HANGING):
        key = uuid4()
        await client.start_workflow(
            FactorResetWorkflow.run,
            FactorResetRef(reset_id=key),
            id=factor_reset_workflow_id(key),
            task_queue=ENVELOPES_QUEUE,
        )
    await until(lambda: server.hanging == HANGING)


async def test_an_act_is_answered_while_every_mail_hangs(
    skipping: WorkflowEnvironment, server: SilentServer
) -> None:
    client, now = skipping.client, await skipping.get_current_time()
    deadline = now + timedelta(days=30)
    world = World(plan_of([SlotKind.APPROVE, SlotKind.APPROVE], sent_at=now, deadline_at=deadline))
    # No worker of documents here: the envelope is taken over, which asks for none.
    world.plan = world.plan.model_copy(update={"opened_at": (now,), "sequence": 1})
    async with _serving(client, world, server), asyncio.timeout(SECONDS):
        await _hang(client, server)
        handle = await start(client, world)
        answer = await submit(handle, world.post(0, ActKind.APPROVE, posted_at=now))
        assert answer.accepted
        assert server.hanging == HANGING
        assert not server.gate.is_set()
        await handle.terminate()


async def test_a_code_goes_out_while_every_other_mail_hangs(
    skipping: WorkflowEnvironment, server: SilentServer
) -> None:
    client, now = skipping.client, await skipping.get_current_time()
    world = World(plan_of([SlotKind.SIGN], sent_at=now, deadline_at=now + timedelta(days=30)))
    async with _serving(client, world, server), asyncio.timeout(SECONDS):
        await _hang(client, server)
        key = uuid4()
        code = await client.start_workflow(
            CodeWorkflow.run,
            CodeRef(code_id=key),
            id=code_workflow_id(key),
            task_queue=ENVELOPES_QUEUE,
        )
        assert (await code.result()).sent == 1
        assert not server.gate.is_set()
