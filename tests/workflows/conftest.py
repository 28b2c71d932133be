"""The time-skipping Temporal server, and one worker that serves all three queues with fakes."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.acts import ActActivities
from activities.archiving import ArchivingActivities
from activities.consents import ConsentStamps
from activities.corrections import CorrectionActivities
from activities.envelopes import EnvelopeActivities
from activities.history import HistoryActivities, RunHistory
from activities.notices import NoticeActivities
from activities.preparation import PreparationActivities
from activities.returns import ReturnActivities
from activities.signing import SigningActivities
from domain.kinds import EnvelopeState
from domain.messages import ActAnswer, ActRef
from domain.names import (
    ANCHORS_QUEUE,
    DOCUMENTS_QUEUE,
    ENVELOPES_QUEUE,
    SIGNING_QUEUE,
    SUBMIT_ACT,
    envelope_workflow_id,
)
from domain.route import EnvelopeStart
from runtime.codec import EncryptingCodec
from runtime.temporal import data_converter
from tests.workflows.fakes import (
    FakeActDesk,
    FakeCorrectionDesk,
    FakeEnvelopeDesk,
    FakePost,
    FakePreparation,
    FakeReturnDesk,
    FakeSigning,
    NoConsents,
    World,
)
from workflows.envelope import EnvelopeWorkflow

CODEC = EncryptingCodec([b"k" * 32])


def server_binary(name: str) -> str:
    """The executable that a package put beside our Python."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not installed; run `make test`")
    return found


@pytest.fixture
async def skipping() -> AsyncIterator[WorkflowEnvironment]:
    """A server on which thirty days pass at once."""
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=data_converter(CODEC),
        test_server_existing_path=server_binary("temporal-test-server"),
    ) as environment:
        yield environment


def steps_of(world: World) -> dict[str, list[Callable[..., object]]]:
    """The real activities on fake ports, by queue."""
    envelopes = FakeEnvelopeDesk(world)
    preparation, signing, post = FakePreparation(world), FakeSigning(world), FakePost(world)
    acts = ActActivities(FakeActDesk(world))
    states = EnvelopeActivities(envelopes)
    corrections = CorrectionActivities(FakeCorrectionDesk(world))
    returns = ReturnActivities(FakeReturnDesk(world))
    notices = NoticeActivities(post, post, post, post)
    prepare = PreparationActivities(preparation, preparation)
    consents = ConsentStamps(NoConsents(), NoConsents())
    sign = SigningActivities(signing, signing, consents)
    archive = ArchivingActivities(signing, signing, consents)
    history = HistoryActivities(
        envelopes, lambda workflow, run: RunHistory(f"{workflow} {run}".encode())
    )
    return {
        ENVELOPES_QUEUE: [
            acts.act_facts,
            acts.record_decision,
            acts.unanswered_acts,
            states.envelope_plan,
            states.open_stage,
            states.project,
            states.hinder,
            states.end_envelope,
            states.return_to_draft,
            states.close_download,
            states.renew_links,
            corrections.begin_version,
            corrections.halt_version,
            returns.begin_round,
            notices.send_notices,
            history.keep_history,
        ],
        ANCHORS_QUEUE: [acts.anchor],
        DOCUMENTS_QUEUE: [prepare.prepare_version],
        SIGNING_QUEUE: [sign.sign_act, archive.archive_documents],
    }


@asynccontextmanager
async def serving(client: Client, world: World) -> AsyncIterator[None]:
    """Workers for the queues, with the real activities on fake ports."""
    pool = ThreadPoolExecutor(8)
    async with AsyncExitStack() as stack:
        for queue, activities in steps_of(world).items():
            workflows = [EnvelopeWorkflow] if queue == ENVELOPES_QUEUE else []
            await stack.enter_async_context(
                Worker(
                    client,
                    task_queue=queue,
                    workflows=workflows,
                    activities=activities,
                    activity_executor=pool,
                )
            )
        yield


async def start(client: Client, world: World) -> WorkflowHandle[EnvelopeWorkflow, EnvelopeState]:
    """The envelope's workflow, as the relay starts it."""
    return await client.start_workflow(
        EnvelopeWorkflow.run,
        EnvelopeStart(envelope_id=world.plan.envelope_id),
        id=envelope_workflow_id(world.plan.envelope_id),
        task_queue=ENVELOPES_QUEUE,
    )


async def submit(handle: WorkflowHandle[EnvelopeWorkflow, EnvelopeState], act: ActRef) -> ActAnswer:
    """One act, as the web app sends it."""
    answer: ActAnswer = await handle.execute_update(
        SUBMIT_ACT, act, id=f"{act.act_id}-{uuid4()}", result_type=ActAnswer
    )
    return answer


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait in real time for an effect of the worker."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        if asyncio.get_running_loop().time() > deadline:
            pytest.fail("the expected effect did not come")
        await asyncio.sleep(0.02)
