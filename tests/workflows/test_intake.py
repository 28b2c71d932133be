"""The check of an uploaded document, with and without the sender's consent to a repair."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, Worker

from activities.comparing import AT_ONCE, ComparisonActivities
from activities.intake import IntakeActivities
from domain.limits import LATER_IMAGE_BATCHES, PAGE_IMAGES
from domain.mends import Mend
from domain.messages import DocumentRef, IntakeOutcome
from domain.names import (
    DOCUMENTS_QUEUE,
    ENVELOPES_QUEUE,
    PICTURES_QUEUE,
    intake_workflow_id,
    repair_workflow_id,
)
from domain.ports.desks import OutboxEntry
from domain.refusals import Refusal, RefusalCode
from runtime.temporal import data_converter
from tests.workflows.conftest import CODEC
from tests.workflows.fakes import FakeIntake
from tests.workflows.test_verification import history_of
from workers.relay import _order_of
from workflows.intake import IntakeWorkflow

FOLDER = Path(__file__).parent.parent / "histories" / "intake"
STORIES = {"short": 3, "long": 3 * PAGE_IMAGES}
"""Recorded by tests.histories.record_intake: name, and how many pages."""
BEFORE = "before_later_pages"
"""Of a release that drew no pages afterwards; kept, and never recorded anew."""
RECORDED = sorted(FOLDER.glob("*.json"))
SCRIPT = frozenset({Mend.JAVASCRIPT})


@asynccontextmanager
async def serving(client: Client, fake: FakeIntake) -> AsyncIterator[None]:
    """Workers for the workflow and its steps."""
    steps, comparing = IntakeActivities(fake, fake), ComparisonActivities(fake, fake)
    async with (
        Worker(client, task_queue=ENVELOPES_QUEUE, workflows=[IntakeWorkflow]),
        Worker(
            client,
            task_queue=DOCUMENTS_QUEUE,
            activities=[steps.inspect_document, steps.give_up_document],
            activity_executor=ThreadPoolExecutor(2),
        ),
        Worker(
            client,
            task_queue=PICTURES_QUEUE,
            activities=[steps.draw_pages, comparing.compare_pages],
            activity_executor=ThreadPoolExecutor(1),
        ),
    ):
        yield


async def checked(skipping: WorkflowEnvironment, fake: FakeIntake) -> IntakeOutcome:
    """The workflow, carried out."""
    document = DocumentRef(document_id=uuid4())
    async with serving(skipping.client, fake):
        outcome: IntakeOutcome = await skipping.client.execute_workflow(
            IntakeWorkflow.run,
            document,
            id=intake_workflow_id(document.document_id),
            task_queue=ENVELOPES_QUEUE,
        )
    return outcome


async def test_a_sound_file_is_accepted_as_it_is(skipping: WorkflowEnvironment) -> None:
    fake = FakeIntake()
    assert await checked(skipping, fake) == IntakeOutcome(accepted=True, pages=3)
    assert fake.accepted is not None
    assert fake.accepted.repaired is None


async def test_a_hostile_file_is_refused_with_its_code(skipping: WorkflowEnvironment) -> None:
    fake = FakeIntake(RefusalCode.BOMB)
    outcome = await checked(skipping, fake)
    assert (outcome.accepted, outcome.refusal) == (False, RefusalCode.BOMB)
    assert fake.answers == [RefusalCode.BOMB]


async def test_a_file_that_could_be_repaired_waits_for_the_sender(
    skipping: WorkflowEnvironment,
) -> None:
    fake = FakeIntake(mends=[Mend.JAVASCRIPT])
    outcome = await checked(skipping, fake)
    assert (outcome.accepted, outcome.refusal) == (False, RefusalCode.MENDABLE)
    assert fake.answers == [SCRIPT]


async def test_with_consent_the_copy_is_inspected_by_itself_and_accepted(
    skipping: WorkflowEnvironment,
) -> None:
    fake = FakeIntake(mends=[Mend.JAVASCRIPT])
    fake.consent = SCRIPT
    assert await checked(skipping, fake) == IntakeOutcome(accepted=True, pages=3)
    assert fake.accepted is not None
    assert (fake.accepted.repaired, fake.accepted.mends) == (b"copy", (Mend.JAVASCRIPT,))
    assert fake.accepted.images == (b"of copy",)


def test_consent_to_one_thing_is_no_consent_to_another() -> None:
    fake = FakeIntake(mends=[Mend.JAVASCRIPT, Mend.EMBEDDED_FILES])
    fake.consent = SCRIPT
    IntakeActivities(fake, fake).inspect_document(DocumentRef(document_id=uuid4()))
    assert fake.answers == [frozenset({Mend.JAVASCRIPT, Mend.EMBEDDED_FILES})]


def test_a_copy_that_does_not_pass_by_itself_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeIntake(mends=[Mend.JAVASCRIPT])
    fake.consent = SCRIPT
    original = fake.inspect

    def inspect(data: bytes, *, repair: bool = False) -> object:
        if data == b"copy":
            raise Refusal(RefusalCode.UNREADABLE)
        return original(data, repair=repair)

    monkeypatch.setattr(fake, "inspect", inspect)
    IntakeActivities(fake, fake).inspect_document(DocumentRef(document_id=uuid4()))
    assert fake.answers == [RefusalCode.UNREADABLE]


def test_a_repair_runs_under_a_name_of_its_own() -> None:
    subject = uuid4()
    kind, name, start = _order_of(OutboxEntry(uuid4(), "repair", subject))
    assert (kind, name) == ("IntakeWorkflow", repair_workflow_id(subject))
    assert start == DocumentRef(document_id=subject)


async def test_what_the_check_had_no_time_to_draw_is_drawn_afterwards_in_batches(
    skipping: WorkflowEnvironment,
) -> None:
    fake = FakeIntake(pages=3 * PAGE_IMAGES, at_once=PAGE_IMAGES)
    assert await checked(skipping, fake) == IntakeOutcome(accepted=True, pages=3 * PAGE_IMAGES)
    assert (fake.drawn, fake.batches) == (3 * PAGE_IMAGES, 3)


async def test_a_document_that_nobody_can_draw_for_ever_stops_at_the_bound(
    skipping: WorkflowEnvironment,
) -> None:
    fake = FakeIntake(pages=1000, at_once=1)
    assert (await checked(skipping, fake)).accepted
    assert fake.batches == LATER_IMAGE_BATCHES


async def test_a_page_that_cannot_be_drawn_leaves_the_document_in_use(
    skipping: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(data: bytes, pages: range, *, kept: bool = False) -> tuple[bytes, ...]:
        if 25 in pages:
            raise Refusal(RefusalCode.TOO_COSTLY)
        return drawing(data, pages)

    fake = FakeIntake(pages=2 * PAGE_IMAGES)
    drawing = fake.draw
    monkeypatch.setattr(fake, "draw", draw)
    assert (await checked(skipping, fake)).accepted
    assert fake.answers == [2 * PAGE_IMAGES]
    assert fake.drawn == 2 * PAGE_IMAGES, "the pages behind it"


async def test_a_correction_s_pages_are_held_against_those_before_it_alone(
    skipping: WorkflowEnvironment,
) -> None:
    draft, correction = FakeIntake(), FakeIntake(pages=3 * PAGE_IMAGES, at_once=PAGE_IMAGES)
    correction.replaces = True
    assert not (await checked(skipping, draft)).corrects
    assert (await checked(skipping, correction)).corrects
    assert draft.looks is None
    assert correction.looks is not None
    assert len(correction.looks) == 3 * PAGE_IMAGES, "after all were drawn"


def test_a_pair_of_pages_that_ends_the_child_costs_no_other_its_answer() -> None:
    fake = FakeIntake(pages=AT_ONCE + 3)
    fake.drawn, fake.deadly = AT_ONCE + 3, 2
    document = DocumentRef(document_id=uuid4())
    done = ComparisonActivities(fake, fake).compare_pages(document)
    assert done.pairs == AT_ONCE + 2
    assert fake.looks is not None
    assert 2 not in {pair.before for pair, _ in fake.looks}


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: Path) -> None:
    """Also of a check that was under way before pages were drawn afterwards."""
    replayer = Replayer(workflows=[IntakeWorkflow], data_converter=data_converter(CODEC))
    await replayer.replay_workflow(history_of(path))


def test_every_story_is_recorded() -> None:
    assert {path.stem.partition(".")[0] for path in RECORDED} == {*STORIES, BEFORE}
