"""Records one workflow history per story, for the replay gate: `make histories`.

Histories are recorded from a running server, never written by hand: without the SDK's own
metadata a changed workflow would pass. Payloads are encrypted with the tests' codec key.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from domain.kinds import ActKind, EnvelopeState, SlotKind
from domain.messages import StagePlan
from runtime.temporal import data_converter
from tests.workflows.conftest import CODEC, server_binary, serving, start, submit, until
from tests.workflows.fakes import World, gate, plan_of, shared
from workflows.envelope import EnvelopeWorkflow

FOLDER = Path(__file__).parent
Handle = WorkflowHandle[EnvelopeWorkflow, EnvelopeState]
Story = Callable[[WorkflowEnvironment, World, Handle], Awaitable[None]]


async def _act(
    env: WorkflowEnvironment, world: World, handle: Handle, at: int, kind: ActKind
) -> None:
    await submit(handle, world.post(at, kind, posted_at=await env.get_current_time()))


async def _opened(world: World, count: int) -> None:
    await until(lambda: len(world.openings) == count)


async def sequence(env: WorkflowEnvironment, world: World, handle: Handle) -> None:
    """An approver, then a signer."""
    await _act(env, world, handle, 0, ActKind.APPROVE)
    await until(lambda: len(world.openings) == 2)
    await _act(env, world, handle, 1, ActKind.SIGN)


async def parallel(env: WorkflowEnvironment, world: World, handle: Handle) -> None:
    """Two signers at the same moment."""
    await asyncio.gather(
        _act(env, world, handle, 0, ActKind.SIGN), _act(env, world, handle, 1, ActKind.SIGN)
    )


async def decline(env: WorkflowEnvironment, world: World, handle: Handle) -> None:
    """A signer declines after the first reminder."""
    await env.sleep(timedelta(days=8))
    await _act(env, world, handle, 0, ActKind.DECLINE)


async def expiry(env: WorkflowEnvironment, world: World, handle: Handle) -> None:
    """Nobody acts."""


async def withdrawal(env: WorkflowEnvironment, world: World, handle: Handle) -> None:
    """The sender withdraws."""
    await _act(env, world, handle, 0, ActKind.WITHDRAW)


async def handover(env: WorkflowEnvironment, world: World, handle: Handle) -> None:
    """The signer names somebody else, who signs after a reminder of his own."""
    named, now = uuid4(), await env.get_current_time()
    act = world.post(0, ActKind.HAND_OVER, posted_at=now, successor_id=named)
    await submit(handle, act)
    await env.sleep(timedelta(days=8))
    now = await env.get_current_time()
    await submit(handle, world.post(0, ActKind.SIGN, posted_at=now, participant_id=named))


async def sendback(env: WorkflowEnvironment, world: World, handle: Handle) -> None:
    """The approver sends back, the sender goes on, both act."""
    await _act(env, world, handle, 0, ActKind.SEND_BACK)
    await env.sleep(timedelta(days=8))
    await _act(env, world, handle, 0, ActKind.RESUME)
    await _act(env, world, handle, 0, ActKind.APPROVE)
    await _act(env, world, handle, 1, ActKind.SIGN)


async def back_to_stage(env: WorkflowEnvironment, world: World, handle: Handle) -> None:
    """The second approver sends it back to the first; a late act is refused; all act anew."""
    await _act(env, world, handle, 0, ActKind.APPROVE)
    await until(lambda: len(world.openings) == 2)
    now = await env.get_current_time()
    late = world.post(1, ActKind.APPROVE, posted_at=now)
    await submit(handle, world.post(1, ActKind.SEND_BACK, posted_at=now, back_to=0))
    await until(lambda: len(world.openings) == 3)
    await submit(handle, late)
    await env.sleep(timedelta(days=8))
    for position, kind in enumerate((ActKind.APPROVE, ActKind.APPROVE, ActKind.SIGN)):
        await _opened(world, 3 + position)
        await _act(env, world, handle, position, kind)


async def correction(env: WorkflowEnvironment, world: World, handle: Handle) -> None:
    """One has signed, the sender corrects, both sign the new version; a late act is refused."""
    world.concerned = world.plan.stages[0].slots[0].participant_ids
    await _act(env, world, handle, 0, ActKind.SIGN)
    await until(lambda: len(world.signed) == 1)
    late = world.post(1, ActKind.SIGN, posted_at=await env.get_current_time())
    await _act(env, world, handle, 0, ActKind.CORRECT)
    await submit(handle, late)
    await until(lambda: len(world.openings) == 2)
    await env.sleep(timedelta(days=8))
    await _act(env, world, handle, 0, ActKind.SIGN)
    await _act(env, world, handle, 1, ActKind.SIGN)


async def any_and_gate(env: WorkflowEnvironment, world: World, handle: Handle) -> None:
    """One of two candidates approves, the other is not needed; a resolution; two of three sign,
    one declines, within a deadline of the stage."""
    await _act(env, world, handle, 0, ActKind.APPROVE)
    await until(lambda: len(world.openings) == 2)
    await env.sleep(timedelta(days=8))
    await submit(handle, world.open_gate(1, await env.get_current_time()))
    await until(lambda: len(world.openings) == 3)
    people = world.plan.stages[2].slots[0].participant_ids
    for slot, person, kind in (
        (1, people[2], ActKind.DECLINE),
        (1, people[0], ActKind.SIGN),
        (2, people[1], ActKind.SIGN),
    ):
        now = await env.get_current_time()
        await submit(handle, world.post(slot, kind, posted_at=now, participant_id=person))


async def gate_reminded(env: WorkflowEnvironment, world: World, handle: Handle) -> None:
    """A gate stays closed until its second reminder."""
    await env.sleep(timedelta(days=15))
    await submit(handle, world.open_gate(0, await env.get_current_time()))
    await until(lambda: len(world.openings) == 2)
    await _act(env, world, handle, 0, ActKind.SIGN)


async def stage_deadline(env: WorkflowEnvironment, world: World, handle: Handle) -> None:
    """The sender gives a stage more time; nobody acts."""
    await env.sleep(timedelta(days=4))
    now = await env.get_current_time()
    later = now + timedelta(days=12)
    await submit(handle, world.post(0, ActKind.EXTEND, posted_at=now, deadline_at=later))


STORIES: dict[str, tuple[Story, tuple[list[SlotKind], ...], int]] = {
    "sequence": (sequence, ([SlotKind.APPROVE], [SlotKind.SIGN]), 0),
    "parallel": (parallel, ([SlotKind.SIGN, SlotKind.SIGN],), 0),
    "decline": (decline, ([SlotKind.SIGN],), 0),
    "expiry": (expiry, ([SlotKind.SIGN],), 0),
    "handover": (handover, ([SlotKind.SIGN],), 0),
    "sendback": (sendback, ([SlotKind.APPROVE, SlotKind.SIGN],), 0),
    "back_to_stage": (
        back_to_stage,
        ([SlotKind.APPROVE], [SlotKind.APPROVE], [SlotKind.SIGN]),
        0,
    ),
    "correction": (correction, ([SlotKind.SIGN, SlotKind.SIGN],), 0),
    "withdrawal": (withdrawal, ([SlotKind.SIGN],), 0),
    "silent_tsa": (parallel, ([SlotKind.SIGN, SlotKind.SIGN],), 5),
}
"""Name of the file: story, stages, failures of the TSA."""
LAID_OUT: dict[str, tuple[Story, Callable[[], tuple[StagePlan, ...]]]] = {
    "any_and_gate": (
        any_and_gate,
        lambda: (
            shared(uuid4(), uuid4(), kind=SlotKind.APPROVE),
            gate(),
            shared(uuid4(), uuid4(), uuid4(), need=2).model_copy(update={"deadline_days": 10}),
        ),
    ),
    "gate_reminded": (gate_reminded, lambda: (gate(), shared(uuid4()))),
    "stage_deadline": (
        stage_deadline,
        lambda: (shared(uuid4(), uuid4()).model_copy(update={"deadline_days": 6}),),
    ),
}
"""Stories whose stages a sender laid out himself."""
NAMES = (*STORIES, *LAID_OUT)


async def record(env: WorkflowEnvironment, name: str) -> None:
    """Run one story to its end and keep its history."""
    now = await env.get_current_time()
    deadline_at, tsa_failures = now + timedelta(days=30), 0
    if name in LAID_OUT:
        story, laid_out = LAID_OUT[name]
        plan = plan_of(deadline_at=deadline_at).model_copy(update={"stages": laid_out()})
    else:
        story, stages, tsa_failures = STORIES[name]
        plan = plan_of(*stages, sent_at=now, deadline_at=deadline_at)
    world = World(plan, tsa_failures=tsa_failures)
    async with serving(env.client, world):
        handle = await start(env.client, world)
        await until(lambda: bool(world.openings))
        await story(env, world, handle)
        await handle.result()
        history = await handle.fetch_history()
    (FOLDER / f"{name}.json").write_text(history.to_json())


async def main(names: Sequence[str] = ()) -> None:
    """The named stories or all, each on a server of its own, so that its clock starts today."""
    for name in names or NAMES:
        async with await WorkflowEnvironment.start_time_skipping(
            data_converter=data_converter(CODEC),
            test_server_existing_path=server_binary("temporal-test-server"),
        ) as environment:
            await record(environment, name)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
