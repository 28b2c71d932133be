"""I7: nothing waits without a workflow that carries it, or a reason that pages show."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from cli.faults.oracle.scene import Breach, Scene, documents_of
from cli.ports import LOOPBACK
from domain.kinds import ActKind, DocumentState, EnvelopeState, NoticeState, SlotState
from domain.names import envelope_workflow_id
from storage.desks.envelopes import of_steps
from storage.desks.watch import CARRIED
from storage.tables import Act, Envelope, Hindrance, Notice, OutboxItem, Slot

PATIENCE = timedelta(seconds=60)
"""A killed step goes on within 30 s; whoever waits twice as long waits for somebody to look."""
MAX_TASK_TRIES = 5
"""A workflow task that is tried again and again is a workflow that nobody can carry."""
RPC = timedelta(seconds=10)
_PASSING = frozenset({EnvelopeState.SENDING.value, EnvelopeState.COMPLETING.value})
"""States that no person holds up."""


def check(scene: Scene, session: Session) -> Iterator[Breach]:
    """Rows first, then what Temporal says of every envelope that is under way."""
    under_way = []
    for envelope in scene.envelopes(session):
        yield from _hindered_for_ever(session, envelope)
        if not _is_hindered(session, envelope):
            for words in _left_lying(scene, session, envelope):
                yield Breach("I7", words, envelope.number)
            if envelope.state in {state.value for state in CARRIED}:
                under_way.append(envelope)
    if scene.temporal:
        yield from asyncio.run(_uncarried(scene, session, under_way))


def _is_hindered(session: Session, envelope: Envelope) -> bool:
    found = select(Hindrance.id).where(
        Hindrance.envelope_id == envelope.id, Hindrance.ended_at.is_(None)
    )
    return session.scalar(found.limit(1)) is not None


def _hindered_for_ever(session: Session, envelope: Envelope) -> Iterator[Breach]:
    """Lost mail and renewals outlive an envelope, what its steps waited for does not."""
    if envelope.ended_at is None:
        return
    for reason in session.scalars(
        select(Hindrance.reason).where(
            Hindrance.envelope_id == envelope.id, Hindrance.ended_at.is_(None), *of_steps()
        )
    ):
        yield Breach("I7", f"it has ended and still waits for {reason}", envelope.number)


def _left_lying(scene: Scene, session: Session, envelope: Envelope) -> Iterator[str]:
    since = scene.now - PATIENCE
    for act in session.scalars(select(Act).where(Act.envelope_id == envelope.id)):
        yield from _act(session, act, since)
    for item in session.scalars(select(OutboxItem).where(OutboxItem.subject_id == envelope.id)):
        if item.done_at is None and item.created_at < since:
            yield f"the start of the {item.kind} workflow was never carried out"
    for notice in session.scalars(select(Notice).where(Notice.envelope_id == envelope.id)):
        if notice.state == NoticeState.QUEUED and notice.queued_at < since:
            yield f"mail {notice.id} ({notice.kind}) is neither sent nor given up"
    for document in documents_of(session, envelope):
        if document.state == DocumentState.CHECKING and document.created_at < since:
            yield f"document {document.id} is being checked for ever"
    changed = max(envelope.changed_at, envelope.sent_at or envelope.changed_at)
    if envelope.state in _PASSING and changed < since:
        yield f"it has been {envelope.state} since {changed.isoformat()}"


def _act(session: Session, act: Act, since: datetime) -> Iterator[str]:
    if act.answered_at is None:
        if act.posted_at < since:
            yield f"act {act.id} ({act.kind}) has no answer"
        return
    if not act.accepted or act.kind != ActKind.SIGN or act.answered_at >= since:
        return
    slot = session.get(Slot, act.slot_id) if act.slot_id else None
    if slot is not None and slot.state not in {SlotState.DONE, SlotState.RELEASED}:
        yield f"act {act.id} was accepted and is not carried out"


async def _uncarried(scene: Scene, session: Session, envelopes: Sequence[Envelope]) -> list[Breach]:
    address = f"{LOOPBACK}:{scene.home.ports.temporal}"
    try:
        client = await Client.connect(address)
    except RuntimeError as away:
        return [Breach("I7", f"Temporal does not answer: {str(away)[:80]}")]
    breaches = []
    for envelope in envelopes:
        words = await _carried(client, session, envelope)
        if words:
            breaches.append(Breach("I7", words, envelope.number))
    return breaches


async def _carried(client: Client, session: Session, envelope: Envelope) -> str | None:
    """None, or why nothing will move this envelope."""
    waiting = select(OutboxItem.id).where(
        OutboxItem.subject_id == envelope.id, OutboxItem.done_at.is_(None)
    )
    if session.scalar(waiting.limit(1)) is not None:
        return None
    handle = client.get_workflow_handle(envelope_workflow_id(envelope.id))
    try:
        description = await handle.describe(rpc_timeout=RPC)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return f"it is {envelope.state}, and no workflow bears its name"
        raise
    if description.status is not WorkflowExecutionStatus.RUNNING:
        ended = description.status.name if description.status else "gone"
        return f"it is {envelope.state}, and its workflow is {ended}"
    task = description.raw_description.pending_workflow_task
    if task.attempt > MAX_TASK_TRIES:
        return f"its workflow's task failed {task.attempt} times"
    return None
