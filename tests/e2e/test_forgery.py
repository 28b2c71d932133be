"""Forged messages get no signature: authority lies in the act row, never in a message.

The forger reaches Temporal's port with Temporal's own command line, and has no codec key.
"""

import base64
import json
import os
import uuid
from functools import partial
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError

from cli.selftest.stack import Stack
from tests.e2e.forgery import OUR_ENCODING, Outsider, Rows, contract

GARBAGE = base64.b64encode(os.urandom(200)).decode()
ENCODED = ("--input-base64", "--input-meta", OUR_ENCODING)
MALFORMED: dict[str, tuple[str, ...]] = {
    "text": ("--input", '"approve"'),
    "number": ("--input", "7"),
    "nothing inside": ("--input", "null"),
    "an untrusted word": ("--input", '{"untrusted": true}'),
    "more fields": ("--input", json.dumps({"act_id": str(uuid.uuid4()), "accepted": True})),
    "no payload": (),
    "two payloads": ("--input", json.dumps({"act_id": str(uuid.uuid4())}), "--input", "{}"),
    "garbage under our encoding": ("--input", GARBAGE, *ENCODED),
    "garbage with a key's name": ("--input", GARBAGE, *ENCODED, "--input-meta", "key=12345678"),
    "nothing under our encoding": ("--input", "", *ENCODED, "--input-meta", "key=12345678"),
}


def named(act_id: str) -> tuple[str, str]:
    """The honest message, in clear."""
    return "--input", json.dumps({"act_id": act_id})


def failed(outsider: Outsider, workflow: str) -> bool | None:
    """Whether the newest run has ended in vain."""
    return outsider.status(workflow) == "FAILED" or None


@pytest.fixture
def outsider(stack: Stack) -> Outsider:
    return Outsider.at(stack)


@pytest.fixture
def rows(stack: Stack) -> Rows:
    return Rows.of(stack)


def test_forged_updates_and_signals_sign_nothing_and_hinder_nobody(
    stack: Stack, tmp_path: Path, outsider: Outsider, rows: Rows
) -> None:
    with contract(stack, tmp_path, signers=2) as deal:
        deal.draft()
        deal.send()
        before = rows.key_uses(), rows.ledger(deal.id), rows.acts(deal.id)
        forged = {"an unknown act": named(str(uuid.uuid4())), **MALFORMED}
        for case, words in forged.items():
            accepted, said = outsider.update(deal.workflow, *words)
            assert not accepted, case
            assert "unable to update workflow" in said, case  # refused at once, nothing blocked
        for name in ("submit_act", "sign", "__temporal_x"):
            outsider.run("workflow", "signal", "--workflow-id", deal.workflow, "--name", name,
                         "--input", '{"act_id": 1}')  # fmt: skip
        outsider.run("workflow", "query", "--workflow-id", deal.workflow, "--type", "x")
        assert (rows.key_uses(), rows.ledger(deal.id), rows.acts(deal.id)) == before
        assert rows.hindrances(deal.id) == []
        assert outsider.status(deal.workflow) == "RUNNING"
        deal.judge(deal.complete())
        intents, calls, revisions = (
            now - then for now, then in zip(rows.key_uses(), before[0], strict=True)
        )
        assert (intents, calls, revisions) == (2, 2, 2)


async def _outsiders_answer(stack: Stack, workflow: str, payload: object) -> None:
    client = await Client.connect(f"127.0.0.1:{stack.home.ports.temporal}")
    with pytest.raises(WorkflowUpdateFailedError):
        await client.get_workflow_handle(workflow).execute_update("submit_act", payload)


async def test_a_program_without_the_codec_key_is_refused_with_real_ids_too(
    stack: Stack, tmp_path: Path, outsider: Outsider, rows: Rows
) -> None:
    with contract(stack, tmp_path / "one") as other, contract(stack, tmp_path / "two") as deal:
        for each in (other, deal):
            each.draft()
            each.send()
        other.signers[0].act()
        deal.patience.until("the other act", lambda: rows.acts(other.id) or None)
        [foreign] = rows.acts(other.id)
        other.judge(other.hand_over())
        before = rows.key_uses(), rows.ledger(deal.id), rows.ledger(other.id)
        for workflow in (deal.workflow, other.workflow):
            assert not outsider.update(workflow, *named(foreign))[0]
            await _outsiders_answer(stack, workflow, {"act_id": foreign})
        assert (rows.key_uses(), rows.ledger(deal.id), rows.ledger(other.id)) == before
        deal.judge(deal.complete())


