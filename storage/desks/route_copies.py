"""Stages and slots that take the place of others: after a correction, and after a sending back."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from domain.kinds import SlotState
from storage.tables import Base, Envelope, Participant, Slot, SlotCandidate, Stage

_UNFILLED = (SlotState.WAITING.value, SlotState.ASKED.value)
_NOT_COPIED_STAGE = frozenset(
    {
        "id",
        "version",
        "opened_at",
        "deadline_at",
        "gate_act_id",
        "returned_by",
        "ended_by",
    }
)
"""A gate is entered anew: what was resolved was about what had been read and approved before."""
_NOT_COPIED_SLOT = frozenset(
    {"id", "stage_id", "state", "participant_id", "asked_at", "acted_at", "done_at"}
)


def copied(
    session: Session,
    envelope: Envelope,
    stages: Iterable[Stage],
    *,
    version: int,
    returned_by: UUID | None = None,
) -> dict[UUID, Slot]:
    """The same stages and slots, all of them waiting again; by the id of the slot before."""
    heirs = _heirs(session, envelope)
    found: dict[UUID, Slot] = {}
    for stage in stages:
        values = columns(stage, _NOT_COPIED_STAGE)
        copy = Stage(**values, version=version, returned_by=returned_by)
        session.add(copy)
        session.flush()
        for slot in session.scalars(select(Slot).where(Slot.stage_id == stage.id)).all():
            found[slot.id] = _copy_slot(session, slot, copy, heirs)
    return found


def _copy_slot(session: Session, slot: Slot, stage: Stage, heirs: Mapping[UUID, UUID]) -> Slot:
    people = session.scalars(
        select(SlotCandidate.participant_id).where(SlotCandidate.slot_id == slot.id)
    ).all()
    named = dict.fromkeys(heirs.get(person, person) for person in people)
    copy = Slot(**columns(slot, _NOT_COPIED_SLOT), stage_id=stage.id)
    # Meant for one person; where several may fill it, the act binds it again.
    copy.participant_id = next(iter(named)) if len(named) == 1 else None
    session.add(copy)
    session.flush()
    for person in named:
        session.add(SlotCandidate(slot_id=copy.id, participant_id=person))
    return copy


def _heirs(session: Session, envelope: Envelope) -> dict[UUID, UUID]:
    """For everyone who has left, the person who takes part in his stead now."""
    people = session.scalars(
        select(Participant).where(Participant.envelope_id == envelope.id)
    ).all()
    after = {row.predecessor_id: row.id for row in people if row.predecessor_id is not None}
    heirs: dict[UUID, UUID] = {}
    for row in people:
        heir, seen = row.id, {row.id}
        while heir in after and after[heir] not in seen:
            heir = after[heir]
            seen.add(heir)
        if heir != row.id and row.left_at is not None:
            heirs[row.id] = heir
    return heirs


def close(session: Session, slots: Iterable[UUID]) -> None:
    """Whoever was still asked in the places of before is no longer."""
    for slot in session.scalars(select(Slot).where(Slot.id.in_(list(slots)))):
        if slot.state in _UNFILLED:
            slot.state = SlotState.RELEASED.value
    session.flush()


def columns(row: Base, without: frozenset[str]) -> dict[str, object]:
    """A row's values for its copy: columns that come later are copied too."""
    return {
        column.key: getattr(row, column.key)
        for column in inspect(type(row)).column_attrs
        if column.key not in without
    }
