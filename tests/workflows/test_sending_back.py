"""Sent back, resumed, expired; and the races with a signature."""

import asyncio
from datetime import timedelta
from threading import Event

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.kinds import ActKind, EnvelopeState, NoticeKind, SlotKind
from domain.messages import AnsweredAct
from domain.refusals import RefusalCode
from tests.workflows.conftest import serving, start, submit, until
from tests.workflows.fakes import World, plan_of
from tests.workflows.test_takeover import remember

SIGN, APPROVE = SlotKind.SIGN, SlotKind.APPROVE


async def world_of(env: WorkflowEnvironment) -> World:
    """An approver and a signer at once, thirty days."""
    now = await env.get_current_time()
    plan = plan_of([APPROVE, SIGN], sent_at=now, deadline_at=now + timedelta(days=30))
    return World(plan)


async def test_no_reminder_goes_out_while_it_is_sent_back_and_it_goes_on(
    skipping: WorkflowEnvironment,
) -> None:
    world = await world_of(skipping)
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        now = await skipping.get_current_time()
        assert (await submit(handle, world.post(0, ActKind.SEND_BACK, posted_at=now))).accepted
        await skipping.sleep(timedelta(days=9))
        assert world.notices()[NoticeKind.REMINDER] == 0
        now = await skipping.get_current_time()
        halted = await submit(handle, world.post(1, ActKind.SIGN, posted_at=now))
        assert halted.refusal is RefusalCode.SENT_BACK_NOW
        assert (await submit(handle, world.post(0, ActKind.RESUME, posted_at=now))).accepted
        await skipping.sleep(timedelta(days=6))
        assert world.notices()[NoticeKind.REMINDER] == 1
        now = await skipping.get_current_time()
        await submit(handle, world.post(0, ActKind.APPROVE, posted_at=now))
        await submit(handle, world.post(1, ActKind.SIGN, posted_at=now))
        assert await handle.result() is EnvelopeState.DONE
    assert world.notices()[NoticeKind.SENT_BACK] == 1
    [resumed] = [order for order in world.orders if order.kind is NoticeKind.RESUMED]
    assert len(resumed.participant_ids or ()) == 2


async def test_the_deadline_ends_what_nobody_decided(skipping: WorkflowEnvironment) -> None:
    world = await world_of(skipping)
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        now = await skipping.get_current_time()
        await submit(handle, world.post(0, ActKind.SEND_BACK, posted_at=now))
        assert await handle.result() is EnvelopeState.EXPIRED


async def test_sent_back_and_signed_at_the_same_moment_no_signature_is_lost(
    skipping: WorkflowEnvironment,
) -> None:
    """Either it was accepted first and is made, or its person is told and signs later."""
    world = await world_of(skipping)
    now = await skipping.get_current_time()
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        sign = world.post(1, ActKind.SIGN, posted_at=now)
        back = world.post(0, ActKind.SEND_BACK, posted_at=now)
        answers = await asyncio.gather(submit(handle, sign), submit(handle, back))
        assert answers[1].accepted
        if answers[0].accepted:
            await until(lambda: world.signed == [sign.act_id])
        await submit(handle, world.post(0, ActKind.RESUME, posted_at=now))
        if not answers[0].accepted:
            assert answers[0].refusal is RefusalCode.SENT_BACK_NOW
            await submit(handle, world.post(1, ActKind.SIGN, posted_at=now))
        await submit(handle, world.post(0, ActKind.APPROVE, posted_at=now))
        assert await handle.result() is EnvelopeState.DONE
    assert len(world.signed) == 1


async def opened(world: World, count: int) -> None:
    """So many stages were asked."""
    await until(lambda: len(world.openings) == count)


async def world_of_stages(env: WorkflowEnvironment) -> World:
    """Two approvers, one after the other, then a signer."""
    now = await env.get_current_time()
    return World(
        plan_of([APPROVE], [APPROVE], [SIGN], sent_at=now, deadline_at=now + timedelta(days=30))
    )


async def test_sent_back_to_a_stage_it_and_those_after_it_are_asked_once_more(
    skipping: WorkflowEnvironment,
) -> None:
    world = await world_of_stages(skipping)
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        for position in (0, 1):
            await opened(world, position + 1)
            now = await skipping.get_current_time()
            if position == 0:
                await submit(handle, world.post(0, ActKind.APPROVE, posted_at=now))
        await skipping.sleep(timedelta(days=5))
        now = await skipping.get_current_time()
        late = world.post(1, ActKind.APPROVE, posted_at=now)
        back = world.post(1, ActKind.SEND_BACK, posted_at=now, back_to=0)
        assert (await submit(handle, back)).accepted
        await until(lambda: len(world.openings) == 3)
        assert (await submit(handle, late)).refusal is RefusalCode.SENT_BACK_SINCE
        await skipping.sleep(timedelta(days=8))  # from the day on which he was asked once more
        reminded = [order for order in world.orders if order.kind is NoticeKind.REMINDER]
        assert [order.participant_ids for order in reminded] == [
            world.plan.stages[0].slots[0].participant_ids
        ]
        for position, kind in ((0, ActKind.APPROVE), (1, ActKind.APPROVE), (2, ActKind.SIGN)):
            await opened(world, 3 + position)
            now = await skipping.get_current_time()
            assert (await submit(handle, world.post(position, kind, posted_at=now))).accepted
        assert await handle.result() is EnvelopeState.DONE
    told = [order for order in world.orders if order.kind is NoticeKind.RETURNED]
    people = [stage.slots[0].participant_ids for stage in world.plan.stages[:2]]
    assert {(order.participant_ids, order.occasion.partition(":")[0]) for order in told} == {
        (people[0], "stage"),
        (people[1], "act"),
        (people[1], "stage"),
    }
    assert len(told) == 3
    assert {order.act_id for order in told} == {back.act_id}
    assert world.notices()[NoticeKind.SENT_BACK] == 1
    assert len(world.signed) == 1


