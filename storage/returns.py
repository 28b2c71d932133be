"""How far somebody may send an envelope back: earlier stages past which nobody has signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kinds import SlotKind, SlotState
from storage.tables import Act, Envelope, Participant, Slot, SlotCandidate, Stage

EVIDENCE = "stage_id"
"""Name, in an act's evidence, of the stage that it is sent back to."""
_SIGNED = frozenset({SlotState.ACTED.value, SlotState.DONE.value})


@dataclass(frozen=True)
class Target:
    """An earlier stage, its number on pages (from 1), and who is asked there."""

    stage: Stage
    people: tuple[Participant, ...]

    @property
    def number(self) -> int:
        """As the picture of the route counts."""
        return self.stage.position + 1


def targets(session: Session, envelope: Envelope, slot: Slot) -> tuple[Target, ...]:
    """The nearest first. What the route decides may differ a moment later; it says so."""
    own = session.get_one(Stage, slot.stage_id)
    stages = session.scalars(
        select(Stage)
        .where(
            Stage.envelope_id == envelope.id,
            Stage.version == envelope.version,
            Stage.position <= own.position,
            Stage.opened_at.is_not(None),
        )
        .order_by(Stage.position.desc())
    ).all()
    found: list[Target] = []
    for stage in stages:
        slots = session.scalars(select(Slot).where(Slot.stage_id == stage.id)).all()
        if any(row.kind == SlotKind.SIGN and row.state in _SIGNED for row in slots):
            break
        if stage.id != own.id and stage.gate_opener is None:
            found.append(Target(stage, _people(session, slots)))
    return tuple(found)


def _people(session: Session, slots: Sequence[Slot]) -> tuple[Participant, ...]:
    rows = session.scalars(
        select(Participant)
        .join(SlotCandidate, SlotCandidate.participant_id == Participant.id)
        .where(
            SlotCandidate.slot_id.in_([slot.id for slot in slots]), Participant.left_at.is_(None)
        )
        .order_by(Participant.position)
    )
    return tuple(dict.fromkeys(rows))


def returned_by(session: Session, slot: Slot | None) -> Act | None:
    """The sending back for which the place is asked anew, if it is."""
    stage = session.get_one(Stage, slot.stage_id) if slot is not None else None
    return session.get(Act, stage.returned_by) if stage and stage.returned_by else None


def is_addressed(session: Session, act: Act, participant_id: UUID) -> bool:
    """Whether it was sent back to somebody's own stage: he reads why."""
    stage_id = act.evidence.get(EVIDENCE)
    if stage_id is None:
        return False
    found = session.scalar(
        select(SlotCandidate.slot_id)
        .join(Slot, Slot.id == SlotCandidate.slot_id)
        .join(Stage, Stage.id == Slot.stage_id)
        .where(
            SlotCandidate.participant_id == participant_id,
            Stage.returned_by == act.id,
            Stage.position == _position_of(session, UUID(str(stage_id))),
        )
        .limit(1)
    )
    return found is not None


def _position_of(session: Session, stage_id: UUID) -> int | None:
    stage = session.get(Stage, stage_id)
    return stage.position if stage is not None else None


def stage_of(session: Session, act: Act) -> int | None:
    """The number on pages of the stage that it was sent back to; None where to the sender."""
    stage_id = act.evidence.get(EVIDENCE)
    position = _position_of(session, UUID(str(stage_id))) if stage_id else None
    return position + 1 if position is not None else None
