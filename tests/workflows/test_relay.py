"""The relay carries committed rows to Temporal, however often it has to."""

import asyncio
from datetime import UTC, datetime
from typing import cast
from uuid import UUID, uuid4

from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from domain.kinds import ActKind, EnvelopeState, SlotKind
from domain.names import envelope_workflow_id
from domain.ports.desks import OutboxEntry, WaitingAct
from domain.refusals import RefusalCode
from tests.workflows.conftest import serving, until
from tests.workflows.fakes import FakeActDesk, World, plan_of
from workers.relay import BATCH, Relay


class FakeRelayDesk:
    """domain.ports.desks.RelayDesk on the world's rows."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.open: list[OutboxEntry] = [
            OutboxEntry(item_id=uuid4(), kind="envelope", subject_id=world.plan.envelope_id)
        ]
        self.rounds = 0

    def starts(self, limit: int) -> tuple[OutboxEntry, ...]:
        """Everything that is not started; the first answer is given twice, as after a crash."""
        self.rounds += 1
        return tuple(self.open[:limit])

    def started(self, item_id: UUID) -> None:
        """Forget it from the second time on."""
        if self.rounds > 1:
            self.open = [entry for entry in self.open if entry.item_id != item_id]

    def start_failed(self, item_id: UUID, error: str) -> None:
        """Must not happen here."""
        raise AssertionError(error)

    def waiting_acts(self, limit: int) -> tuple[WaitingAct, ...]:
        """Posted acts without a decision."""
        return tuple(
            WaitingAct(envelope_id=self._world.plan.envelope_id, act_id=act_id)
            for act_id in self._world.acts
            if act_id not in self._world.decisions
        )


async def test_an_envelope_is_started_once_and_its_act_is_delivered(
    skipping: WorkflowEnvironment,
) -> None:
    """The web app died after its commit: outbox row and act row are all that is left."""
    now = await skipping.get_current_time()
    world = World(plan_of([SlotKind.SIGN], sent_at=now))
    desk = FakeRelayDesk(world)
    relay = Relay(skipping.client, desk, FakeActDesk(world), interval=0.01, patience=0)
    async with serving(skipping.client, world):
        await relay.carry()
        await relay.carry()
        await until(lambda: bool(world.openings))
        world.post(0, ActKind.SIGN, posted_at=now)
        await relay.carry()
        await until(lambda: bool(world.endings))
        await skipping.client.get_workflow_handle(
            envelope_workflow_id(world.plan.envelope_id)
        ).terminate()
    assert not desk.open
    assert len(world.openings) == len(world.signed) == len(world.endings) == 1
    assert world.endings[0].snapshot.state is EnvelopeState.DONE


async def test_an_act_for_an_envelope_that_is_over_is_answered(
    skipping: WorkflowEnvironment,
) -> None:
    """No workflow runs any more: the row must not wait for ever."""
    world = World(plan_of([SlotKind.SIGN], sent_at=datetime.now(UTC)))
    desk = FakeRelayDesk(world)
    desk.open.clear()
    act = world.post(0, ActKind.SIGN)
    relay = Relay(skipping.client, desk, FakeActDesk(world), interval=0.01, patience=0)
    await relay.carry()
    decision = world.decisions[act.act_id]
    assert decision.refusal is RefusalCode.ENVELOPE_ENDED
    assert decision.snapshot.sequence == 0


class Stuck(Relay):
    """Acts get no answer until `free` is set; starts are counted."""

    def __init__(self, acts: int) -> None:
        world = World(plan_of([SlotKind.SIGN], sent_at=datetime.now(UTC)))
        self.desk = FakeRelayDesk(world)
        nowhere = cast("Client", None)
        super().__init__(nowhere, self.desk, FakeActDesk(world), interval=0.001, patience=0)
        self.waiting = [WaitingAct(envelope_id=uuid4(), act_id=uuid4()) for _ in range(acts)]
        self.desk.waiting_acts = lambda limit: tuple(self.waiting[:limit])  # type: ignore[method-assign]
        self.free = asyncio.Event()
        self.sent: list[UUID] = []
        self.started = 0

    async def _submit(self, act: WaitingAct) -> None:
        self.sent.append(act.act_id)
        await self.free.wait()

    async def _start(self, entry: OutboxEntry) -> None:
        self.started += 1


async def test_acts_without_an_answer_keep_newer_ones_back_for_no_round() -> None:
    relay = Stuck(acts=2 * BATCH)
    relay.free.set()
    await relay.carry_acts()
    newer = WaitingAct(envelope_id=uuid4(), act_id=uuid4())
    relay.waiting.append(newer)
    await relay.carry_acts()
    await relay.carry_acts()
    ids = [act.act_id for act in relay.waiting]
    assert relay.sent[: len(ids)] == ids
    assert relay.sent[len(ids) :] == ids[: BATCH - 1]  # then again from the oldest


async def test_an_act_without_an_answer_holds_up_no_start() -> None:
    relay = Stuck(acts=1)
    running = asyncio.create_task(relay.run())
    await until(lambda: bool(relay.sent) and relay.started > 2)
    assert len(relay.sent) == 1
    running.cancel()
