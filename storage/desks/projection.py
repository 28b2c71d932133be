"""Snapshots of the workflow's state become rows, each at most once and never backwards."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kinds import ENDED, EnvelopeState, LinkPurpose, SlotState
from domain.messages import SlotSnapshot, Snapshot
from storage.desks import links
from storage.tables import Envelope, Slot, Stage


def apply(session: Session, envelope: Envelope, snapshot: Snapshot, at: datetime) -> None:
    """Project onto the locked envelope, if the snapshot is newer than what is stored.

    An ended envelope stays as it ended: a snapshot that says otherwise is ignored.
    """
    if snapshot.sequence <= envelope.projected_sequence:
        return
    if EnvelopeState(envelope.state) in ENDED and snapshot.state != envelope.state:
        return
    envelope.projected_sequence = snapshot.sequence
    envelope.state = snapshot.state.value
    envelope.next_reminder_at = snapshot.next_reminder_at
    envelope.download_until = snapshot.download_until
    envelope.deadline_at = snapshot.deadline_at or envelope.deadline_at
    envelope.changed_at = at
    stage = session.get(Stage, snapshot.stage_id) if snapshot.stage_id else None
    if stage is not None and stage.envelope_id == envelope.id:
        stage.deadline_at = snapshot.stage_deadline_at
    released = _apply_slots(session, envelope, snapshot, at)
    session.flush()
    if released:
        people = links.idle_participants(session, envelope, [slot.id for slot in released])
        links.revoke(session, envelope, people, LinkPurpose.ACT, links.RELEASED, at)


def _apply_slots(
    session: Session, envelope: Envelope, snapshot: Snapshot, at: datetime
) -> list[Slot]:
    """Returns the slots that were released by this snapshot.

    Places that a correction or a sending back ended stay as it left them. The workflow has every
    accepted act in the rows before it carries one out, so a snapshot that still speaks of them
    afterwards comes with an act that was refused meanwhile, and has nothing new of them.
    """
    said = {slot.slot_id: slot for slot in snapshot.slots}
    slots = session.scalars(
        select(Slot)
        .join(Stage, Stage.id == Slot.stage_id)
        .where(
            Slot.envelope_id == envelope.id,
            Slot.id.in_(list(said)),
            Stage.version == envelope.version,
        )
    ).all()
    return [slot for slot in slots if _apply_slot(slot, said[slot.id], at)]


def _apply_slot(slot: Slot, said: SlotSnapshot, at: datetime) -> bool:
    slot.asked_at = said.asked_at or slot.asked_at
    # The signing worker says DONE first; the workflow's snapshots follow a moment later.
    if slot.state == SlotState.DONE:
        return False
    released = said.state is SlotState.RELEASED and slot.state != SlotState.RELEASED
    slot.state = said.state.value
    if said.state is SlotState.DONE:
        slot.done_at = at
    return released
