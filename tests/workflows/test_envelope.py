"""An envelope's whole life on the time-skipping server, with real activities on fake ports."""

import asyncio
from datetime import timedelta
from threading import Event
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment

from domain.kinds import ActKind, EnvelopeState, HindranceKind, NoticeKind, SlotKind, SlotState
from domain.messages import ActRef, AnsweredAct
from domain.names import ENVELOPES_QUEUE, SUBMIT_ACT
from domain.refusals import RefusalCode
from tests.workflows.conftest import serving, start, submit, until
from tests.workflows.fakes import World, plan_of, shared
from workflows.envelope import EnvelopeWorkflow

SIGN, APPROVE = SlotKind.SIGN, SlotKind.APPROVE


async def world_of(env: WorkflowEnvironment, *stages: list[SlotKind], days: int = 30) -> World:
    """A world whose deadline counts from the server's own clock."""
    now = await env.get_current_time()
    return World(plan_of(*stages, sent_at=now, deadline_at=now + timedelta(days=days)))


async def test_one_signer_signs_and_everyone_is_told(skipping: WorkflowEnvironment) -> None:
    """From sending to the closed download window."""
    world = await world_of(skipping, [SIGN])
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        answer = await submit(
            handle, world.post(0, ActKind.SIGN, posted_at=await skipping.get_current_time())
        )
        assert answer.accepted
        assert await handle.result() is EnvelopeState.DONE
    assert len(world.signed) == world.archived == world.closed == len(world.histories) == 1
    assert world.notices() == {NoticeKind.REQUEST: 1, NoticeKind.COMPLETED: 1}
    assert world.endings[0].snapshot.state is EnvelopeState.DONE


async def test_downloads_stay_open_until_the_end_of_the_fourteenth_day(
    skipping: WorkflowEnvironment,
) -> None:
    """The date that pages show is the date on which the workflow closes the download."""
    world = await world_of(skipping, [SIGN])
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        await submit(
            handle, world.post(0, ActKind.SIGN, posted_at=await skipping.get_current_time())
        )
        await until(lambda: bool(world.endings))
        shown = world.endings[0].snapshot.download_until
        assert shown is not None
        await skipping.sleep(timedelta(days=13))
        assert world.closed == 0
        await handle.result()
        assert world.closed == 1
        assert await skipping.get_current_time() >= shown


async def test_two_people_who_sign_at_the_same_moment_both_succeed(
    skipping: WorkflowEnvironment,
) -> None:
    """Both are answered at once; the signatures are made one after the other."""
    world = await world_of(skipping, [SIGN, SIGN])
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        now = await skipping.get_current_time()
        acts = [world.post(position, ActKind.SIGN, posted_at=now) for position in (0, 1)]
        answers = await asyncio.gather(*(submit(handle, act) for act in acts))
        assert all(answer.accepted for answer in answers)
        assert await handle.result() is EnvelopeState.DONE
    assert sorted(world.signed, key=str) == sorted((act.act_id for act in acts), key=str)
    assert sorted(decision.order for decision in world.decisions.values()) == [1, 2]


async def test_stages_follow_each_other_and_nobody_acts_out_of_turn(
    skipping: WorkflowEnvironment,
) -> None:
    """The second signer is refused before his turn and asked after it."""
    world = await world_of(skipping, [APPROVE], [SIGN])
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        now = await skipping.get_current_time()
        early = await submit(handle, world.post(1, ActKind.SIGN, posted_at=now))
        assert early.refusal is RefusalCode.NOT_YOUR_TURN
        assert (await submit(handle, world.post(0, ActKind.APPROVE, posted_at=now))).accepted
        await until(lambda: len(world.openings) == 2)
        assert (await submit(handle, world.post(1, ActKind.SIGN, posted_at=now))).accepted
        await handle.result()
    assert world.story.index("recorded", 1) < world.story.index("opened", 1)


async def test_a_double_click_gets_the_same_answer_and_one_signature(
    skipping: WorkflowEnvironment,
) -> None:
    """Once-ness is the act's, not the update's id."""
    world = await world_of(skipping, [SIGN])
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        act = world.post(0, ActKind.SIGN, posted_at=await skipping.get_current_time())
        answers = await asyncio.gather(*(submit(handle, act) for _ in range(5)))
        assert all(answer.accepted for answer in answers)
        await handle.result()
    assert world.signed == [act.act_id]


