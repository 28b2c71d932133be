"""Records histories of IntakeWorkflow for the replay gate: `make histories` runs it."""

import asyncio
from uuid import uuid4

from temporalio.testing import WorkflowEnvironment

from domain.messages import DocumentRef
from domain.names import ENVELOPES_QUEUE, intake_workflow_id
from tests.histories.keeping import keep, record_all
from tests.workflows.fakes import FakeIntake
from tests.workflows.test_intake import FOLDER, STORIES, serving
from workflows.intake import IntakeWorkflow


async def record(env: WorkflowEnvironment, name: str) -> None:
    """Run one story to its end and keep its history."""
    document = DocumentRef(document_id=uuid4())
    workflow_id = intake_workflow_id(document.document_id)
    async with serving(env.client, FakeIntake(pages=STORIES[name])):
        handle = await env.client.start_workflow(
            IntakeWorkflow.run, document, id=workflow_id, task_queue=ENVELOPES_QUEUE
        )
        await handle.result()
        history = await handle.fetch_history()
    keep(FOLDER, name, workflow_id, history)


if __name__ == "__main__":
    asyncio.run(record_all(STORIES, record))
