"""A stamp image is cleaned once, or refused; whoever started it must be us."""

from uuid import UUID, uuid4

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.stamps import StampActivities
from domain.crops import Crop
from domain.messages import StampOutcome, StampRef
from domain.names import DOCUMENTS_QUEUE, ENVELOPES_QUEUE, stamp_workflow_id
from domain.ports.desks import OutboxEntry
from domain.refusals import Refusal, RefusalCode
from runtime.pkcs11_errors import KeyMissing, TokenMissing
from signing.pool import ChildDied
from storage.vault_errors import BlobAltered, BlobMissing, DataKeyUnusable
from workers.process import thread_pool
from workers.relay import _order_of
from workflows.stamp import StampWorkflow


class Pictures:
    """domain.ports.desks.StampDesk and ImageCleaner in one: what goes in, and what came out."""

    def __init__(self, data: bytes, crop: Crop | None = None) -> None:
        self.data = data
        self.wanted = crop
        self.kept: list[bytes] = []
        self.refused: list[RefusalCode] = []
        self.outages: list[Exception] = []

    def read(self, stamp_id: UUID) -> bytes:
        return self.data

    def keeps_paper(self, stamp_id: UUID) -> bool:
        return False

    def crop(self, stamp_id: UUID) -> Crop | None:
        return self.wanted

    def accept(self, stamp_id: UUID, image: bytes) -> None:
        self.kept.append(image)

    def refuse(self, stamp_id: UUID, code: RefusalCode) -> None:
        self.refused.append(code)

    def clean(self, data: bytes, *, keeps_paper: bool = False, crop: Crop | None = None) -> bytes:
        if self.outages:
            raise self.outages.pop()
        if data == b"blank":
            raise Refusal(RefusalCode.IMAGE_BLANK)
        if data == b"broken":
            raise ValueError(data)
        return data + (f" {crop.text}".encode() if crop else b"") + b" clean"


async def _run(skipping: WorkflowEnvironment, pictures: Pictures) -> StampOutcome:
    activities = StampActivities(pictures, pictures)
    stamp = StampRef(stamp_id=uuid4())
    with thread_pool("documents", 2) as pool:
        async with (
            Worker(skipping.client, task_queue=ENVELOPES_QUEUE, workflows=[StampWorkflow]),
            Worker(
                skipping.client,
                task_queue=DOCUMENTS_QUEUE,
                activities=[activities.clean_stamp, activities.give_up_stamp],
                activity_executor=pool,
            ),
        ):
            return await skipping.client.execute_workflow(
                StampWorkflow.run,
                stamp,
                id=stamp_workflow_id(stamp.stamp_id),
                task_queue=ENVELOPES_QUEUE,
            )


async def test_a_picture_is_cleaned_and_kept(skipping: WorkflowEnvironment) -> None:
    pictures = Pictures(b"photo")
    assert (await _run(skipping, pictures)).accepted
    assert pictures.kept == [b"photo clean"]


@pytest.mark.parametrize(
    ("data", "code"), [(b"blank", RefusalCode.IMAGE_BLANK), (b"broken", "image_unreadable")]
)
async def test_a_picture_that_is_none_gets_an_answer(
    skipping: WorkflowEnvironment, data: bytes, code: RefusalCode
) -> None:
    pictures = Pictures(data)
    outcome = await _run(skipping, pictures)
    assert (outcome.accepted, outcome.refusal) == (False, code)
    assert pictures.refused == [code]


class OperationalError(Exception):
    """As SQLAlchemy names it."""


OUTAGES = [
    OperationalError("locked"),
    OSError(28, "no space left"),
    BlockingIOError(11, "no process left"),
    RuntimeError("can't start new thread"),
    BlobMissing("no disk"),
    TokenMissing("no token"),
    KeyMissing("no key"),
    DataKeyUnusable("no key"),
    ChildDied("start"),
]


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda outage: type(outage).__name__)
async def test_what_the_machine_could_not_do_blames_no_picture(
    skipping: WorkflowEnvironment, outage: Exception
) -> None:
    pictures = Pictures(b"photo")
    pictures.outages = [outage] * 13
    assert (await _run(skipping, pictures)).accepted
    assert (pictures.kept, pictures.refused) == ([b"photo clean"], [])


@pytest.mark.parametrize("fault", [ChildDied("-9"), BlobAltered("rotten"), ValueError("a bug")])
async def test_a_picture_that_ends_its_process_again_and_again_is_given_up(
    skipping: WorkflowEnvironment, fault: Exception
) -> None:
    pictures = Pictures(b"photo")
    pictures.outages = [fault] * 13
    assert (await _run(skipping, pictures)).refusal is RefusalCode.IMAGE_UNREADABLE
    assert len(pictures.outages) == 8


async def test_a_strangers_start_cleans_nothing(skipping: WorkflowEnvironment) -> None:
    async with Worker(skipping.client, task_queue=ENVELOPES_QUEUE, workflows=[StampWorkflow]):
        with pytest.raises(WorkflowFailureError):
            await skipping.client.execute_workflow(
                "StampWorkflow", id=f"stamp-{uuid4()}", task_queue=ENVELOPES_QUEUE
            )


def test_the_relay_knows_how_to_start_it() -> None:
    subject = uuid4()
    kind, name, message = _order_of(OutboxEntry(uuid4(), "stamp", subject))
    assert (kind, name) == ("StampWorkflow", stamp_workflow_id(subject))
    assert message == StampRef(stamp_id=subject)


async def test_a_picture_is_cropped_as_its_sender_wanted(skipping: WorkflowEnvironment) -> None:
    pictures = Pictures(b"picture", Crop(left=10))
    await _run(skipping, pictures)
    assert pictures.kept == [b"picture 10,0,0,0 clean"]
