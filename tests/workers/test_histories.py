"""The history of an envelope that began a fresh one is kept from its first run on."""

import asyncio
import json
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment, WorkflowEnvironment
from temporalio.worker import Worker

from activities.history import HistoryActivities, RunHistory
from domain.messages import EnvelopeRef
from domain.ports.desks import EnvelopeDesk
from tests.workflows.conftest import CODEC, skipping
from workers.histories import HistoryReader

__all__ = ["skipping"]

RUNS = {"3": RunHistory(b"3", "2"), "2": RunHistory(b"2", "1"), "1": RunHistory(b"1")}


@workflow.defn(sandboxed=False)
class Longer:
    """Goes on in a fresh history, as often as it is told."""

    @workflow.run
    async def run(self, more: int) -> None:
        if more:
            workflow.continue_as_new(more - 1)


class Kept:
    def __init__(self) -> None:
        self.kept: list[Any] = []

    def keep_history(self, _envelope_id: UUID, history: bytes) -> None:
        self.kept.append(json.loads(history))


def keep(activities: HistoryActivities, workflow_id: str = "w", run_id: str = "3") -> None:
    environment = ActivityEnvironment()
    environment.info = activity.Info(
        **{
            **vars(environment.info),
            "workflow_id": workflow_id,
            "workflow_run_id": run_id,
        }
    )
    environment.run(activities.keep_history, EnvelopeRef(envelope_id=uuid4()))


async def test_every_run_of_the_chain_is_kept_in_its_order(skipping: WorkflowEnvironment) -> None:
    desk = Kept()
    client, name = skipping.client, f"longer-{uuid4()}"
    async with Worker(client, task_queue="longer", workflows=[Longer]):
        handle = await client.start_workflow(Longer.run, 2, id=name, task_queue="longer")
        await handle.result()
    last = (await client.get_workflow_handle(name).describe()).run_id
    reader = HistoryReader(client, CODEC)
    activities = HistoryActivities(cast("EnvelopeDesk", desk), reader)
    await asyncio.to_thread(keep, activities, name, last)
    [kept] = desk.kept
    inputs = [
        run["events"][0]["workflowExecutionStartedEventAttributes"]["input"]["payloads"]
        for run in kept["runs"]
    ]
    assert inputs == [[2], [1], [0]]
    assert await asyncio.to_thread(reader, name, str(uuid4())) is None


def test_one_run_is_kept_as_it_is() -> None:
    desk = Kept()
    keep(HistoryActivities(cast("EnvelopeDesk", desk), lambda _name, run: RUNS[run]), run_id="1")
    assert desk.kept == [1]


def test_what_the_server_forgot_is_left_out() -> None:
    desk, left = Kept(), {key: run for key, run in RUNS.items() if key != "1"}
    keep(HistoryActivities(cast("EnvelopeDesk", desk), lambda _name, run: left.get(run)))
    assert desk.kept == [{"runs": [2, 3]}]


def test_a_try_that_was_cut_goes_on_where_it_was() -> None:
    """Each run is read once, though reading failed in between."""
    desk = Kept()
    seen: list[str] = []

    def read(_name: str, run: str) -> RunHistory:
        seen.append(run)
        if run == "1" and seen.count("1") == 1:
            raise TimeoutError
        return RUNS[run]

    activities = HistoryActivities(cast("EnvelopeDesk", desk), read)
    with pytest.raises(ApplicationError):
        keep(activities)
    keep(activities)
    assert desk.kept == [{"runs": [1, 2, 3]}]
    assert seen == ["3", "2", "1", "3", "1"]
