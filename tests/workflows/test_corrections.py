"""A document is corrected after sending; and the races with a signature."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.kinds import ActKind, EnvelopeState, NoticeKind, SlotKind
from domain.messages import NoticeOrder
from domain.refusals import RefusalCode
from tests.workflows.conftest import serving, start, submit, until
from tests.workflows.fakes import World, plan_of
from tests.workflows.test_takeover import remember

SIGN, APPROVE = SlotKind.SIGN, SlotKind.APPROVE
SLOW = 30.0


async def world_of(env: WorkflowEnvironment, *stages: list[SlotKind]) -> World:
    """Thirty days; two signers at once where nothing else is said."""
    now = await env.get_current_time()
    plan = plan_of(*(stages or ([SIGN, SIGN],)), sent_at=now, deadline_at=now + timedelta(days=30))
    return World(plan)


def told(world: World, kind: NoticeKind = NoticeKind.CORRECTED) -> list[NoticeOrder]:
    return [order for order in world.orders if order.kind is kind]


async def test_who_signed_is_asked_anew_who_did_not_is_simply_asked(
    skipping: WorkflowEnvironment,
) -> None:
    world = await world_of(skipping)
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings), SLOW)
        now = await skipping.get_current_time()
        first = world.post(0, ActKind.SIGN, posted_at=now)
        assert (await submit(handle, first)).accepted
        await until(lambda: world.signed == [first.act_id], SLOW)
        late = world.post(1, ActKind.SIGN, posted_at=now)
        world.concerned = world.plan.stages[0].slots[0].participant_ids
        correction = world.post(0, ActKind.CORRECT, posted_at=now)
        assert (await submit(handle, correction)).accepted
        await until(lambda: len(world.openings) == 2, SLOW)
        assert (await submit(handle, late)).refusal is RefusalCode.VERSION_REPLACED
        for position in (0, 1):
            act = world.post(position, ActKind.SIGN, posted_at=now)
            assert (await submit(handle, act)).accepted
        assert await handle.result() is EnvelopeState.DONE
    assert len(world.signed) == 3
    [anew] = told(world)
    assert anew.participant_ids == world.concerned
    assert anew.act_id == correction.act_id
    asked = told(world, NoticeKind.REQUEST)
    assert [len(order.participant_ids or ()) for order in asked] == [2, 1]


async def test_a_correction_is_carried_out_once_however_often_it_is_sent(
    skipping: WorkflowEnvironment,
) -> None:
    world = await world_of(skipping)
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings), SLOW)
        now = await skipping.get_current_time()
        act = world.post(0, ActKind.CORRECT, posted_at=now)
        answers = await asyncio.gather(*(submit(handle, act) for _ in range(3)))
        assert all(answer.accepted for answer in answers)
        await until(lambda: len(world.openings) == 2, SLOW)
        assert (await submit(handle, act)).accepted
        await submit(handle, world.post(0, ActKind.WITHDRAW, posted_at=now))
        assert await handle.result() is EnvelopeState.WITHDRAWN
    assert world.story.count("corrected") == 1


@pytest.mark.parametrize("signer_first", [True, False])
async def test_signed_and_corrected_at_the_same_moment_exactly_one_counts(
    skipping: WorkflowEnvironment, signer_first: bool
) -> None:
    """A signature that was accepted is made on the old version before the new one begins; one
    that came second is refused, and its person signs the new version."""
    world = await world_of(skipping)
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings), SLOW)
        now = await skipping.get_current_time()
        sign = world.post(0, ActKind.SIGN, posted_at=now)
        correct = world.post(0, ActKind.CORRECT, posted_at=now)
        both = [sign, correct] if signer_first else [correct, sign]
        answers = dict(
            zip(both, await asyncio.gather(*(submit(handle, act) for act in both)), strict=True)
        )
        assert answers[correct].accepted
        await until(lambda: len(world.openings) == 2, SLOW)
        if answers[sign].accepted:
            assert world.story.index("signed") < world.story.index("corrected")
        else:
            assert answers[sign].refusal is RefusalCode.VERSION_REPLACED
            assert "signed" not in world.story
        for position in (0, 1):
            await submit(handle, world.post(position, ActKind.SIGN, posted_at=now))
        assert await handle.result() is EnvelopeState.DONE
    assert len(world.signed) == 2 + answers[sign].accepted


async def test_a_signature_in_flight_during_an_outage_of_the_tsa_ends_on_the_old_version(
    skipping: WorkflowEnvironment,
) -> None:
    world = await world_of(skipping)
    world.tsa_failures = 5
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings), SLOW)
        now = await skipping.get_current_time()
        sign = world.post(0, ActKind.SIGN, posted_at=now)
        assert (await submit(handle, sign)).accepted
        assert (await submit(handle, world.post(0, ActKind.CORRECT, posted_at=now))).accepted
        await skipping.sleep(timedelta(hours=1))
        await until(lambda: len(world.openings) == 2, SLOW)
        assert world.signed == [sign.act_id]
        assert world.story.index("signed") < world.story.index("corrected")
        await submit(handle, world.post(0, ActKind.WITHDRAW, posted_at=now))
        await handle.result()


async def test_whose_turn_comes_later_is_told_at_once_and_asked_in_his_turn(
    skipping: WorkflowEnvironment,
) -> None:
    world = await world_of(skipping, [APPROVE], [SIGN, SIGN])
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings), SLOW)
        now = await skipping.get_current_time()
        await submit(handle, world.post(0, ActKind.APPROVE, posted_at=now))
        await until(lambda: len(world.openings) == 2, SLOW)
        sign = world.post(1, ActKind.SIGN, posted_at=now)
        await submit(handle, sign)
        await until(lambda: world.signed == [sign.act_id], SLOW)
        boss, signer = (world.plan.stages[n].slots[0].participant_ids[0] for n in (0, 1))
        world.concerned = (boss, signer)
        correct = world.post(0, ActKind.CORRECT, posted_at=now)
        await submit(handle, correct)
        await until(lambda: len(told(world)) == 2, SLOW)
        await submit(handle, world.post(0, ActKind.APPROVE, posted_at=now))
        await until(lambda: len(told(world)) == 3, SLOW)
        await submit(handle, world.post(0, ActKind.WITHDRAW, posted_at=now))
        await handle.result()
    said = {(order.occasion.split(":")[0], order.participant_ids) for order in told(world)}
    assert said == {("stage", (boss,)), ("act", (signer,)), ("stage", (signer,))}


async def test_reminders_start_anew_with_the_new_version(skipping: WorkflowEnvironment) -> None:
    world = await world_of(skipping)
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings), SLOW)
        await skipping.sleep(timedelta(days=6))
        now = await skipping.get_current_time()
        await submit(handle, world.post(0, ActKind.CORRECT, posted_at=now))
        await until(lambda: len(world.openings) == 2, SLOW)
        await skipping.sleep(timedelta(days=5))
        assert world.notices()[NoticeKind.REMINDER] == 0
        await skipping.sleep(timedelta(days=4))
        assert world.notices()[NoticeKind.REMINDER] == 1
        assert await handle.result() is EnvelopeState.EXPIRED


async def test_what_cannot_be_prepared_stands_still_until_it_is_corrected_again(
    skipping: WorkflowEnvironment,
) -> None:
    world = await world_of(skipping)
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings), SLOW)
        now = await skipping.get_current_time()
        world.unpreparable = True
        await submit(handle, world.post(0, ActKind.CORRECT, posted_at=now))
        await until(lambda: bool(world.halts), SLOW)
        assert world.halts[0].snapshot.state is EnvelopeState.SENT_BACK
        refused = await submit(handle, world.post(0, ActKind.RESUME, posted_at=now))
        assert refused.refusal is RefusalCode.CORRECTION_FAILED
        world.unpreparable = False
        assert (await submit(handle, world.post(0, ActKind.CORRECT, posted_at=now))).accepted
        await until(lambda: len(world.openings) == 2, SLOW)
        for position in (0, 1):
            await submit(handle, world.post(position, ActKind.SIGN, posted_at=now))
        assert await handle.result() is EnvelopeState.DONE
    assert world.plan.version == 3
    assert world.returned == []


async def test_a_second_workflow_carries_an_accepted_correction_out(
    skipping: WorkflowEnvironment,
) -> None:
    """The first one went between the answer and the new version: only rows are left."""
    world = await world_of(skipping)
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings), SLOW)
        await until(lambda: bool(world.orders), SLOW)
        now = await skipping.get_current_time()
        # A mail that is under way when its workflow goes would hold up the server's clock.
        await asyncio.sleep(0.5)
        extend = world.post(0, ActKind.WITHDRAW, posted_at=now, refusal=RefusalCode.NOT_ALLOWED)
        await submit(handle, extend)
        await handle.terminate()
        correct = world.post(0, ActKind.CORRECT, posted_at=now)
        refused = world.decisions[extend.act_id]
        world.decisions[correct.act_id] = refused.model_copy(
            update={
                "act_id": correct.act_id, "accepted": True, "refusal": None, "order": 2,
                "snapshot": refused.snapshot,
            }
        )  # fmt: skip
        remember(world)
        handle = await start(skipping.client, world)
        await until(lambda: "corrected" in world.story, SLOW)
        await until(lambda: len(world.openings) == 2, SLOW)
        await submit(handle, world.post(0, ActKind.WITHDRAW, posted_at=now))
        assert await handle.result() is EnvelopeState.WITHDRAWN
    assert world.story.count("corrected") == 1


async def test_a_second_workflow_that_cannot_prepare_a_correction_stands_still(
    skipping: WorkflowEnvironment,
) -> None:
    world = await world_of(skipping)
    world.unpreparable = True
    correct = world.post(0, ActKind.CORRECT)
    world.plan = world.plan.model_copy(update={"version": 2, "corrected_by": correct.act_id})
    del world.acts[correct.act_id]
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.halts), SLOW)
        now = await skipping.get_current_time()
        assert (await submit(handle, world.post(0, ActKind.WITHDRAW, posted_at=now))).accepted
        assert await handle.result() is EnvelopeState.WITHDRAWN
    assert world.returned == []


async def test_a_stages_deadline_ends_with_its_version(skipping: WorkflowEnvironment) -> None:
    """What stands still has no open stage: the envelope's deadline is the one that counts."""
    world = await world_of(skipping)
    first = world.plan.stages[0].model_copy(update={"deadline_days": 3})
    world.plan = world.plan.model_copy(update={"stages": (first, *world.plan.stages[1:])})
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings), SLOW)
        now = await skipping.get_current_time()
        world.unpreparable = True
        await submit(handle, world.post(0, ActKind.CORRECT, posted_at=now))
        await until(lambda: bool(world.halts), SLOW)
        await skipping.sleep(timedelta(days=6))
        assert not world.endings
        assert await handle.result() is EnvelopeState.EXPIRED
    assert world.endings[0].at >= world.plan.deadline_at
