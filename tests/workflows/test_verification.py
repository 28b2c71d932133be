"""A period is verified some documents at a time; a worker that dies costs nothing of it."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowHistory
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, Worker

from activities.verification import VerificationActivities
from domain.findings import Finding
from domain.kinds import Language
from domain.messages import VerificationRef
from domain.names import ENVELOPES_QUEUE, VERIFICATION_QUEUE, verification_workflow_id
from domain.ports.desks import OutboxEntry
from domain.ports.verification import CheckTask, Kept, Stored
from domain.refusals import Words
from domain.verification import AT_ONCE, Judgement, LedgerFindings, ReportHead, ReportLine
from runtime.temporal import data_converter
from tests.workflows.conftest import CODEC
from workers.relay import _order_of
from workflows.verification import VerificationWorkflow

RECORDED = sorted((Path(__file__).parents[1] / "histories" / "verification").glob("*.json"))
AT = datetime(2026, 11, 23, tzinfo=UTC)


class FakeRun:
    """Desk, judge and report in one; `faults` are raised by the judge, one a document, in turn."""

    def __init__(self, documents: int, faults: Mapping[int, int] | None = None) -> None:
        self.documents = documents
        self.faults = dict(faults or {})
        self.kept_judgements: dict[int, Judgement] = {}
        self.judged: list[int] = []
        self.planned = self.finished = 0
        self.report_text = b""

    def plan(self, run_id: UUID) -> int:
        self.planned += 1
        return self.left(run_id)

    def unchecked(self, run_id: UUID, limit: int) -> tuple[CheckTask, ...]:
        return tuple(
            CheckTask(run_id, position, UUID(int=position // 2), uuid4(), uuid4())
            for position in range(self.documents)
            if position not in self.kept_judgements
        )[:limit]

    def read(self, task: CheckTask) -> Stored:
        if task.position == 3:
            return Stored(b"", Finding.BLOB_ALTERED)
        return Stored(str(task.position).encode())

    def kept(self, envelope_id: UUID) -> Kept:
        return Kept({}, chained=envelope_id != UUID(int=2))

    def keep(self, task: CheckTask, judgement: Judgement) -> None:
        self.kept_judgements.setdefault(task.position, judgement)

    def left(self, run_id: UUID) -> int:
        return self.documents - len(self.kept_judgements)

    def chains(self, run_id: UUID) -> LedgerFindings | None:
        return None if self.finished else LedgerFindings(True, 1, True, 1)  # noqa: FBT003

    def report(self, run_id: UUID, chains: LedgerFindings) -> tuple[ReportHead, list[ReportLine]]:
        head = ReportHead(
            "", "", AT, AT, "Asia/Tokyo", Language.JA, Words("", ""), self.documents, 0, 0,
            ledger_intact=True, log_intact=True, trial=False,
        )  # fmt: skip
        return head, []

    def finish(self, run_id: UUID, chains: LedgerFindings, report: bytes) -> None:
        self.finished += 1
        self.report_text = report

    def judge(self, data: bytes, record: Mapping[str, Any], document_id: UUID) -> Judgement:
        position = int(data)
        if self.faults.get(position, 0):
            self.faults[position] -= 1
            raise OSError("the vault is away")
        self.judged.append(position)
        return Judgement(())

    def make(self, head: ReportHead, lines: Iterator[ReportLine]) -> bytes:
        return b"report"


def history_of(path: Path) -> WorkflowHistory:
    """A recorded history, under the id that its workflow had."""
    return WorkflowHistory.from_json(path.stem.partition(".")[2], path.read_text())


@asynccontextmanager
async def serving(client: Client, run: FakeRun) -> AsyncIterator[None]:
    """Both workers."""
    activities = VerificationActivities(run, run, run)
    with ThreadPoolExecutor(1) as pool:
        async with (
            Worker(client, task_queue=ENVELOPES_QUEUE, workflows=[VerificationWorkflow]),
            Worker(
                client,
                task_queue=VERIFICATION_QUEUE,
                activities=[
                    activities.plan_verification,
                    activities.verify_documents,
                    activities.finish_verification,
                ],
                activity_executor=pool,
            ),
        ):
            yield


async def start(client: Client, run_id: UUID) -> WorkflowHandle[VerificationWorkflow, None]:
    """As the relay starts it."""
    return await client.start_workflow(
        VerificationWorkflow.run,
        VerificationRef(run_id=run_id),
        id=verification_workflow_id(run_id),
        task_queue=ENVELOPES_QUEUE,
    )


async def test_everything_is_verified_once_though_steps_fail(skipping: WorkflowEnvironment) -> None:
    documents = 2 * AT_ONCE + 3
    run = FakeRun(documents, {7: 2, AT_ONCE + 1: 1})
    async with serving(skipping.client, run):
        handle = await start(skipping.client, uuid4())
        await asyncio.wait_for(handle.result(), 60)
    assert sorted(run.judged) == [at for at in range(documents) if at != 3]
    assert run.kept_judgements[3].findings == (Finding.BLOB_ALTERED,)
    assert run.kept_judgements[4].findings == (Finding.LEDGER_BROKEN,)
    assert (run.planned, run.finished, run.report_text) == (1, 1, b"report")


async def test_a_strangers_start_verifies_nothing(skipping: WorkflowEnvironment) -> None:
    run = FakeRun(1)
    async with serving(skipping.client, run):
        for argument in ([], [VerificationRef(run_id=uuid4())]):
            with pytest.raises(WorkflowFailureError):
                await skipping.client.execute_workflow(
                    "VerificationWorkflow",
                    args=argument,
                    id=verification_workflow_id(uuid4()),
                    task_queue=ENVELOPES_QUEUE,
                )
    assert run.planned == 0


def test_the_relay_knows_how_to_start_it() -> None:
    subject = uuid4()
    kind, name, message = _order_of(OutboxEntry(uuid4(), "verification", subject))
    assert (kind, name) == ("VerificationWorkflow", verification_workflow_id(subject))
    assert message == VerificationRef(run_id=subject)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: Path) -> None:
    replayer = Replayer(workflows=[VerificationWorkflow], data_converter=data_converter(CODEC))
    await replayer.replay_workflow(history_of(path))


def test_there_is_a_recorded_history() -> None:
    assert RECORDED
