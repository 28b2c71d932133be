"""A workflow that was ended from outside: another one goes on from the rows."""

import asyncio
from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

from domain.kinds import ActKind, EnvelopeState, HindranceKind, NoticeKind, SlotKind
from domain.messages import ActDecision, AnsweredAct, Snapshot
from tests.workflows.conftest import serving, start, submit, until
from tests.workflows.fakes import World, plan_of

SETTLED_SECONDS = 0.5
"""For the workflow to hear of the signature: the time-skipping server stands still for ever where
a task is under way when its workflow is terminated."""
SIGN, APPROVE = SlotKind.SIGN, SlotKind.APPROVE


def remember(world: World) -> None:
    """What the desk reads for a second workflow: stages, answers, the newest snapshot's number."""
    world.plan = world.plan.model_copy(
        update={
            "opened_at": tuple(
                opening.snapshot.slots[0].asked_at or world.plan.deadline_at
                for opening in world.openings
            ),
            "answered": tuple(
                AnsweredAct(
                    facts=world.acts[decision.act_id],
                    accepted=decision.accepted,
                    refusal=decision.refusal,
                    order=decision.order,
                    decided_at=decision.decided_at,
                    carried_out=world.acts[decision.act_id].kind is not ActKind.SIGN
                    or decision.act_id in world.signed,
                )
                for decision in world.decisions.values()
            ),
            "sequence": max(decision.snapshot.sequence for decision in world.decisions.values()),
        }
    )


async def test_the_second_workflow_asks_for_nothing_that_was_done(
    skipping: WorkflowEnvironment,
) -> None:
    """One of two has signed; the other signs after the take-over; each signs once."""
    now = await skipping.get_current_time()
    world = World(plan_of([SIGN, SIGN], sent_at=now, deadline_at=now + timedelta(days=30)))
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        first = world.post(0, ActKind.SIGN, posted_at=now)
        await submit(handle, first)
        await until(lambda: world.signed == [first.act_id])
        await asyncio.sleep(SETTLED_SECONDS)
        await handle.terminate()
        remember(world)
        handle = await start(skipping.client, world)
        repeated = await submit(handle, first)
        assert repeated.accepted
        second = world.post(1, ActKind.SIGN, posted_at=now)
        assert (await submit(handle, second)).accepted
        assert await handle.result() is EnvelopeState.DONE
    assert world.signed == [first.act_id, second.act_id]
    assert len(world.openings) == 1
    assert world.endings[0].snapshot.state is EnvelopeState.DONE


async def test_an_accepted_signature_that_was_not_made_is_made(
    skipping: WorkflowEnvironment,
) -> None:
    """The first workflow went between the answer and the signature: only rows are left."""
    now = await skipping.get_current_time()
    world = World(plan_of([SIGN], sent_at=now, deadline_at=now + timedelta(days=30)))
    act = world.post(0, ActKind.SIGN, posted_at=now)
    world.decisions[act.act_id] = ActDecision(
        act_id=act.act_id,
        accepted=True,
        order=1,
        decided_at=now,
        snapshot=Snapshot(
            envelope_id=world.plan.envelope_id, sequence=2, state=EnvelopeState.RUNNING
        ),
    )
    world.plan = world.plan.model_copy(update={"opened_at": (now - timedelta(hours=1),)})
    answered = AnsweredAct(
        facts=world.acts[act.act_id], accepted=True, order=1, decided_at=now, carried_out=False
    )
    world.plan = world.plan.model_copy(update={"answered": (answered,), "sequence": 2})
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        assert await handle.result() is EnvelopeState.DONE
    assert world.signed == [act.act_id]
    assert not world.openings
    hindered = [(change.kind, change.begins) for change in world.hindrances]
    assert hindered == [(kind, False) for kind in HindranceKind], "what it waited for is tried anew"


async def test_an_ending_that_was_answered_is_concluded(skipping: WorkflowEnvironment) -> None:
    """A withdrawal is in the rows, its ending is not."""
    now = await skipping.get_current_time()
    world = World(plan_of([APPROVE], [SIGN], sent_at=now, deadline_at=now + timedelta(days=30)))
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        await submit(handle, world.post(0, ActKind.WITHDRAW, posted_at=now))
        await handle.terminate()
        world.endings.clear()
        remember(world)
        handle = await start(skipping.client, world)
        assert await handle.result() is EnvelopeState.WITHDRAWN
    assert world.endings[0].snapshot.state is EnvelopeState.WITHDRAWN
    assert world.orders[-1].kind is NoticeKind.WITHDRAWN
