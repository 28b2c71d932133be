"""The relay: what was committed but not yet carried to Temporal is carried now.

Two kinds of rows: workflow starts in the outbox, and acts without an answer (an update is not
durable until a worker has accepted it). Everything here may run twice: workflow ids and act ids
make it once.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import TemporalError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.kinds import EnvelopeState
from domain.messages import (
    ActAnswer,
    ActDecision,
    ActRef,
    AttachmentRef,
    CodeRef,
    ConsentRef,
    DeletionRef,
    DisclosureRef,
    DocumentRef,
    FactorResetRef,
    ImportRef,
    InvitationRef,
    Message,
    PasswordResetRef,
    Snapshot,
    StampRef,
    VerificationRef,
)
from domain.names import (
    ENVELOPES_QUEUE,
    SUBMIT_ACT,
    archive_workflow_id,
    attachment_workflow_id,
    code_workflow_id,
    consent_workflow_id,
    deletion_workflow_id,
    disclosure_workflow_id,
    envelope_workflow_id,
    factor_reset_workflow_id,
    import_workflow_id,
    intake_workflow_id,
    invitation_workflow_id,
    mailbox_workflow_id,
    password_reset_workflow_id,
    repair_workflow_id,
    stamp_workflow_id,
    verification_workflow_id,
)
from domain.ports.desks import ActDesk, OutboxEntry, RelayDesk, WaitingAct
from domain.refusals import RefusalCode
from domain.route import EnvelopeStart
from runtime.telemetry import logger
from workers.genuine import make_room
from workflows.archive import ArchiveWorkflow
from workflows.attachment import AttachmentWorkflow
from workflows.code import CodeWorkflow
from workflows.consent import ConsentWorkflow
from workflows.deletion import DeletionWorkflow
from workflows.disclosure import DisclosureWorkflow
from workflows.envelope import EnvelopeWorkflow
from workflows.factor_reset import FactorResetWorkflow
from workflows.imports import ImportWorkflow
from workflows.intake import IntakeWorkflow
from workflows.invitation import InvitationWorkflow
from workflows.mailbox import MailboxWorkflow
from workflows.password_reset import PasswordResetWorkflow
from workflows.stamp import StampWorkflow
from workflows.verification import VerificationWorkflow

BATCH = 50
LOOKED_AT = 20 * BATCH
"""Unanswered acts, of which those go first that were sent longest ago, or never: as many as a round
sends may get no answer, and must not keep newer ones back."""
ACT_PATIENCE = 4.0
"""Seconds. The web app itself waits 3 s for an answer; only then does the relay repeat the act."""
RPC = timedelta(seconds=10)

log = logger(__name__)


class Relay:
    """Carries rows to Temporal until it is cancelled."""

    def __init__(
        self,
        client: Client,
        desk: RelayDesk,
        acts: ActDesk,
        interval: float,
        *,
        patience: float = ACT_PATIENCE,
    ) -> None:
        self._client = client
        self._desk = desk
        self._acts = acts
        self._interval = interval
        self._patience = patience
        self._seen: dict[UUID, float] = {}
        """Since when an act has been seen unanswered. The time of its POST is another machine's:
        were its clock ahead of ours, the act would wait that long."""
        self._sent: dict[UUID, float] = {}
        """When it was sent last, of those."""

    async def run(self) -> None:
        """Loop for ever; an outage is logged once per round and outlived. A workflow that does not
        answer an act holds up no start."""
        await asyncio.gather(self._for_ever(self.carry_starts), self._for_ever(self.carry_acts))

    async def _for_ever(self, round_: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await round_()
            except (RPCError, TemporalError, OSError, RuntimeError) as error:
                log.warning("relay_delayed", error=type(error).__name__)
            except Exception:
                # The loop must outlive a database that is away; the log has the traceback.
                log.exception("relay_failed")
            await asyncio.sleep(self._interval)

    async def carry(self) -> None:
        """One round of both."""
        await self.carry_starts()
        await self.carry_acts()

    async def carry_starts(self) -> None:
        """One round of what waits to be started."""
        starts = await asyncio.to_thread(self._desk.starts, BATCH)
        await _together(self._start(entry) for entry in starts)

    async def carry_acts(self) -> None:
        """One round of what has no answer."""
        acts = await asyncio.to_thread(self._desk.waiting_acts, LOOKED_AT)
        await _together(self._submit(act) for act in self._overdue(acts))

    def _overdue(self, acts: Sequence[WaitingAct]) -> list[WaitingAct]:
        moment = time.monotonic()
        self._seen = {act.act_id: self._seen.get(act.act_id, moment) for act in acts}
        self._sent = {key: at for key, at in self._sent.items() if key in self._seen}
        late = [act for act in acts if moment - self._seen[act.act_id] >= self._patience]
        late.sort(key=lambda act: self._sent.get(act.act_id, -math.inf))  # else the oldest first
        self._sent |= {act.act_id: moment for act in late[:BATCH]}
        return late[:BATCH]

    async def _start(self, entry: OutboxEntry) -> None:
        try:
            await self._start_once(entry)
        except RPCError as error:
            await asyncio.to_thread(self._desk.start_failed, entry.item_id, error.status.name)
            return
        await asyncio.to_thread(self._desk.started, entry.item_id)

    async def _start_once(self, entry: OutboxEntry) -> None:
        """Start it unless it runs; whoever else took its id is ended."""
        kind, workflow_id, start = _order_of(entry)
        try:
            await self._start_workflow(kind, workflow_id, start)
        except WorkflowAlreadyStartedError as taken:
            if await make_room(self._client, taken, kind, start):
                log.warning("squatter_ended", workflow_id=workflow_id)
                await self._start_workflow(kind, workflow_id, start)

    async def _start_workflow(self, kind: str, workflow_id: str, start: Message) -> None:
        # A second run of an envelope that was never a draft again ends at once: its plan is
        # refused by the rows.
        await self._client.start_workflow(
            kind,
            start,
            id=workflow_id,
            task_queue=ENVELOPES_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        )

    async def _submit(self, act: WaitingAct) -> None:
        handle = self._client.get_workflow_handle(envelope_workflow_id(act.envelope_id))
        try:
            await handle.execute_update(
                SUBMIT_ACT,
                ActRef(act_id=act.act_id),
                id=str(act.act_id),
                result_type=ActAnswer,
                rpc_timeout=RPC,
            )
        except WorkflowUpdateFailedError:
            log.warning("act_not_decided", act_id=str(act.act_id))
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            if not act.under_way:
                await asyncio.to_thread(self._acts.record, _too_late(act))


def _order_of(entry: OutboxEntry) -> tuple[str, str, Message]:
    """Workflow type, workflow id and input."""
    subject = entry.subject_id
    order = ORDERS.get(entry.kind)
    if order is None:
        start = EnvelopeStart(envelope_id=subject)
        return EnvelopeWorkflow.__name__, envelope_workflow_id(subject), start
    kind, name, message = order
    return kind.__name__, name(subject), message(subject)


ORDERS: dict[str, tuple[type, Callable[[UUID], str], Callable[[UUID], Message]]] = {
    "intake": (IntakeWorkflow, intake_workflow_id, lambda key: DocumentRef(document_id=key)),
    # the same check, now with the sender's consent; the first one may not be quite over
    "repair": (IntakeWorkflow, repair_workflow_id, lambda key: DocumentRef(document_id=key)),
    "stamp": (StampWorkflow, stamp_workflow_id, lambda key: StampRef(stamp_id=key)),
    "attachment": (
        AttachmentWorkflow,
        attachment_workflow_id,
        lambda key: AttachmentRef(attachment_id=key),
    ),
    "code": (CodeWorkflow, code_workflow_id, lambda key: CodeRef(code_id=key)),
    "mailbox": (MailboxWorkflow, mailbox_workflow_id, lambda key: CodeRef(code_id=key)),
    "invitation": (
        InvitationWorkflow,
        invitation_workflow_id,
        lambda key: InvitationRef(invitation_id=key),
    ),
    "factor_reset": (
        FactorResetWorkflow,
        factor_reset_workflow_id,
        lambda key: FactorResetRef(reset_id=key),
    ),
    "password_reset": (
        PasswordResetWorkflow,
        password_reset_workflow_id,
        lambda key: PasswordResetRef(reset_id=key),
    ),
    "consent": (ConsentWorkflow, consent_workflow_id, lambda key: ConsentRef(consent_id=key)),
    "deletion": (DeletionWorkflow, deletion_workflow_id, lambda key: DeletionRef(deletion_id=key)),
    "import": (ImportWorkflow, import_workflow_id, lambda key: ImportRef(envelope_id=key)),
    "archive": (ArchiveWorkflow, archive_workflow_id, lambda key: DocumentRef(document_id=key)),
    "verification": (
        VerificationWorkflow,
        verification_workflow_id,
        lambda key: VerificationRef(run_id=key),
    ),
    "disclosure": (
        DisclosureWorkflow,
        disclosure_workflow_id,
        lambda key: DisclosureRef(disclosure_id=key),
    ),
}
"""What an outbox item of each kind starts; any other is an envelope's."""


def _too_late(act: WaitingAct) -> ActDecision:
    """The envelope's workflow is over; sequence 0 changes no state."""
    return ActDecision(
        act_id=act.act_id,
        accepted=False,
        refusal=RefusalCode.ENVELOPE_ENDED,
        order=0,
        decided_at=datetime.now(UTC),
        snapshot=Snapshot(envelope_id=act.envelope_id, sequence=0, state=EnvelopeState.RUNNING),
    )


async def _together(errands: Iterable[Awaitable[None]]) -> None:
    results = await asyncio.gather(*errands, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
