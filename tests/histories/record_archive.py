"""Records histories of ArchiveWorkflow, for the replay gate: `make histories`.

A file is named `<story>.<workflow id>.json`: the workflow checks its own id.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from temporalio.testing import WorkflowEnvironment

from domain.names import archive_workflow_id
from domain.ports.signatures import NotFresherYet, TimestampUnavailable
from tests.histories.keeping import keep, record_all
from tests.workflows.test_archive import FakeArchive, serving, start

FOLDER = Path(__file__).parent / "archive"
STORIES: dict[str, list[Exception]] = {
    "late_list": [NotFresherYet(datetime(2027, 1, day, tzinfo=UTC)) for day in (1, 2, 9)],
    "silent_tsa": [TimestampUnavailable("http_503") for _ in range(5)],
}


async def record(env: WorkflowEnvironment, name: str) -> None:
    """Run one story to its end and keep its history."""
    document_id, archive = uuid4(), FakeArchive([*STORIES[name], None])
    async with serving(env.client, archive):
        handle = await start(env.client, document_id)
        await handle.result()
        history = await handle.fetch_history()
    keep(FOLDER, name, archive_workflow_id(document_id), history)


if __name__ == "__main__":
    asyncio.run(record_all(STORIES, record))
