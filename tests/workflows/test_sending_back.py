"""Sent back, resumed, expired; and the races with a signature."""

import asyncio
from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

from domain.kinds import ActKind, EnvelopeState, NoticeKind, SlotKind
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