def test_a_declined_act_cannot_be_sent_again_as_a_signature(
    stack: Stack, tmp_path: Path, outsider: Outsider, rows: Rows
) -> None:
    with contract(stack, tmp_path) as deal:
        deal.draft()
        deal.send()
        deal.decline()
        [declined] = rows.acts(deal.id)
        deal.patience.until("the end", lambda: rows.state(deal.id) == "declined" or None)
        before = rows.key_uses()
        assert not outsider.update(deal.workflow, *named(declined))[0]
        outsider.run("workflow", "reset", "--workflow-id", deal.workflow, "--type",
                     "FirstWorkflowTask", "--reason", "forged")  # fmt: skip
        deal.patience.until(
            "the end of the second run",
            lambda: outsider.status(deal.workflow) != "RUNNING" or None,
        )
        assert rows.key_uses() == before
        assert rows.state(deal.id) == "declined"


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("--input", "{}"), id="plaintext"),
        pytest.param((), id="without input", marks=pytest.mark.thorough),
        pytest.param(
            ("--input", "1", "--input", "2"), id="two payloads", marks=pytest.mark.thorough
        ),
        pytest.param(
            ("--task-queue", "nobody", "--input", "{}"),
            id="a queue that nobody serves",
            marks=pytest.mark.thorough,
        ),
        pytest.param(("--start-delay", "1000h", "--input", "{}"), id="delayed"),
    ],
)
def test_an_id_that_was_taken_before_the_sending_is_taken_back(
    stack: Stack, tmp_path: Path, outsider: Outsider, rows: Rows, words: tuple[str, ...]
) -> None:
    with contract(stack, tmp_path) as deal:
        deal.draft()
        before = rows.key_uses()
        assert outsider.start(deal.workflow, *words)
        assert rows.key_uses() == before
        assert rows.ledger(deal.id)[-1] == "document:checked"
        deal.send()
        deal.judge(deal.complete())


def test_a_forged_start_under_another_id_changes_no_envelope(
    stack: Stack, tmp_path: Path, outsider: Outsider, rows: Rows
) -> None:
    with contract(stack, tmp_path) as deal:
        deal.draft()
        deal.send()
        before = rows.key_uses(), rows.ledger(deal.id)
        start = json.dumps({"envelope_id": deal.id})
        for workflow, kind in ((f"envelope-{uuid.uuid4()}", "EnvelopeWorkflow"),
                               (f"intake-{uuid.uuid4()}", "IntakeWorkflow")):  # fmt: skip
            assert outsider.start(workflow, "--input", start, kind=kind)
            deal.patience.until("the forgery's end", partial(failed, outsider, workflow))
        assert (rows.key_uses(), rows.ledger(deal.id)) == before
        deal.judge(deal.complete())


def test_steps_that_a_stranger_starts_by_themselves_do_nothing(
    stack: Stack, tmp_path: Path, outsider: Outsider, rows: Rows
) -> None:
    with contract(stack, tmp_path) as deal:
        deal.draft()
        deal.send()
        before = rows.key_uses(), rows.ledger(deal.id)
        order = json.dumps({"envelope_id": deal.id, "act_id": str(uuid.uuid4())})
        for queue, step in (("signing", "sign_act"), ("envelopes", "close_download")):
            outsider.run(
                "activity", "execute", "--activity-id", f"forged-{uuid.uuid4()}", "--type", step,
                "--task-queue", queue, "--start-to-close-timeout", "5s", "--input", order,
                "--retry-maximum-attempts", "1", seconds=15,
            )  # fmt: skip
        assert (rows.key_uses(), rows.ledger(deal.id)) == before
        deal.judge(deal.complete())
