"""The time-stamping of a consent: it waits for an authority, however long that takes."""

from typing import cast
from uuid import UUID, uuid4

import pytest
from temporalio import activity
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.boundary import TIMESTAMP_UNAVAILABLE
from activities.consents import ConsentActivities, ConsentStamps
from activities.stamp_proofs import StampProofs
from domain.messages import ConsentOutcome, ConsentRef
from domain.names import ENVELOPES_QUEUE, SIGNING_QUEUE, consent_workflow_id
from domain.ports.desks import OutboxEntry
from domain.ports.signatures import Timestamp
from domain.stamp_proofs import Stamped
from tests.storage.world import now
from workers.relay import _order_of
from workflows.consent import ConsentWorkflow


async def test_an_outage_of_the_authorities_is_outlived(skipping: WorkflowEnvironment) -> None:
    seen: list[UUID] = []

    @activity.defn(name="stamp_consent")
    async def stamp_consent(consent: ConsentRef) -> ConsentOutcome:
        seen.append(consent.consent_id)
        if len(seen) <= 30:
            raise ApplicationError("none", type=TIMESTAMP_UNAVAILABLE)
        return ConsentOutcome(stamped=True)

    consent = ConsentRef(consent_id=uuid4())
    async with (
        Worker(skipping.client, task_queue=ENVELOPES_QUEUE, workflows=[ConsentWorkflow]),
        Worker(skipping.client, task_queue=SIGNING_QUEUE, activities=[stamp_consent]),
    ):
        outcome = await skipping.client.execute_workflow(
            ConsentWorkflow.run,
            consent,
            id=consent_workflow_id(consent.consent_id),
            task_queue=ENVELOPES_QUEUE,
        )
    assert outcome.stamped
    assert set(seen) == {consent.consent_id}


async def test_a_strangers_start_stamps_nothing(skipping: WorkflowEnvironment) -> None:
    async with Worker(skipping.client, task_queue=ENVELOPES_QUEUE, workflows=[ConsentWorkflow]):
        with pytest.raises(WorkflowFailureError):
            await skipping.client.execute_workflow(
                "ConsentWorkflow", id=f"consent-{uuid4()}", task_queue=ENVELOPES_QUEUE
            )


def test_the_relay_knows_how_to_start_it() -> None:
    subject = uuid4()
    kind, name, message = _order_of(OutboxEntry(uuid4(), "consent", subject))
    assert (kind, name) == ("ConsentWorkflow", consent_workflow_id(subject))
    assert message == ConsentRef(consent_id=subject)


class _Desk:
    """One consent."""

    def __init__(self) -> None:
        self.kept: list[Timestamp] = []

    def waiting(self, envelope_id: UUID) -> tuple[UUID, ...]:
        return () if self.kept else (envelope_id,)

    def unstamped(self, consent_id: UUID) -> bytes | None:
        del consent_id
        return None if self.kept else b"d" * 32

    def stamped(self, consent_id: UUID, timestamp: Timestamp) -> None:
        del consent_id
        self.kept.append(timestamp)


class _Authority:
    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.looked: list[Stamped] = []

    def see_to(self, kind: Stamped, subject_id: UUID) -> None:
        del subject_id
        self.looked.append(kind)

    def stamp(self, digest: bytes) -> Timestamp:
        self.asked.append(digest)
        return Timestamp(b"token", now(), "TSA 1")


def test_an_authority_is_asked_once_for_the_digest() -> None:
    desk, authority = _Desk(), _Authority()
    activities = ConsentActivities(ConsentStamps(desk, authority), cast("StampProofs", authority))
    consent = ConsentRef(consent_id=uuid4())
    assert activities.stamp_consent(consent).stamped
    assert not activities.stamp_consent(consent).stamped
    assert authority.asked == [b"d" * 32]
    assert len(desk.kept) == 1
    assert authority.looked == [Stamped.CONSENT] * 2
