"""A stamp image is cleaned once, or refused; whoever started it must be us."""

from uuid import UUID, uuid4

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.stamps import StampActivities
from domain.messages import StampOutcome, StampRef
from domain.names import DOCUMENTS_QUEUE, ENVELOPES_QUEUE, stamp_workflow_id
from domain.ports.desks import OutboxEntry
from domain.refusals import Refusal, RefusalCode
from workers.process import thread_pool
from workers.relay import _order_of
from workflows.stamp import StampWorkflow


class Pictures:
    """domain.ports.desks.StampDesk and ImageCleaner in one: what goes in, and what came out."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.kept: list[bytes] = []
        self.refused: list[RefusalCode] = []

    def read(self, stamp_id: UUID) -> bytes:
        return self.data

    def keeps_paper(self, stamp_id: UUID) -> bool:
        return False

    def accept(self, stamp_id: UUID, image: bytes) -> None:
        self.kept.append(image)

    def refuse(self, stamp_id: UUID, code: RefusalCode) -> None:
        self.refused.append(code)

    def clean(self, data: bytes, *, keeps_paper: bool = False) -> bytes:
        if data == b"blank":
            raise Refusal(RefusalCode.IMAGE_BLANK)
        if data == b"broken":
            raise ValueError(data)
        return data + b" clean"


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
