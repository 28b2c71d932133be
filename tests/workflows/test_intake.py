"""The check of an uploaded document, with and without the sender's consent to a repair."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.intake import IntakeActivities
from domain.mends import Mend
from domain.messages import DocumentRef, IntakeOutcome
from domain.names import DOCUMENTS_QUEUE, ENVELOPES_QUEUE, intake_workflow_id, repair_workflow_id
from domain.ports.desks import OutboxEntry
from domain.refusals import Refusal, RefusalCode
from tests.workflows.fakes import FakeIntake
from workers.relay import _order_of
from workflows.intake import IntakeWorkflow

SCRIPT = frozenset({Mend.JAVASCRIPT})


async def checked(skipping: WorkflowEnvironment, fake: FakeIntake) -> IntakeOutcome:
    """The workflow, carried out."""
    document = DocumentRef(document_id=uuid4())
    steps = IntakeActivities(fake, fake)
    async with (
        Worker(skipping.client, task_queue=ENVELOPES_QUEUE, workflows=[IntakeWorkflow]),
        Worker(
            skipping.client,
            task_queue=DOCUMENTS_QUEUE,
            activities=[steps.inspect_document, steps.give_up_document],
            activity_executor=ThreadPoolExecutor(2),
        ),
    ):
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
