"""Records histories of VerificationWorkflow and DisclosureWorkflow for the replay gate.

`make histories` runs it. A file is named `<story>.<workflow id>.json`: the workflow checks its own
id.
"""

import asyncio
from pathlib import Path
from uuid import uuid4

from temporalio.testing import WorkflowEnvironment

from domain.names import disclosure_workflow_id, verification_workflow_id
from domain.verification import AT_ONCE
from tests.histories.keeping import keep, record_all
from tests.workflows import test_disclosure
from tests.workflows.test_disclosure import FakePack
from tests.workflows.test_verification import FakeRun, serving, start

FOLDER = Path(__file__).parent / "verification"
PACKS = Path(__file__).parent / "disclosure"
STORIES = {"nothing": 0, "several_steps": 2 * AT_ONCE + 1}


async def record(env: WorkflowEnvironment, name: str) -> None:
    """Run one story to its end and keep its history."""
    run_id = uuid4()
    async with serving(env.client, FakeRun(STORIES[name])):
        handle = await start(env.client, run_id)
        await handle.result()
        history = await handle.fetch_history()
    keep(FOLDER, name, verification_workflow_id(run_id), history)


async def record_pack(env: WorkflowEnvironment, name: str) -> None:
    """The same of a ZIP."""
    disclosure_id = uuid4()
    async with test_disclosure.serving(env.client, FakePack(FakeRun(STORIES[name]))):
        handle = await test_disclosure.start(env.client, disclosure_id)
        await handle.result()
        history = await handle.fetch_history()
    keep(PACKS, name, disclosure_workflow_id(disclosure_id), history)


if __name__ == "__main__":
    asyncio.run(record_all(STORIES, record, record_pack))
