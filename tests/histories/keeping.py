"""How histories are recorded for the replay gate, and kept: `<story>.<workflow id>.json`."""

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from temporalio.client import WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from runtime.temporal import data_converter
from tests.workflows.conftest import CODEC, server_binary


def keep(folder: Path, name: str, workflow_id: str, history: WorkflowHistory) -> None:
    """In the place of the one before."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob(f"{name}.*"):
        old.unlink()
    (folder / f"{name}.{workflow_id}.json").write_text(history.to_json())


async def record_all(
    names: Iterable[str], *record: Callable[[WorkflowEnvironment, str], Awaitable[None]]
) -> None:
    """Every story on a server of its own."""
    for name in names:
        async with await WorkflowEnvironment.start_time_skipping(
            data_converter=data_converter(CODEC),
            test_server_existing_path=server_binary("temporal-test-server"),
        ) as environment:
            for one in record:
                await one(environment, name)
