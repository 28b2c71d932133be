"""An asked person names somebody else, while the envelope is under way."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from temporalio.testing import WorkflowEnvironment

from domain.kinds import ActKind, EnvelopeState, NoticeKind, SlotKind
from domain.refusals import RefusalCode
from tests.workflows.conftest import serving, start, submit, until
from tests.workflows.fakes import World, plan_of, shared
from tests.workflows.test_takeover import remember

SIGN = SlotKind.SIGN


async def world_of(env: WorkflowEnvironment) -> World:
    """One signer, thirty days."""
    now = await env.get_current_time()
    return World(plan_of([SIGN], sent_at=now, deadline_at=now + timedelta(days=30)))


async def test_the_new_person_is_asked_reminded_on_his_own_days_and_signs(
    skipping: WorkflowEnvironment,
) -> None:
    world, new = await world_of(skipping), uuid4()
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        await skipping.sleep(timedelta(days=5))
        now = await skipping.get_current_time()
        act = world.post(0, ActKind.HAND_OVER, posted_at=now, successor_id=new)
        assert (await submit(handle, act)).accepted
        await until(lambda: world.notices()[NoticeKind.HANDED_OVER] == 1)
        await skipping.sleep(timedelta(days=4))
        assert world.notices()[NoticeKind.REMINDER] == 0
        await skipping.sleep(timedelta(days=4))
        now = await skipping.get_current_time()
        old = await submit(handle, world.post(0, ActKind.SIGN, posted_at=now))
        assert old.refusal is RefusalCode.NOT_YOUR_SLOT
        signed = world.post(0, ActKind.SIGN, posted_at=now, participant_id=new)
        assert (await submit(handle, signed)).accepted
        assert await handle.result() is EnvelopeState.DONE
    asked = [order for order in world.orders if order.kind is NoticeKind.REQUEST]
    assert asked[-1].participant_ids == (new,)
    assert asked[-1].act_id == act.act_id
    [reminder] = [order for order in world.orders if order.kind is NoticeKind.REMINDER]
    assert reminder.participant_ids == (new,)


async def test_who_comes_later_among_several_is_reminded_on_his_own_days(
    skipping: WorkflowEnvironment,
) -> None:
    now = await skipping.get_current_time()
    stays, leaves, comes = uuid4(), uuid4(), uuid4()
    plan = plan_of([SIGN], sent_at=now, deadline_at=now + timedelta(days=30))
    world = World(plan.model_copy(update={"stages": (shared(stays, leaves),)}))
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        await skipping.sleep(timedelta(days=5))
        now = await skipping.get_current_time()
        act = world.post(
            0, ActKind.HAND_OVER, posted_at=now, participant_id=leaves, successor_id=comes
        )
        assert (await submit(handle, act)).accepted
        await until(lambda: world.notices()[NoticeKind.HANDED_OVER] == 1)
        await skipping.sleep(timedelta(days=4))
        await skipping.sleep(timedelta(days=4))
        now = await skipping.get_current_time()
        signed = world.post(0, ActKind.SIGN, posted_at=now, participant_id=comes)
        assert (await submit(handle, signed)).accepted
        assert await handle.result() is EnvelopeState.DONE
    reminders = [order for order in world.orders if order.kind is NoticeKind.REMINDER]
    assert [order.participant_ids for order in reminders] == [(stays,), (comes,)]


async def test_a_handover_and_a_signature_at_the_same_moment_have_one_winner(
    skipping: WorkflowEnvironment,
) -> None:
    """Whoever is decided first; the other is told, and nothing is lost."""
    world, new = await world_of(skipping), uuid4()
    now = await skipping.get_current_time()
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        over = world.post(0, ActKind.HAND_OVER, posted_at=now, successor_id=new)
        sign = world.post(0, ActKind.SIGN, posted_at=now)
        answers = await asyncio.gather(submit(handle, over), submit(handle, sign))
        assert [answer.accepted for answer in answers].count(True) == 1
        if answers[0].accepted:
            again = world.post(0, ActKind.SIGN, posted_at=now, participant_id=new)
            assert (await submit(handle, again)).accepted
        assert await handle.result() is EnvelopeState.DONE
    assert len(world.signed) == 1
    assert set(world.decisions) >= {over.act_id, sign.act_id}


async def test_a_second_workflow_asks_the_new_person_by_the_same_mail(
    skipping: WorkflowEnvironment,
) -> None:
    """The order has the occasion of the first one, so that its row makes it once."""
    world, new = await world_of(skipping), uuid4()
    now = await skipping.get_current_time()
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        act = world.post(0, ActKind.HAND_OVER, posted_at=now, successor_id=new)
        await submit(handle, act)
        await until(lambda: world.notices()[NoticeKind.HANDED_OVER] == 1)
        # A mail that is under way when its workflow goes would hold up the server's clock.
        await asyncio.sleep(0.5)
        await handle.terminate()
        remember(world)
        world.orders.clear()
        handle = await start(skipping.client, world)
        await until(lambda: world.notices()[NoticeKind.HANDED_OVER] == 1)
        signed = world.post(0, ActKind.SIGN, posted_at=now, participant_id=new)
        assert (await submit(handle, signed)).accepted
        assert await handle.result() is EnvelopeState.DONE
    requests = [order for order in world.orders if order.kind is NoticeKind.REQUEST]
    named = [order for order in requests if new in (order.participant_ids or ())]
    assert [order.occasion for order in named] == [f"act:{act.act_id}"]


async def test_a_deputy_is_asked_besides_somebody_absent_and_the_other_hears_of_it(
    skipping: WorkflowEnvironment,
) -> None:
    """One mail to the deputy, none to the sender; who did not act is told that he need not."""
    world, deputy = await world_of(skipping), uuid4()
    [absent] = world.plan.stages[0].slots[0].participant_ids
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        now = await skipping.get_current_time()
        act = world.post(0, ActKind.DEPUTISE, posted_at=now, successor_id=deputy)
        assert (await submit(handle, act)).accepted
        await until(lambda: world.notices()[NoticeKind.REQUEST] == 2)
        signed = world.post(0, ActKind.SIGN, posted_at=now, participant_id=deputy)
        assert (await submit(handle, signed)).accepted
        assert await handle.result() is EnvelopeState.DONE
    assert world.notices()[NoticeKind.HANDED_OVER] == 0
    asked = [order for order in world.orders if order.kind is NoticeKind.REQUEST]
    assert asked[-1].participant_ids == (deputy,)
    [released] = [order for order in world.orders if order.kind is NoticeKind.RELEASED]
    assert released.participant_ids == (absent,)
