"""Housekeeping of the envelopes worker: leftovers, old rows, envelopes that nobody carries.

Who reaches Temporal's port can terminate a workflow. Its envelope would wait for ever and say
「進行中」; here it becomes 要対応, and a new workflow takes over from what the rows say.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.messages import EnvelopeRef, Message
from domain.names import ENVELOPES_QUEUE, closing_workflow_id, envelope_workflow_id
from domain.route import EnvelopeStart
from runtime.telemetry import logger
from storage import deputies, import_dropping, import_warnings, lost_orders, term_warnings
from storage.database import Database
from storage.desks.attachments import StoredAttachmentDesk
from storage.desks.consents import StoredConsentDesk
from storage.desks.deletions import StoredDeletionDesk
from storage.desks.disclosure import StoredDisclosureDesk
from storage.desks.imports import StoredImportDesk
from storage.desks.stamp_proofs import StoredProofDesk
from storage.desks.verification import StoredVerificationDesk
from storage.desks.watch import StoredWatchDesk
from storage.forgetting import forget_old
from storage.outbox import When, message_host
from storage.vault import ForeignBlobs, Vault
from workers.genuine import RPC
from workflows.closing import ClosingWorkflow
from workflows.envelope import EnvelopeWorkflow

SWEEP_EVERY = timedelta(minutes=20)
"""With storage.blobfiles.LEFTOVER_AGE: no leftover lies there for an hour."""
FORGET_EVERY = timedelta(hours=1)
STAMPED_WITHIN = timedelta(hours=1)
"""Of a consent: longer than any authority needs that is not away."""
CHECKED_WITHIN = timedelta(minutes=3)
"""Of an attached file: longer than the costliest takes, shorter than its sender's patience."""
WATCH_EVERY = timedelta(minutes=1)
AT_ONCE = 200
"""Ended envelopes that one round takes up: after a restore they are many, and no hurry."""
TERMS_EVERY = timedelta(hours=1)
"""Warnings are of days; who enters a term late need not wait for the next one."""
_PREFIX, _CLOSING = "envelope-", "closing-"
_RUNNING = "WorkflowType = '{}' AND ExecutionStatus = 'Running'"

log = logger(__name__)


