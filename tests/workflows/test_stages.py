"""Several candidates for a slot, gates and deadlines of stages, on Temporal."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from temporalio.testing import WorkflowEnvironment

from domain.kinds import ActKind, EnvelopeState, NoticeKind, SlotKind, SlotState
from domain.messages import StagePlan
from domain.refusals import RefusalCode
from tests.workflows.conftest import serving, start, submit, until
from tests.workflows.fakes import World, gate, plan_of, shared
from tests.workflows.test_takeover import remember

ANNA, BEN, CLEO = uuid4(), uuid4(), uuid4()


async def world_of(env: WorkflowEnvironment, *stages: StagePlan) -> World:
    """Thirty days for these stages."""
    now = await env.get_current_time()
    plan = plan_of(sent_at=now, deadline_at=now + timedelta(days=30))
    return World(plan.model_copy(update={"stages": stages}))


async def test_two_candidates_at_once_make_one_signature_and_the_others_are_told(
    skipping: WorkflowEnvironment,
) -> None:
    world = await world_of(skipping, shared(ANNA, BEN, CLEO))
    now = await skipping.get_current_time()
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        acts = [
            world.post(0, ActKind.SIGN, posted_at=now, participant_id=who) for who in (ANNA, BEN)
        ]
        answers = await asyncio.gather(*(submit(handle, act) for act in acts))
        assert await handle.result() is EnvelopeState.DONE
    assert sorted(answer.accepted for answer in answers) == [False, True]
    [winner] = [act.act_id for act, answer in zip(acts, answers, strict=True) if answer.accepted]
    assert world.signed == [winner]
    assert {answer.refusal for answer in answers if not answer.accepted} <= {
        RefusalCode.NO_LONGER_NEEDED,
        RefusalCode.ENVELOPE_ENDED,
        RefusalCode.ALREADY_ACTED,
    }
    [told] = [order for order in world.orders if order.kind is NoticeKind.RELEASED]
    assert len(told.participant_ids or ()) == 2
    assert world.acts[winner].participant_id not in (told.participant_ids or ())


async def test_two_of_three_sign_and_the_third_can_do_nothing_afterwards(
    skipping: WorkflowEnvironment,
) -> None:
    world = await world_of(skipping, shared(ANNA, BEN, CLEO, need=2), shared(uuid4()))
    now = await skipping.get_current_time()
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        for slot, who in ((0, ANNA), (1, CLEO)):
            act = world.post(slot, ActKind.SIGN, posted_at=now, participant_id=who)
            assert (await submit(handle, act)).accepted
        await until(lambda: len(world.openings) == 2)
        late = world.post(1, ActKind.SIGN, posted_at=now, participant_id=BEN)
        assert (await submit(handle, late)).refusal is RefusalCode.NO_LONGER_NEEDED
        await submit(handle, world.post(2, ActKind.SIGN, posted_at=now))
        assert await handle.result() is EnvelopeState.DONE
    assert late.act_id not in world.signed
    assert len(world.signed) == 3
    [told] = [order for order in world.orders if order.kind is NoticeKind.RELEASED]
    assert told.participant_ids == (BEN,)


async def test_who_declined_is_not_told_that_he_is_not_needed(
    skipping: WorkflowEnvironment,
) -> None:
    world = await world_of(skipping, shared(ANNA, BEN))
    now = await skipping.get_current_time()
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        no = world.post(0, ActKind.DECLINE, posted_at=now, participant_id=ANNA)
        assert (await submit(handle, no)).accepted
        yes = world.post(0, ActKind.SIGN, posted_at=now, participant_id=BEN)
        assert (await submit(handle, yes)).accepted
        assert await handle.result() is EnvelopeState.DONE
    assert world.notices()[NoticeKind.RELEASED] == 0


async def test_a_gate_waits_for_weeks_with_reminders_and_then_the_next_are_asked(
    skipping: WorkflowEnvironment,
) -> None:
    world = await world_of(skipping, shared(ANNA, kind=SlotKind.APPROVE), gate(), shared(BEN))
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        now = await skipping.get_current_time()
        early = await submit(handle, world.open_gate(1, now))
        assert early.refusal is RefusalCode.GATE_NOT_WAITING
        await submit(handle, world.post(0, ActKind.APPROVE, posted_at=now))
        await until(lambda: world.notices()[NoticeKind.GATE_WAITING] == 1)
        await skipping.sleep(timedelta(days=20))
        assert world.notices()[NoticeKind.REMINDER] == 0
        told = [order for order in world.orders if order.kind is NoticeKind.GATE_WAITING]
        assert [order.occasion[:4] for order in told] == ["stag", "day:", "day:"]
        assert world.snapshots[-1].next_reminder_at is not None
        now = await skipping.get_current_time()
        assert (await submit(handle, world.open_gate(1, now))).accepted
        await until(lambda: len(world.openings) == 3)
        await submit(handle, world.post(1, ActKind.SIGN, posted_at=now))
        assert await handle.result() is EnvelopeState.DONE
    assert world.notices()[NoticeKind.REQUEST] == 2
    assert world.notices()[NoticeKind.GATE_WAITING] == 3


async def test_who_stands_before_and_behind_the_other_side_acts_twice_each_in_his_turn(
    skipping: WorkflowEnvironment,
) -> None:
    """As two persons of the envelope: the first act is no answer to the second request."""
    before, vendor, behind = ANNA, BEN, CLEO
    world = await world_of(
        skipping, shared(before, kind=SlotKind.APPROVE), shared(vendor), shared(behind)
    )
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        now = await skipping.get_current_time()
        early = world.post(2, ActKind.SIGN, posted_at=now)
        assert (await submit(handle, early)).refusal is RefusalCode.NOT_YOUR_TURN
        assert (await submit(handle, world.post(0, ActKind.APPROVE, posted_at=now))).accepted
        await until(lambda: len(world.openings) == 2)
        assert (await submit(handle, world.post(1, ActKind.SIGN, posted_at=now))).accepted
        await until(lambda: len(world.openings) == 3)
        again = world.post(0, ActKind.APPROVE, posted_at=now)
        assert (await submit(handle, again)).refusal is RefusalCode.ALREADY_ACTED
        assert (await submit(handle, world.post(2, ActKind.SIGN, posted_at=now))).accepted
        assert await handle.result() is EnvelopeState.DONE
    asked = [order.participant_ids for order in world.orders if order.kind is NoticeKind.REQUEST]
    assert asked == [(before,), (vendor,), (behind,)]


async def test_a_second_workflow_waits_at_the_same_gate(skipping: WorkflowEnvironment) -> None:
    world = await world_of(skipping, shared(ANNA, kind=SlotKind.APPROVE), gate(), shared(BEN))
    now = await skipping.get_current_time()
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        await submit(handle, world.post(0, ActKind.APPROVE, posted_at=now))
        await until(lambda: world.notices()[NoticeKind.GATE_WAITING] == 1)
        # A mail that is under way when its workflow goes would hold up the server's clock.
        await asyncio.sleep(0.5)
        await handle.terminate()
        remember(world)
        world.plan = world.plan.model_copy(
            update={"opened_at": (now - timedelta(minutes=1), now + timedelta(minutes=1))}
        )
        handle = await start(skipping.client, world)
        now = await skipping.get_current_time()
        assert (await submit(handle, world.open_gate(1, now))).accepted
        await until(lambda: len(world.openings) == 3)
        await submit(handle, world.post(1, ActKind.SIGN, posted_at=now))
        assert await handle.result() is EnvelopeState.DONE


async def test_a_stage_s_deadline_ends_the_envelope_unless_it_is_moved(
    skipping: WorkflowEnvironment,
) -> None:
    timed = shared(ANNA, BEN).model_copy(update={"deadline_days": 5})
    world = await world_of(skipping, timed)
    began = await skipping.get_current_time()
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        await skipping.sleep(timedelta(days=4))
        now = await skipping.get_current_time()
        more = world.post(0, ActKind.EXTEND, posted_at=now, deadline_at=now + timedelta(days=5))
        assert (await submit(handle, more)).accepted
        assert await handle.result() is EnvelopeState.EXPIRED
    ended = world.endings[0].at
    assert timedelta(days=9) <= ended - began < timedelta(days=10)
    assert world.endings[0].snapshot.slots[0].state is SlotState.RELEASED
