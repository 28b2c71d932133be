"""A ZIP is packed once its documents are verified; whatever fails is tried again."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, Worker

from activities.disclosure import DisclosureActivities
from activities.verification import VerificationActivities
from domain.messages import DisclosureRef
from domain.names import ENVELOPES_QUEUE, VERIFICATION_QUEUE, disclosure_workflow_id
from domain.ports.desks import OutboxEntry
from domain.ports.disclosure import DisclosureTask
from runtime.temporal import data_converter
from tests.workflows.conftest import CODEC
from tests.workflows.test_verification import FakeRun, history_of
from workers.relay import _order_of
from workflows.disclosure import DisclosureWorkflow

RECORDED = sorted((Path(__file__).parents[1] / "histories" / "disclosure").glob("*.json"))


class FakePack:
    """A DisclosureDesk whose first packing fails."""

    def __init__(self, run: FakeRun, *, known: bool = True) -> None:
        self.run, self.known = run, known
        self.tries = self.packed = 0

    def task(self, disclosure_id: UUID) -> DisclosureTask | None:
        return DisclosureTask(uuid4()) if self.known and not self.packed else None

    def pack(self, disclosure_id: UUID) -> None:
        assert self.run.finished
        self.tries += 1
        if self.tries == 1:
            raise OSError("the disk is full")
        self.packed += 1


@asynccontextmanager
async def serving(client: Client, pack: FakePack) -> AsyncIterator[None]:
    """Both workers."""
    run = VerificationActivities(pack.run, pack.run, pack.run)
    packing = DisclosureActivities(pack)
    with ThreadPoolExecutor(1) as pool:
        async with (
            Worker(client, task_queue=ENVELOPES_QUEUE, workflows=[DisclosureWorkflow]),
            Worker(
                client,
                task_queue=VERIFICATION_QUEUE,
                activities=[
                    run.plan_verification,
                    run.verify_documents,
                    run.finish_verification,
                    packing.plan_disclosure,
                    packing.pack_disclosure,
                ],
                activity_executor=pool,
            ),
        ):
            yield


async def start(client: Client, disclosure_id: UUID) -> WorkflowHandle[DisclosureWorkflow, None]:
    """As the relay starts it."""
    return await client.start_workflow(
        DisclosureWorkflow.run,
        DisclosureRef(disclosure_id=disclosure_id),
        id=disclosure_workflow_id(disclosure_id),
        task_queue=ENVELOPES_QUEUE,
    )


async def test_it_is_packed_after_everything_is_verified(skipping: WorkflowEnvironment) -> None:
    pack = FakePack(FakeRun(5))
    async with serving(skipping.client, pack):
        handle = await start(skipping.client, uuid4())
        await asyncio.wait_for(handle.result(), 60)
    assert (len(pack.run.kept_judgements), pack.tries, pack.packed) == (5, 2, 1)
    begun = [
        event.activity_task_scheduled_event_attributes
        for event in (await handle.fetch_history()).events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    [packing] = [step for step in begun if step.activity_type.name == "pack_disclosure"]
    # A large ZIP takes hours, and would begin anew; its heartbeat tells whether it lives.
    assert packing.start_to_close_timeout.ToTimedelta() >= timedelta(hours=24)
    assert packing.heartbeat_timeout.ToTimedelta() <= timedelta(seconds=10)


async def test_what_the_rows_do_not_know_is_not_made(skipping: WorkflowEnvironment) -> None:
    pack = FakePack(FakeRun(5), known=False)
    async with serving(skipping.client, pack):
        await (await start(skipping.client, uuid4())).result()
        with pytest.raises(WorkflowFailureError):
            await skipping.client.execute_workflow(
                "DisclosureWorkflow",
                DisclosureRef(disclosure_id=uuid4()),
                id=disclosure_workflow_id(uuid4()),
                task_queue=ENVELOPES_QUEUE,
            )
    assert (pack.run.planned, pack.tries) == (0, 0)


def test_the_relay_knows_how_to_start_it() -> None:
    subject = uuid4()
    kind, name, message = _order_of(OutboxEntry(uuid4(), "disclosure", subject))
    assert (kind, name) == ("DisclosureWorkflow", disclosure_workflow_id(subject))
    assert message == DisclosureRef(disclosure_id=subject)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: Path) -> None:
    replayer = Replayer(workflows=[DisclosureWorkflow], data_converter=data_converter(CODEC))
    await replayer.replay_workflow(history_of(path))


def test_there_is_a_recorded_history() -> None:
    assert RECORDED
