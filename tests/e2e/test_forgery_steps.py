"""Forged results of steps, resets and terminations: no signature more, and nobody is left in doubt.

The victim process is stopped (SIGSTOP) for as long as the forger needs to be faster than it.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from cli.selftest.stack import Stack
from tests.e2e.forgery import Contract, Outsider, Rows, contract


@pytest.fixture
def outsider(stack: Stack) -> Outsider:
    return Outsider.at(stack)


@pytest.fixture
def rows(stack: Stack) -> Rows:
    return Rows.of(stack)


@contextmanager
def halted(stack: Stack, process: str) -> Iterator[None]:
    """The process stands still."""
    pid = int(stack.board[process]["pid"])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def step_of(deal: Contract, outsider: Outsider, name: str) -> str:
    """The activity's id as soon as it waits."""
    return deal.patience.until(name, lambda: outsider.pending(deal.workflow).get(name))


def complete(deal: Contract, outsider: Outsider, name: str, result: str) -> None:
    """Report a result for a step, as its worker would."""
    deal.patience.until(
        f"the forged result of {name}",
        lambda: outsider.run(
            "activity", "complete", "--workflow-id", deal.workflow,
            "--activity-id", step_of(deal, outsider, name), "--result", result,
        )[0] or None,
    )  # fmt: skip


async def fail(stack: Stack, workflow: str, activity: str) -> None:
    """Report that a step failed, and may not be tried again."""
    client = await Client.connect(f"127.0.0.1:{stack.home.ports.temporal}")
    handle = client.get_async_activity_handle(
        workflow_id=workflow, run_id=None, activity_id=activity
    )
    await handle.fail(ApplicationError("forged", type="forged", non_retryable=True))


def used(rows: Rows, before: tuple[int, int, int]) -> tuple[int, ...]:
    """Intents, key uses and signed revisions since then."""
    return tuple(now - then for now, then in zip(rows.key_uses(), before, strict=True))


def signed_once(rows: Rows, before: tuple[int, int, int]) -> None:
    """One intent, one signed revision. A forged answer may make a twin of the step that runs
    already: each call of the key is counted, and only one value is stored and stamped."""
    intents, calls, revisions = used(rows, before)
    assert (intents, revisions) == (1, 1)
    assert calls in {1, 2}


@pytest.mark.parametrize(
    "result",
    [
        '{"documents": 1}',
        pytest.param('{"untrusted": true}', marks=pytest.mark.thorough),
        pytest.param("null", marks=pytest.mark.thorough),
    ],
)
def test_a_forged_result_of_the_signing_step_neither_signs_nor_blocks(
    stack: Stack, tmp_path: Path, outsider: Outsider, rows: Rows, result: str
) -> None:
    with contract(stack, tmp_path) as deal:
        deal.draft()
        deal.send()
        before = rows.key_uses()
        with halted(stack, "signing"):
            deal.signers[0].act()
            complete(deal, outsider, "sign_act", result)
            assert rows.key_uses() == before
            assert rows.state(deal.id) == "running"
            assert "stage:met" not in rows.ledger(deal.id)
        deal.judge(deal.hand_over())
        signed_once(rows, before)


def test_a_forged_result_of_the_preparation_asks_nobody_on_an_unprepared_version(
    stack: Stack, tmp_path: Path, outsider: Outsider, rows: Rows
) -> None:
    with contract(stack, tmp_path) as deal:
        deal.draft()
        with halted(stack, "documents"):
            deal.submit()
            complete(deal, outsider, "prepare_version", "{}")
            assert "stage:opened" not in rows.ledger(deal.id)
        assert deal.clerk.wait_until_running() is None
        deal.signers[0].ready()
        deal.judge(deal.complete())


@pytest.mark.thorough  # a quarter of a minute; the forged results above take the same way
def test_a_forged_failure_that_may_not_be_tried_again_delays_and_is_shown(
    stack: Stack, tmp_path: Path, outsider: Outsider, rows: Rows
) -> None:
    with contract(stack, tmp_path) as deal:
        deal.draft()
        deal.send()
        before = rows.key_uses()
        with halted(stack, "signing"):
            deal.signers[0].act()
            step = step_of(deal, outsider, "sign_act")
            asyncio.run(fail(stack, deal.workflow, step))
            deal.patience.until("the hindrance", lambda: rows.hindrances(deal.id) or None)
            assert outsider.status(deal.workflow) == "RUNNING"
        deal.judge(deal.hand_over())
        signed_once(rows, before)
        assert rows.hindrances(deal.id) == []


def reset(deal: Contract, outsider: Outsider, *words: str) -> None:
    ok, said = outsider.run(
        "workflow", "reset", "--workflow-id", deal.workflow,
        "--type", "FirstWorkflowTask", "--reason", "forged", *words,
    )  # fmt: skip
    assert ok, said


def test_a_running_envelope_that_is_reset_asks_again_and_signs_once(
    stack: Stack, tmp_path: Path, outsider: Outsider, rows: Rows
) -> None:
    with contract(stack, tmp_path, signers=2) as deal:
        deal.draft()
        deal.send()
        before = rows.key_uses()
        reset(deal, outsider)
        assert rows.key_uses() == before
        deal.signers[0].act()
        deal.patience.until("the first signature", lambda: used(rows, before) == (1, 1, 1) or None)
        reset(deal, outsider)
        deal.signers[1].act()
        deal.judge(deal.hand_over())
        assert used(rows, before) == (2, 2, 2)


def test_a_completed_envelope_that_is_reset_stays_as_it_was(
    stack: Stack, tmp_path: Path, outsider: Outsider, rows: Rows
) -> None:
    with contract(stack, tmp_path) as deal:
        deal.draft()
        deal.send()
        deal.judge(deal.complete())
        before = rows.key_uses(), rows.ledger(deal.id)
        reset(deal, outsider)
        deal.patience.until(
            "the end of the second run",
            lambda: outsider.status(deal.workflow) != "RUNNING" or None,
        )
        assert (rows.key_uses(), rows.state(deal.id)) == (before[0], "done")
        events = [tag for tag in rows.ledger(deal.id) if tag != "document:downloaded"]
        assert events == [tag for tag in before[1] if tag != "document:downloaded"]
        deal.judge(deal.hand_over())


def test_envelopes_whose_workflows_were_ended_are_shown_and_taken_over(
    stack: Stack, tmp_path: Path, outsider: Outsider, rows: Rows
) -> None:
    ways = ("terminate", "delete")
    with ExitStack() as held:
        deals = [held.enter_context(contract(stack, tmp_path / way)) for way in ways]
        for deal in deals:
            deal.draft()
            deal.send()
        before = rows.key_uses()
        for deal, way in zip(deals, ways, strict=True):
            ok, said = outsider.run("workflow", way, "--workflow-id", deal.workflow)
            assert ok, said
        for deal in deals:
            shown = partial(rows.hindrances, deal.id)
            deal.patience.until("the hindrance", lambda: "workflow_gone" in shown() or None)  # noqa: B023 - looked at within the loop
        assert rows.key_uses() == before
        # New workflows go on from the rows: nobody has to mend anything, nobody signs twice.
        for deal in deals:
            deal.judge(deal.complete())
        assert used(rows, before) == (2, 2, 2)
