"""Histories, read from Temporal for the activity that keeps them."""

import asyncio

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.history import RunHistory
from runtime.codec import EncryptingCodec
from runtime.history import decoded_history

HISTORY_SECONDS = 10.0


class HistoryReader:
    """Called from activity threads; the client lives in the event loop that builds it."""

    def __init__(self, client: Client, codec: EncryptingCodec) -> None:
        self._client = client
        self._codec = codec
        self._loop = asyncio.get_running_loop()

    def __call__(self, workflow_id: str, run_id: str) -> RunHistory | None:
        """The decoded history of one run; None where the server has it no more."""
        handle = self._client.get_workflow_handle(workflow_id, run_id=run_id)
        future = asyncio.run_coroutine_threadsafe(handle.fetch_history(), self._loop)
        try:
            history = future.result(timeout=HISTORY_SECONDS)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        begun = history.events[0].workflow_execution_started_event_attributes
        return RunHistory(
            decoded_history(history, self._codec), begun.continued_execution_run_id or None
        )
