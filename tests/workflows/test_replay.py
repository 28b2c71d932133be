"""Recorded histories replay on today's code: envelopes that are under way survive a release."""

from dataclasses import replace
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from domain.kinds import EnvelopeState
from domain.messages import Untrusted
from domain.names import envelope_workflow_id
from domain.route import EnvelopeStart
from runtime.temporal import data_converter
from tests.histories.record import FOLDER, NAMES
from tests.workflows.conftest import CODEC
from workflows.envelope import EnvelopeWorkflow

HISTORIES = sorted(FOLDER.glob("*.json"))


@workflow.defn(name="EnvelopeWorkflow", sandboxed=False)
class OtherWorkflow:
    """Same name, another story: stands for a release that broke the rules."""

    @workflow.run
    async def run(self, start: EnvelopeStart | Untrusted | None = None) -> EnvelopeState:
        """Sleep instead of preparing."""
        await workflow.sleep(60)
        return EnvelopeState.DONE


def history_of(path: Path) -> WorkflowHistory:
    """A recorded history, under the id that its workflow had."""
    history = WorkflowHistory.from_json(path.stem, path.read_text())
    first = history.events[0].workflow_execution_started_event_attributes
    start = EnvelopeStart.model_validate_json(CODEC.decrypt(first.input.payloads[0]).data)
    return replace(history, workflow_id=envelope_workflow_id(start.envelope_id))


def test_every_story_is_recorded() -> None:
    """A story without a history would not be replayed."""
    assert {path.stem for path in HISTORIES} == set(NAMES)


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: Path) -> None:
    """No nondeterminism."""
    replayer = Replayer(workflows=[EnvelopeWorkflow], data_converter=data_converter(CODEC))
    await replayer.replay_workflow(history_of(path))


async def test_a_changed_story_is_caught() -> None:
    """The gate can fail."""
    replayer = Replayer(workflows=[OtherWorkflow], data_converter=data_converter(CODEC))
    with pytest.raises(workflow.NondeterminismError):
        await replayer.replay_workflow(history_of(FOLDER / "sequence.json"))
