"""The wait for fresher archive data on the time-skipping server, with the real activity."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowHistory
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, Worker

from activities.renewal import RenewalActivities
from domain.messages import DocumentRef
from domain.names import ENVELOPES_QUEUE, SIGNING_QUEUE, archive_workflow_id
from domain.ports.desks import ArchiveTask, OutboxEntry, RenewalTask, WaitingAct
from domain.ports.signatures import NotFresherYet, SignatureInvalid, TimestampUnavailable
from runtime.temporal import data_converter
from tests.workflows.conftest import CODEC, until
from tests.workflows.fakes import FakeActDesk, World, plan_of
from workers.relay import Relay
from workflows.archive import ArchiveWorkflow

RECORDED = sorted((Path(__file__).parents[1] / "histories" / "archive").glob("*.json"))
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class FakeArchive:
    """ArchiveDesk and DocumentArchiver for one document; `answers` are what renewing does."""

    def __init__(self, answers: Sequence[Exception | datetime | None]) -> None:
        self.planned: datetime | None = LONG_AGO
        self.answers = list(answers)
        self.file = b"archived"
        self.problems: list[str] = []
        self.looks = 0

    def unarchived(self, envelope_id: UUID) -> tuple[ArchiveTask, ...]:
        raise AssertionError

    def archived(self, envelope_id: UUID) -> tuple[UUID, ...]:
        raise AssertionError

    def store_archive(
        self,
        document_id: UUID,
        base_revision_id: UUID,
        tail: bytes,
        fresher_at: datetime | None = None,
    ) -> UUID:
        raise AssertionError

    def archive(self, base: bytes, signature_fields: Sequence[str]) -> bytes:
        raise AssertionError

    def renewal(self, document_id: UUID) -> RenewalTask | None:
        self.looks += 1
        if self.planned is None:
            return None
        return RenewalTask(document_id, uuid4(), ("FIELD_0001",), self.planned)

    def read_revision(self, revision_id: UUID) -> bytes:
        return self.file

    def renew(self, base: bytes, signature_fields: Sequence[str]) -> bytes:
        answer = self.answers[0]
        if isinstance(answer, Exception):
            self.answers.pop(0)
            raise answer
        return b" renewed"

    def fresher_at(self, archived: bytes) -> datetime | None:
        answer = self.answers.pop(0)
        assert not isinstance(answer, Exception)
        return answer

    def store_renewal(
        self, document_id: UUID, base_revision_id: UUID, tail: bytes, fresher_at: datetime | None
    ) -> UUID:
        self.file += tail
        self.planned = fresher_at
        return uuid4()

    def postpone_renewal(
        self, document_id: UUID, fresher_at: datetime, problem: str = ""
    ) -> datetime:
        self.problems.append(problem)
        # the clock of the test server runs ahead of the activity's
        self.planned = LONG_AGO
        return fresher_at


@asynccontextmanager
async def serving(client: Client, archive: FakeArchive) -> AsyncIterator[None]:
    renewal = RenewalActivities(archive, archive)
    async with (
        Worker(client, task_queue=ENVELOPES_QUEUE, workflows=[ArchiveWorkflow]),
        Worker(
            client,
            task_queue=SIGNING_QUEUE,
            activities=[renewal.renew_archive],
            activity_executor=ThreadPoolExecutor(2),
        ),
    ):
        yield


async def start(client: Client, document_id: UUID) -> WorkflowHandle[ArchiveWorkflow, None]:
    return await client.start_workflow(
        ArchiveWorkflow.run,
        DocumentRef(document_id=document_id),
        id=archive_workflow_id(document_id),
        task_queue=ENVELOPES_QUEUE,
    )


async def test_it_waits_until_newer_data_exist_and_adds_them(
    skipping: WorkflowEnvironment,
) -> None:
    """Thirty days pass, then the list is out, then it is over."""
    begun = await skipping.get_current_time()
    archive = FakeArchive([NotFresherYet(begun + timedelta(days=30)), None])
    async with serving(skipping.client, archive):
        await (await start(skipping.client, uuid4())).result()
    assert archive.file == b"archived renewed"
    assert archive.planned is None
    assert await skipping.get_current_time() - begun >= timedelta(days=30)


async def test_a_late_list_is_asked_for_once_an_hour(skipping: WorkflowEnvironment) -> None:
    """The announced moment is over and the old list still stands."""
    begun = await skipping.get_current_time()
    archive = FakeArchive([*[NotFresherYet(begun) for _ in range(5)], None])
    async with serving(skipping.client, archive):
        await (await start(skipping.client, uuid4())).result()
    assert archive.looks == 6
    assert await skipping.get_current_time() - begun >= timedelta(hours=5)


async def test_an_authority_that_is_away_is_outlived(skipping: WorkflowEnvironment) -> None:
    """Retries on the server's side, which add nothing to the history."""
    away = [TimestampUnavailable("http_503") for _ in range(8)]
    archive = FakeArchive([*away, None])
    async with serving(skipping.client, archive):
        handle = await start(skipping.client, uuid4())
        await handle.result()
        events = (await handle.fetch_history()).events
    assert archive.file == b"archived renewed"
    assert len(events) < 15


