"""What is stored is read once more, however often its step is begun anew."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.archiving import ArchivingActivities
from activities.consents import ConsentStamps
from activities.signing import SigningActivities
from domain.kinds import ActKind, EnvelopeState, SlotKind
from domain.messages import ActDecision, EnvelopeRef, SignOrder, Snapshot
from domain.ports.desks import ArchiveTask
from domain.ports.signatures import Timestamp
from tests.workflows.fakes import FakeSigning, NoConsents, World, plan_of


class Forgetful(FakeSigning):
    """A disk that says that it has written, and gives back something else."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.stored: UUID | None = None
        self.kept = b"other bytes"

    def store_signature(self, intent_id: UUID, signature: bytes) -> None:
        self._change(signature=signature)

    def store_timestamp(self, intent_id: UUID, timestamp: Timestamp) -> None:
        self._change(timestamp=timestamp)

    def store_revision(self, intent_id: UUID, tail: bytes) -> UUID:
        self.stored = uuid4()
        self._change(revision_id=self.stored)
        return self.stored

    def store_archive(self, *_: object) -> UUID:
        self.stored = uuid4()
        return self.stored

    def unarchived(self, envelope_id: UUID) -> tuple[ArchiveTask, ...]:
        return () if self.stored else super().unarchived(envelope_id)

    def archived(self, envelope_id: UUID) -> tuple[UUID, ...]:
        return (self.stored,) if self.stored else ()

    def read_revision(self, revision_id: UUID) -> bytes:
        if revision_id != self.stored:
            return b""
        if not self.kept:
            return b""
        raise OSError(self.kept)

    def _change(self, **words: object) -> None:
        [(act_id, intent)] = self._intents.items()
        self._intents[act_id] = replace(intent, **words)  # type: ignore[arg-type]


@pytest.fixture
def world() -> World:
    return World(plan_of([SlotKind.SIGN]))


def test_a_signature_that_cannot_be_read_back_is_not_done_the_second_time(world: World) -> None:
    act = world.post(0, ActKind.SIGN)
    envelope_id = world.plan.envelope_id
    world.decisions[act.act_id] = ActDecision(
        act_id=act.act_id,
        accepted=True,
        order=1,
        decided_at=datetime.now(UTC),
        snapshot=Snapshot(envelope_id=envelope_id, sequence=1, state=EnvelopeState.RUNNING),
    )
    desk = Forgetful(world)
    activities = SigningActivities(desk, desk, ConsentStamps(NoConsents(), NoConsents()))
    order = SignOrder(envelope_id=envelope_id, act_id=act.act_id)
    for _ in range(2):
        with pytest.raises((OSError, ApplicationError)):
            ActivityEnvironment().run(activities.sign_act, order)
        assert world.signed == []
    desk.kept = b""
    ActivityEnvironment().run(activities.sign_act, order)
    assert world.signed == [act.act_id]


def test_an_archive_that_cannot_be_read_back_is_not_done_the_second_time(world: World) -> None:
    desk = Forgetful(world)
    activities = ArchivingActivities(desk, desk, ConsentStamps(NoConsents(), NoConsents()))
    envelope = EnvelopeRef(envelope_id=world.plan.envelope_id)
    for _ in range(2):
        with pytest.raises((OSError, ApplicationError)):
            ActivityEnvironment().run(activities.archive_documents, envelope)
    desk.kept = b""
    ActivityEnvironment().run(activities.archive_documents, envelope)
