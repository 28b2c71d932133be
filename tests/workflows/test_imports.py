"""The time-stamping of an imported contract: it waits for an authority, however long that takes."""

from typing import cast
from uuid import UUID, uuid4

import pytest
from temporalio import activity
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.boundary import TIMESTAMP_UNAVAILABLE
from activities.imports import ImportActivities
from activities.stamp_proofs import StampProofs
from domain.messages import ImportOutcome, ImportRef
from domain.names import ENVELOPES_QUEUE, IMPORTS_QUEUE, import_workflow_id
from domain.ports.desks import OutboxEntry
from domain.ports.signatures import Timestamp
from domain.stamp_proofs import Stamped
from tests.storage.world import now
from workers.relay import _order_of
from workflows.imports import ImportWorkflow


async def test_an_outage_of_the_authorities_is_outlived(skipping: WorkflowEnvironment) -> None:
    seen: list[UUID] = []

    @activity.defn(name="stamp_import")
    async def stamp_import(contract: ImportRef) -> ImportOutcome:
        seen.append(contract.envelope_id)
        if len(seen) <= 30:
            raise ApplicationError("none", type=TIMESTAMP_UNAVAILABLE)
        return ImportOutcome(stamped=True)

    contract = ImportRef(envelope_id=uuid4())
    async with (
        Worker(skipping.client, task_queue=ENVELOPES_QUEUE, workflows=[ImportWorkflow]),
        Worker(skipping.client, task_queue=IMPORTS_QUEUE, activities=[stamp_import]),
    ):
        outcome = await skipping.client.execute_workflow(
            ImportWorkflow.run,
            contract,
            id=import_workflow_id(contract.envelope_id),
            task_queue=ENVELOPES_QUEUE,
        )
        assert outcome.stamped
        # under another's id it is not ours
        with pytest.raises(WorkflowFailureError):
            await skipping.client.execute_workflow(
                ImportWorkflow.run, contract, id=f"import-{uuid4()}", task_queue=ENVELOPES_QUEUE
            )
    assert set(seen) == {contract.envelope_id}


def test_the_relay_knows_how_to_start_it() -> None:
    subject = uuid4()
    kind, name, message = _order_of(OutboxEntry(uuid4(), "import", subject))
    assert (kind, name) == ("ImportWorkflow", import_workflow_id(subject))
    assert message == ImportRef(envelope_id=subject)


class _Both:
    """A desk with one contract, and an authority."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.kept: list[Timestamp] = []
        self.looked: list[tuple[Stamped, UUID]] = []

    def see_to(self, kind: Stamped, subject_id: UUID) -> None:
        self.looked.append((kind, subject_id))

    def unstamped(self, envelope_id: UUID) -> bytes | None:
        del envelope_id
        return None if self.kept else b"d" * 32

    def stamped(self, envelope_id: UUID, timestamp: Timestamp) -> None:
        del envelope_id
        self.kept.append(timestamp)

    def stamp(self, digest: bytes) -> Timestamp:
        self.asked.append(digest)
        return Timestamp(b"token", now(), "TSA 1")


def test_an_authority_is_asked_once_for_the_digest() -> None:
    both = _Both()
    activities = ImportActivities(both, both, cast("StampProofs", both))
    contract = ImportRef(envelope_id=uuid4())
    assert activities.stamp_import(contract).stamped
    assert not activities.stamp_import(contract).stamped
    assert (both.asked, len(both.kept)) == ([b"d" * 32], 1)
    assert both.looked == [(Stamped.IMPORT, contract.envelope_id)] * 2
