"""The web app's one way to Temporal.

An event loop in a thread of its own, and a client that is made at the first call, after
gunicorn has forked: a client does not survive a fork. No answer is never an error for the
person: the act is a row, and the relay carries it on.
"""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError, RPCStatusCode

from domain.limits import ACT_ANSWER_SECONDS
from domain.messages import ActAnswer, ActRef
from domain.names import SUBMIT_ACT, envelope_workflow_id
from runtime.settings import TemporalPart
from runtime.temporal import connect

R = TypeVar("R")
LOOK_SECONDS = 3.0
WAITING_ACTS = 3
"""How many threads of a process may wait for a workflow's answer; the others read and answer pages.
With no place free an act is told all the same, and its person reads that it was received. It is
told after the time that he would have waited: a refusal that comes later reaches him by mail
(`EnvelopeWorkflow`), and where so many press at once, pages go first."""


class GatewayUnavailable(Exception):
    """Temporal does not answer now. Nothing is lost: rows wait for the relay."""


@dataclass(frozen=True)
class PendingStep:
    """An activity that is waiting or running; `last_error` is a type, never a message."""

    name: str
    attempt: int
    since: datetime | None
    next_try_at: datetime | None
    last_error: str


@dataclass(frozen=True)
class OpenWorkflow:
    """A workflow execution that is running."""

    workflow_id: str
    kind: str
    started_at: datetime


class Gateway:
    """Submits acts and looks at workflows."""

    def __init__(self, settings: TemporalPart) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: Client | None = None
        self._places = threading.BoundedSemaphore(WAITING_ACTS)

    def submit(
        self, envelope_id: UUID, act_id: UUID, seconds: float = ACT_ANSWER_SECONDS
    ) -> ActAnswer | None:
        """The workflow's answer to a stored act; None when it did not come within `seconds`, or
        when as many acts as may be waited for are waited for already."""
        if seconds <= 0 or not self._places.acquire(blocking=False):
            work = self._submit_after(max(seconds, 0), envelope_id, act_id)
            asyncio.run_coroutine_threadsafe(work, self._running_loop())
            return None
        try:
            # Whoever waits no longer takes nothing back: the update has an end of its own.
            return self._call(self._submit(envelope_id, act_id), seconds, cancel=False)
        except GatewayUnavailable:
            return None
        finally:
            self._places.release()

    def pending(self, workflow_id: str) -> list[PendingStep]:
        """Steps of a workflow that are waiting or running; none without a workflow."""
        return self._call(self._pending(workflow_id), LOOK_SECONDS)

    def open_workflows(self, limit: int = 200) -> list[OpenWorkflow]:
        """Running workflows, newest first."""
        return self._call(self._open_workflows(limit), LOOK_SECONDS)

    async def _submit_after(self, seconds: float, envelope_id: UUID, act_id: UUID) -> None:
        await asyncio.sleep(seconds)
        await self._submit(envelope_id, act_id)

    async def _submit(self, envelope_id: UUID, act_id: UUID) -> ActAnswer | None:
        client = await self._connected()
        handle = client.get_workflow_handle(envelope_workflow_id(envelope_id))
        try:
            answer: ActAnswer = await handle.execute_update(
                SUBMIT_ACT,
                ActRef(act_id=act_id),
                id=str(act_id),
                result_type=ActAnswer,
                rpc_timeout=timedelta(seconds=ACT_ANSWER_SECONDS),
            )
        except (WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError):
            return None
        return answer

    async def _pending(self, workflow_id: str) -> list[PendingStep]:
        client = await self._connected()
        handle = client.get_workflow_handle(workflow_id)
        try:
            description = await handle.describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return []
            raise
        return [
            PendingStep(
                name=step.activity_type.name,
                attempt=step.attempt,
                since=_moment(step, "scheduled_time"),
                next_try_at=_moment(step, "next_attempt_schedule_time"),
                last_error=step.last_failure.application_failure_info.type,
            )
            for step in description.raw_description.pending_activities
        ]

    async def _open_workflows(self, limit: int) -> list[OpenWorkflow]:
        client = await self._connected()
        listing = client.list_workflows("ExecutionStatus = 'Running'", limit=limit)
        return [
            OpenWorkflow(
                workflow_id=found.id, kind=found.workflow_type, started_at=found.start_time
            )
            async for found in listing
        ]

    async def _connected(self) -> Client:
        if self._client is None:
            self._client = await connect(self._settings, lazy=True)
        return self._client

    def _call(self, work: Coroutine[Any, Any, R], seconds: float, *, cancel: bool = True) -> R:
        future = asyncio.run_coroutine_threadsafe(work, self._running_loop())
        try:
            return future.result(timeout=seconds)
        except (FutureTimeoutError, RPCError, RuntimeError, OSError) as error:
            if cancel:
                future.cancel()
            raise GatewayUnavailable(type(error).__name__) from error

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(
                    target=self._loop.run_forever, name="temporal", daemon=True
                ).start()
            return self._loop


def _moment(step: Any, field: str) -> datetime | None:  # noqa: ANN401 - a protobuf message
    return getattr(step, field).ToDatetime(tzinfo=UTC) if step.HasField(field) else None