@pytest.mark.parametrize("kind", [ActKind.SEND_BACK, ActKind.CORRECT, ActKind.EXTEND])
async def test_what_only_the_last_call_finds_still_moves_the_route_or_its_deadline(
    skipping: WorkflowEnvironment, kind: ActKind
) -> None:
    world = await world_of_stages(skipping)
    timed = tuple(
        stage.model_copy(update={"deadline_days": 5 if index == 1 else None})
        for index, stage in enumerate(world.plan.stages)
    )
    world.plan = world.plan.model_copy(update={"stages": timed})
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await opened(world, 1)
        now = await skipping.get_current_time()
        await submit(handle, world.post(0, ActKind.APPROVE, posted_at=now))
        await opened(world, 2)
        now = await skipping.get_current_time()
        back_to = 0 if kind is ActKind.SEND_BACK else None
        later = now + timedelta(days=20)
        world.post(1, kind, posted_at=now, back_to=back_to, deadline_at=later)
        await skipping.sleep(timedelta(days=7))  # nobody submits it: the last call finds it
        await until(lambda: len(world.decisions) == 2)
        first = 1 if kind is ActKind.EXTEND else 0
        for position in range(first, 3):
            await opened(world, position + (1 if first else 3))
            now = await skipping.get_current_time()
            does = ActKind.SIGN if position == 2 else ActKind.APPROVE
            assert (await submit(handle, world.post(position, does, posted_at=now))).accepted
        assert await handle.result() is EnvelopeState.DONE


async def test_a_second_workflow_carries_out_what_the_first_one_only_accepted(
    skipping: WorkflowEnvironment,
) -> None:
    world = await world_of_stages(skipping)
    now = await skipping.get_current_time()
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        await submit(handle, world.post(0, ActKind.APPROVE, posted_at=now))
        await until(lambda: len(world.openings) == 2)
        await asyncio.sleep(0.5)
        await handle.terminate()
        back = world.post(1, ActKind.SEND_BACK, posted_at=now, back_to=0)
        remember(world)
        moment = await skipping.get_current_time()
        accepted = AnsweredAct(
            facts=world.acts[back.act_id],
            accepted=True,
            order=2,
            decided_at=moment,
            carried_out=True,
        )
        answered = (*world.plan.answered, accepted)
        world.plan = world.plan.model_copy(update={"answered": answered})
        handle = await start(skipping.client, world)
        await until(lambda: "reopened" in world.story)
        await until(lambda: len(world.openings) == 3)
        assert (await submit(handle, world.post(0, ActKind.WITHDRAW, posted_at=now))).accepted
        assert await handle.result() is EnvelopeState.WITHDRAWN


async def test_a_second_workflow_stands_still_too(skipping: WorkflowEnvironment) -> None:
    world = await world_of(skipping)
    now = await skipping.get_current_time()
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        await submit(handle, world.post(0, ActKind.SEND_BACK, posted_at=now))
        await until(lambda: world.notices()[NoticeKind.SENT_BACK] == 1)
        # A mail that is under way when its workflow goes would hold up the server's clock.
        await asyncio.sleep(0.5)
        await handle.terminate()
        remember(world)
        handle = await start(skipping.client, world)
        halted = await submit(handle, world.post(1, ActKind.SIGN, posted_at=now))
        assert halted.refusal is RefusalCode.SENT_BACK_NOW
        assert (await submit(handle, world.post(0, ActKind.WITHDRAW, posted_at=now))).accepted
        assert await handle.result() is EnvelopeState.WITHDRAWN
    assert world.notices()[NoticeKind.REQUEST] == 1


async def test_a_corrected_address_is_written_to_when_it_goes_on(
    skipping: WorkflowEnvironment,
) -> None:
    """Nobody is asked to act while nobody can."""
    world = await world_of(skipping)
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        now = await skipping.get_current_time()
        await submit(handle, world.post(0, ActKind.SEND_BACK, posted_at=now))
        assert (await submit(handle, world.post(1, ActKind.READDRESS, posted_at=now))).accepted
        await skipping.sleep(timedelta(minutes=1))
        assert world.notices()[NoticeKind.REQUEST] == 1
        assert (await submit(handle, world.post(0, ActKind.RESUME, posted_at=now))).accepted
        await until(lambda: world.notices()[NoticeKind.RESUMED] == 1)
        await handle.terminate()
    assert world.notices()[NoticeKind.REQUEST] == 1


async def test_a_reminder_that_was_accepted_before_it_was_sent_back_goes_out(
    skipping: WorkflowEnvironment,
) -> None:
    """Its answer was still being written."""
    now = await skipping.get_current_time()
    world = World(plan_of([APPROVE], sent_at=now, deadline_at=now + timedelta(days=30)))
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        remind = world.post(0, ActKind.REMIND, posted_at=now)
        world.slow[remind.act_id] = Event()
        reminded = asyncio.create_task(submit(handle, remind))
        await asyncio.sleep(0.3)
        back = world.post(0, ActKind.SEND_BACK, posted_at=now)
        assert (await submit(handle, back)).accepted
        world.slow[remind.act_id].set()
        assert (await reminded).accepted
        await until(lambda: world.notices()[NoticeKind.REMINDER] == 1)
        await handle.terminate()