async def test_a_decline_ends_the_envelope_and_tells_why(skipping: WorkflowEnvironment) -> None:
    """One refusal of two parallel signers: rule `all` can no longer be met."""
    world = await world_of(skipping, [SIGN, SIGN])
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        now = await skipping.get_current_time()
        act = world.post(0, ActKind.DECLINE, posted_at=now)
        assert (await submit(handle, act)).accepted
        late = await submit(handle, world.post(1, ActKind.SIGN, posted_at=now))
        assert late.refusal is RefusalCode.ENVELOPE_ENDED
        assert await handle.result() is EnvelopeState.DECLINED
    assert world.orders[-1].kind is NoticeKind.DECLINED
    assert world.orders[-1].act_id == act.act_id
    assert not world.signed


async def test_reminders_come_on_days_7_14_21_28_and_the_deadline_ends_it(
    skipping: WorkflowEnvironment,
) -> None:
    """Thirty skipped days."""
    world = await world_of(skipping, [SIGN], days=30)
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        assert await handle.result() is EnvelopeState.EXPIRED
    assert world.notices() == {
        NoticeKind.REQUEST: 1,
        NoticeKind.REMINDER: 4,
        NoticeKind.EXPIRED: 1,
    }
    assert all(slot.state is SlotState.RELEASED for slot in world.endings[0].snapshot.slots)


async def test_an_act_posted_before_the_deadline_counts_even_if_it_arrives_later(
    skipping: WorkflowEnvironment,
) -> None:
    """Its row is found when the deadline is over."""
    world = await world_of(skipping, [SIGN], days=2)
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        world.post(0, ActKind.SIGN, posted_at=await skipping.get_current_time())
        assert await handle.result() is EnvelopeState.DONE
    assert len(world.signed) == 1


async def test_an_act_posted_after_the_deadline_is_refused(skipping: WorkflowEnvironment) -> None:
    """The POST's time counts, not the time of arrival."""
    world = await world_of(skipping, [SIGN], days=2)
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        late = world.plan.deadline_at + timedelta(seconds=1)
        answer = await submit(handle, world.post(0, ActKind.SIGN, posted_at=late))
        assert answer.refusal is RefusalCode.AFTER_DEADLINE
        assert await handle.result() is EnvelopeState.EXPIRED


async def test_a_silent_tsa_is_shown_and_outlived(skipping: WorkflowEnvironment) -> None:
    """タイムスタンプ待ち begins after three tries and ends with the token."""
    world = await world_of(skipping, [SIGN])
    world.tsa_failures = 8
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        await submit(
            handle, world.post(0, ActKind.SIGN, posted_at=await skipping.get_current_time())
        )
        assert await handle.result() is EnvelopeState.DONE
    assert [(change.kind, change.begins) for change in world.hindrances] == [
        (HindranceKind.TIMESTAMP, True),
        (HindranceKind.TIMESTAMP, False),
    ]


async def test_a_document_that_cannot_be_prepared_returns_to_its_sender(
    skipping: WorkflowEnvironment,
) -> None:
    """Nobody is asked."""
    world = await world_of(skipping, [SIGN])
    world.unpreparable = True
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        assert await handle.result() is EnvelopeState.DRAFT
    assert world.returned == [RefusalCode.NOT_PREPARABLE]
    assert not world.orders


async def test_an_unknown_act_is_refused_and_leaves_no_trace(
    skipping: WorkflowEnvironment,
) -> None:
    """An id that no row knows gets no signature."""
    world = await world_of(skipping, [SIGN])
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        answer = await submit(handle, ActRef(act_id=uuid4()))
        assert answer.refusal is RefusalCode.UNKNOWN_ACT
        await handle.terminate()
    assert not world.decisions
    assert not world.signed


@pytest.mark.parametrize("forged", [{"act_id": "x"}, "text", None, 7, {"untrusted": True}])
async def test_a_plaintext_update_from_outside_is_refused_and_blocks_nothing(
    skipping: WorkflowEnvironment, forged: object
) -> None:
    """A client without the codec key reaches the handler with nothing that it believes."""
    world = await world_of(skipping, [SIGN])
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        outsider = type(skipping.client)(
            skipping.client.service_client, namespace=skipping.client.namespace
        ).get_workflow_handle(handle.id)
        with pytest.raises(WorkflowUpdateFailedError):
            await outsider.execute_update(SUBMIT_ACT, forged)
        await outsider.signal("submit_act", forged)
        act = world.post(0, ActKind.SIGN, posted_at=await skipping.get_current_time())
        assert (await submit(handle, act)).accepted
        await handle.result()
    assert world.signed == [act.act_id]


