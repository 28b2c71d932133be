"""What a sender does to an envelope that is under way."""

from datetime import timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.kinds import ActKind, EnvelopeState, NoticeKind, SlotKind
from domain.refusals import RefusalCode
from tests.workflows.conftest import serving, start, submit, until
from tests.workflows.fakes import World, plan_of


async def world_of(env: WorkflowEnvironment, days: int) -> World:
    """One signer and a deadline after `days`."""
    now = await env.get_current_time()
    plan = plan_of([SlotKind.SIGN], sent_at=now, deadline_at=now + timedelta(days=days))
    return World(plan)


async def test_an_extended_envelope_outlives_its_first_deadline(
    skipping: WorkflowEnvironment,
) -> None:
    """The timer that was set for the old deadline ends nothing."""
    world = await world_of(skipping, days=3)
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        later = world.plan.deadline_at + timedelta(days=10)
        now = await skipping.get_current_time()
        act = world.post(0, ActKind.EXTEND, posted_at=now, deadline_at=later)
        assert (await submit(handle, act)).accepted
        assert world.decisions[act.act_id].snapshot.deadline_at == later
        await skipping.sleep(timedelta(days=5))
        assert not world.endings
        assert await handle.result() is EnvelopeState.EXPIRED
    assert world.endings[0].at >= later
    assert world.notices()[NoticeKind.REMINDER] == 1


async def test_a_reminder_now_goes_to_the_one_person_once(skipping: WorkflowEnvironment) -> None:
    """A double click sends one mail."""
    world = await world_of(skipping, days=3)
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        act = world.post(0, ActKind.REMIND, posted_at=await skipping.get_current_time())
        for _ in range(2):
            assert (await submit(handle, act)).accepted
        await until(lambda: world.notices()[NoticeKind.REMINDER] == 1)
        await handle.terminate()
    [reminder] = [order for order in world.orders if order.kind is NoticeKind.REMINDER]
    assert reminder.participant_ids == world.plan.stages[0].slots[0].participant_ids
    assert not world.renewals


@pytest.mark.parametrize("kind", [ActKind.REREQUEST, ActKind.READDRESS, ActKind.FRESH_LINK])
async def test_asking_anew_renews_the_link_before_the_mail(
    skipping: WorkflowEnvironment, kind: ActKind
) -> None:
    """The mail must carry the new generation."""
    world = await world_of(skipping, days=3)
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        act = world.post(0, kind, posted_at=await skipping.get_current_time())
        assert (await submit(handle, act)).accepted
        await until(lambda: world.notices()[NoticeKind.REQUEST] == 2)
        await handle.terminate()
    assert [renewal.act_id for renewal in world.renewals] == [act.act_id]
    assert world.story[-1] == "renewed"


async def test_nobody_is_reminded_after_the_end(skipping: WorkflowEnvironment) -> None:
    """The answer says that it is over."""
    world = await world_of(skipping, days=3)
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        now = await skipping.get_current_time()
        await submit(handle, world.post(0, ActKind.SIGN, posted_at=now))
        await until(lambda: bool(world.endings))
        answer = await submit(handle, world.post(0, ActKind.REMIND, posted_at=now))
        assert answer.refusal in {RefusalCode.ALREADY_ACTED, RefusalCode.ENVELOPE_ENDED}
        await handle.terminate()
    assert world.notices()[NoticeKind.REMINDER] == 0


async def test_an_address_that_is_corrected_before_its_turn_sends_nothing(
    skipping: WorkflowEnvironment,
) -> None:
    """Neither to its signer, who is asked once when his turn comes, nor to a recipient."""
    now = await skipping.get_current_time()
    later = now + timedelta(days=3)
    world = World(plan_of([SlotKind.SIGN], [SlotKind.SIGN], sent_at=now, deadline_at=later))
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        early = world.post(1, ActKind.READDRESS, posted_at=now)
        assert (await submit(handle, early)).accepted
        assert (await submit(handle, world.readdress_recipient(now))).accepted
        assert not world.renewals
        assert world.notices()[NoticeKind.REQUEST] == 1
        assert (await submit(handle, world.post(0, ActKind.SIGN, posted_at=now))).accepted
        await until(lambda: world.notices()[NoticeKind.REQUEST] == 2)
        await handle.terminate()
    second = world.plan.stages[1].slots[0]
    assert world.orders[-1].participant_ids == second.participant_ids