class Housekeeping:
    """Tidies up until it is cancelled; a round that fails is logged and repeated."""

    def __init__(  # noqa: PLR0913 - what it keeps, and how often
        self,
        client: Client,
        database: Database,
        vault: Vault,
        *,
        base_url: str,
        watch_every: timedelta = WATCH_EVERY,
        sweep_every: timedelta = SWEEP_EVERY,
    ) -> None:
        self._client = client
        self._database = database
        self._vault = vault
        self._host = message_host(base_url)
        self._desk = StoredWatchDesk(database)
        self._watch_every = watch_every
        self._sweep_every = sweep_every

    async def run(self) -> None:
        """Every loop, for ever."""
        await asyncio.gather(
            _for_ever(self._forget_round, FORGET_EVERY),
            _for_ever(self._sweep_round, self._sweep_every),
            _for_ever(self.watch, self._watch_every),
            _for_ever(self._terms_round, TERMS_EVERY),
        )

    def sweep(self) -> int:
        """Remove what broken-off uploads and rolled-back steps left. Returns how many files; none
        while blobs and database do not belong together, which doctor says too."""
        try:
            removed = self._vault.sweep()
        except ForeignBlobs as found:
            log.error("vault_not_swept", why=str(found))  # noqa: TRY400 - nothing broke here
            return 0
        log.info("vault_swept", removed=removed)
        return removed

    async def _sweep_round(self) -> None:
        await asyncio.to_thread(self.sweep)

    def forget(self) -> Mapping[str, int]:
        """Remove rows that nobody needs any more, and end imports that were left out. How many of
        each table, where any."""
        moment = datetime.now(UTC)
        with self._database.transaction() as session:
            removed = dict(forget_old(session, moment))
        with self._database.transaction() as session:
            if ended := import_dropping.end_dropped(session, self._vault, moment):
                removed["dropped_imports"] = ended
        if removed:
            log.info("old_rows_forgotten", **removed)
        return removed

    def order_stamps_again(self) -> int:
        """Consents and imports without a time-stamp an hour after they were given: their workflows
        may have been ended. Returns how many."""
        late = datetime.now(UTC) - STAMPED_WITHIN
        ordered = StoredConsentDesk(self._database).order_again(late)
        imports = StoredImportDesk(self._database, self._vault).order_again(late)
        if ordered or imports:
            log.warning("unstamped", consents=ordered, imports=imports)
        return ordered + imports

    def renew_stamps(self) -> int:
        """Time-stamps of imports and consents of which nothing is kept yet, or that a further one
        is due for. Returns how many were ordered."""
        ordered = StoredProofDesk(self._database).order_due(datetime.now(UTC))
        if ordered:
            log.info("stamps_due", ordered=ordered)
        return ordered

    def check_attachments_again(self) -> int:
        """Files that have waited for their check for minutes: its workflow may have been ended.
        Returns how many."""
        late = datetime.now(UTC) - CHECKED_WITHIN
        ordered = StoredAttachmentDesk(self._database, self._vault).order_again(late)
        if ordered:
            log.warning("attachments_unchecked", ordered=ordered)
        return ordered

    def check_again(self) -> int:
        """Documents, stamps and seals that have waited for their check for minutes, and renewals
        of archives that are overdue by hours. Returns how many."""
        ordered = lost_orders.order_all(self._database, datetime.now(UTC))
        if ordered:
            log.warning("orders_lost", **ordered)
        return sum(ordered.values())

    def verify_again(self) -> int:
        """Verifications, ZIPs and deletions that have stood still for minutes: their workflows may
        have been ended. Returns how many."""
        desk = StoredVerificationDesk(self._database, self._vault)
        ordered = desk.order_again(datetime.now(UTC))
        ordered += StoredDisclosureDesk(self._database, self._vault).order_again(datetime.now(UTC))
        late = datetime.now(UTC) - CHECKED_WITHIN
        ordered += StoredDeletionDesk(self._database, self._vault).order_again(late)
        if ordered:
            log.warning("verifications_still", ordered=ordered)
        return ordered

    def ask_deputies(self) -> int:
        """Whoever is absent today, and asked: his deputy is asked too. Returns how many acts were
        written, which the relay carries."""
        asked = deputies.order_all(self._database, datetime.now(UTC))
        if asked:
            log.info("deputies_asked", asked=asked)
        return asked

    def warn_of_terms(self) -> int:
        """Mails about contracts whose last day for notice, or end, comes. Returns how many were
        ordered, each once."""
        ordered = term_warnings.order_all(self._database, When(datetime.now(UTC), self._host))
        if ordered:
            log.info("terms_told", ordered=ordered)
        return ordered

    def warn_of_imports(self) -> int:
        """Mails about files without a time-stamp whose limit comes or has passed. Returns how many
        were ordered, each once."""
        ordered = import_warnings.order_all(self._database, When(datetime.now(UTC), self._host))
        if ordered:
            log.info("imports_told", ordered=ordered)
        return ordered

    async def _terms_round(self) -> None:
        await asyncio.to_thread(self.warn_of_terms)
        await asyncio.to_thread(self.warn_of_imports)

    async def _forget_round(self) -> None:
        await asyncio.to_thread(self.forget)
        await asyncio.to_thread(self.order_stamps_again)
        await asyncio.to_thread(self.renew_stamps)

    async def watch(self) -> None:
        """Show envelopes whose workflow is gone; take it back for those that run again."""
        await asyncio.to_thread(self.check_attachments_again)
        await asyncio.to_thread(self.check_again)
        await asyncio.to_thread(self.verify_again)
        await asyncio.to_thread(self.ask_deputies)
        # Rows first: an envelope that is started in between is not missed by the listing.
        under_way = await asyncio.to_thread(self._desk.under_way)
        unclosed = await asyncio.to_thread(self._desk.unclosed)
        running = await self._running(EnvelopeWorkflow, _PREFIX)
        gone = 0
        for envelope_id in under_way:
            if envelope_id not in running and await self._is_closed(envelope_id):
                gone += await asyncio.to_thread(self._desk.gone, envelope_id)
                await self._start_again(envelope_id)
        back = await asyncio.to_thread(self._desk.carried_again, running)
        if gone or back:
            log.warning("workflows_gone", gone=gone, back=back)
        await self._close([envelope for envelope in unclosed if envelope not in running])

    async def _close(self, ended: Sequence[UUID]) -> None:
        """Tell, and close, what nobody carries after its end."""
        closing = await self._running(ClosingWorkflow, _CLOSING) if ended else frozenset()
        taken_up = 0
        for envelope_id in [envelope for envelope in ended if envelope not in closing][:AT_ONCE]:
            if await self._is_closed(envelope_id):
                taken_up += await self._start_closing(envelope_id)
        if taken_up:
            log.warning("ended_ones_gone", taken_up=taken_up)

    async def _start_closing(self, envelope_id: UUID) -> bool:
        """False where one runs."""
        ref = EnvelopeRef(envelope_id=envelope_id)
        return await self._start(ClosingWorkflow.run, ref, closing_workflow_id(envelope_id))

    async def _start_again(self, envelope_id: UUID) -> None:
        """A new workflow takes over from the rows; it ends at once if they have ended meanwhile."""
        start = EnvelopeStart(envelope_id=envelope_id)
        await self._start(EnvelopeWorkflow.run, start, envelope_workflow_id(envelope_id))

    async def _start(
        self, run: Callable[..., Awaitable[object]], subject: Message, key: str
    ) -> bool:
        """The workflow with this id, in place of one that is over; False where one runs."""
        with suppress(WorkflowAlreadyStartedError):
            await self._client.start_workflow(
                run,
                subject,
                id=key,
                task_queue=ENVELOPES_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            )
            return True
        return False

    async def _running(self, kind: type, prefix: str) -> frozenset[UUID]:
        found = set()
        query = _RUNNING.format(kind.__name__)
        async for execution in self._client.list_workflows(query, rpc_timeout=RPC):
            with suppress(ValueError):  # an id that none of us gave
                found.add(UUID(execution.id.removeprefix(prefix)))
        return frozenset(found)

    async def _is_closed(self, envelope_id: UUID) -> bool:
        """The listing may lag behind; the execution itself does not."""
        handle = self._client.get_workflow_handle(envelope_workflow_id(envelope_id))
        try:
            description = await handle.describe(rpc_timeout=RPC)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return True
            raise
        return description.status is not WorkflowExecutionStatus.RUNNING


async def _for_ever(step: Callable[[], Awaitable[None]], pause: timedelta) -> None:
    while True:
        try:
            await step()
        except Exception as error:  # noqa: BLE001 - the next round comes; a type says enough
            log.warning("housekeeping_delayed", error=type(error).__name__)
        await asyncio.sleep(pause.total_seconds())