async def test_a_plaintext_start_from_outside_fails_at_once(
    skipping: WorkflowEnvironment,
) -> None:
    """It must not keep an envelope's workflow id busy."""
    world = await world_of(skipping, [SIGN])
    async with serving(skipping.client, world):
        outsider = type(skipping.client)(
            skipping.client.service_client, namespace=skipping.client.namespace
        )
        with pytest.raises(WorkflowFailureError):
            await outsider.execute_workflow(
                EnvelopeWorkflow.run.__qualname__.split(".")[0],
                {"envelope_id": str(world.plan.envelope_id)},
                id="envelope-forged",
                task_queue=ENVELOPES_QUEUE,
            )
    assert not world.openings


async def test_history_knows_an_act_before_its_answer_is_in_the_rows(
    skipping: WorkflowEnvironment,
) -> None:
    """A workflow task that is lost is forgotten together with its local activities, but rows are
    not: an act that was answered in them and is unknown here would be carried out by nobody."""
    world = await world_of(skipping, [SIGN])
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        now = await skipping.get_current_time()
        await submit(handle, world.post(0, ActKind.SIGN, posted_at=now))
        events = [event async for event in handle.fetch_history_events()]
        await handle.result()
    accepted = _first(events, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED)
    tasks = [
        event.event_id
        for event in events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]
    answered = next(
        event.event_id
        for event in events
        if b"record_decision" in event.marker_recorded_event_attributes.SerializeToString()
    )
    assert any(accepted < task < answered for task in tasks)


@pytest.mark.parametrize("answered_kind", [ActKind.SIGN, ActKind.DECLINE, ActKind.WITHDRAW])
async def test_what_a_lost_task_answered_comes_before_what_is_decided_now(
    skipping: WorkflowEnvironment, answered_kind: ActKind
) -> None:
    """Two press at the same moment, the first answer is in the rows, and the worker dies with its
    task: the next one asks about the second act first, and must not decide as if it were alone."""
    one, two = uuid4(), uuid4()
    world = await world_of(skipping, [SIGN])
    world.plan = world.plan.model_copy(update={"stages": (shared(one, two),)})
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        now = await skipping.get_current_time()
        first = world.post(0, answered_kind, posted_at=now, participant_id=one)
        second = world.post(0, ActKind.SIGN, posted_at=now, participant_id=two)
        world.held[first.act_id] = Event()
        facts = world.acts[first.act_id]
        world.answered.append(
            AnsweredAct(facts=facts, accepted=True, order=1, decided_at=now, carried_out=False)
        )
        earlier = asyncio.create_task(submit(handle, first))
        later = await submit(handle, second)
        signed_meanwhile = list(world.signed)
        world.held[first.act_id].set()
        assert (await earlier).accepted
        state = await handle.result()
    declined = answered_kind is ActKind.DECLINE
    assert later.accepted is declined, "the other may still sign where one of them declined"
    assert [world.decisions[act.act_id].order for act in (first, second)] == [1, 2]
    if answered_kind is ActKind.WITHDRAW:
        assert (state, world.signed) == (EnvelopeState.WITHDRAWN, [])
    else:
        assert state is EnvelopeState.DONE
        assert world.signed == [second.act_id if declined else first.act_id]
    assert first.act_id not in signed_meanwhile


async def test_what_a_lost_task_answered_is_carried_out_if_nobody_sends_it_again(
    skipping: WorkflowEnvironment,
) -> None:
    """The engine's own data are older than the rows: its history has never heard of the act."""
    world = await world_of(skipping, [SIGN, SIGN])
    async with serving(skipping.client, world):
        handle = await start(skipping.client, world)
        await until(lambda: bool(world.openings))
        now = await skipping.get_current_time()
        first = world.post(0, ActKind.SIGN, posted_at=now)
        world.answered.append(
            AnsweredAct(
                facts=world.acts[first.act_id],
                accepted=True,
                order=1,
                decided_at=now,
                carried_out=False,
            )
        )
        second = world.post(1, ActKind.SIGN, posted_at=now)
        assert (await submit(handle, second)).accepted
        assert await handle.result() is EnvelopeState.DONE
    assert world.signed == [first.act_id, second.act_id]


def _first(events: list[HistoryEvent], kind: EventType.ValueType) -> int:
    return next(event.event_id for event in events if event.event_type == kind)