async def test_what_does_not_verify_is_shown_and_tried_again_the_next_day(
    skipping: WorkflowEnvironment,
) -> None:
    """A certificate that was revoked in between is a matter for people."""
    archive = FakeArchive([SignatureInvalid("revoked"), None])
    begun = await skipping.get_current_time()
    async with serving(skipping.client, archive):
        await (await start(skipping.client, uuid4())).result()
    assert archive.problems == ["revoked"]
    assert await skipping.get_current_time() - begun >= timedelta(hours=23)


async def test_nothing_planned_is_over_at_once(skipping: WorkflowEnvironment) -> None:
    """A forged start for some document changes nothing."""
    archive = FakeArchive([])
    archive.planned = None
    async with serving(skipping.client, archive):
        await (await start(skipping.client, uuid4())).result()
    assert (archive.file, archive.looks) == (b"archived", 1)


async def test_a_start_under_another_documents_name_is_refused(
    skipping: WorkflowEnvironment,
) -> None:
    """A ciphertext of ours, copied from another workflow."""
    archive = FakeArchive([])
    async with serving(skipping.client, archive):
        handle = await skipping.client.start_workflow(
            ArchiveWorkflow.run,
            DocumentRef(document_id=uuid4()),
            id=archive_workflow_id(uuid4()),
            task_queue=ENVELOPES_QUEUE,
        )
        with pytest.raises(WorkflowFailureError):
            await handle.result()
    assert archive.looks == 0


class OutboxOfOne:
    """RelayDesk with the start that was committed with an archive revision."""

    def __init__(self, document_id: UUID) -> None:
        self.open = [OutboxEntry(item_id=uuid4(), kind="archive", subject_id=document_id)]

    def starts(self, limit: int) -> tuple[OutboxEntry, ...]:
        return tuple(self.open[:limit])

    def started(self, item_id: UUID) -> None:
        self.open.clear()

    def start_failed(self, item_id: UUID, error: str) -> None:
        raise AssertionError(error)

    def waiting_acts(self, limit: int) -> tuple[WaitingAct, ...]:
        return ()


async def test_the_relay_starts_it_from_the_outbox(skipping: WorkflowEnvironment) -> None:
    """The row was committed together with the archive revision."""
    document_id, archive = uuid4(), FakeArchive([None])
    desk = OutboxOfOne(document_id)
    async with serving(skipping.client, archive):
        acts = FakeActDesk(World(plan_of()))
        await Relay(skipping.client, desk, acts, interval=0.01).carry()
        await until(lambda: archive.planned is None)
        handle = skipping.client.get_workflow_handle(archive_workflow_id(document_id))
        await handle.result()
    assert not desk.open


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_a_recorded_wait_replays(path: Path) -> None:
    """Documents that wait for their data survive a release."""
    replayer = Replayer(workflows=[ArchiveWorkflow], data_converter=data_converter(CODEC))
    name = path.stem.partition(".")[2]
    text = await asyncio.to_thread(path.read_text)
    await replayer.replay_workflow(WorkflowHistory.from_json(name, text))


def test_there_is_a_recorded_wait() -> None:
    """Made by tests/histories/record_archive.py."""
    assert {path.stem.partition(".")[0] for path in RECORDED} == {"late_list", "silent_tsa"}
