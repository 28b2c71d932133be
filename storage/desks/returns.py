"""A sending back to a stage is carried out: new places take that of those from there on.

The stages of before, their slots and acts stay as they were, outside of every version's route.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import FILLING_ACTS, ActKind, SlotKind, SlotState
from domain.messages import EnvelopePlan
from domain.refusals import Refusal, RefusalCode
from storage import attachments, filling, ledger
from storage.database import Database
from storage.desks import proof, route_copies
from storage.desks.plan import plan_of
from storage.desks.rows import actor_of, locked_envelope, now
from storage.tables import Act, Envelope, Field, Slot, Stage
from storage.vault import Vault

_SIGNED = (SlotState.ACTED.value, SlotState.DONE.value)


class StoredReturnDesk:
    """domain.ports.returns.ReturnDesk on the tables."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def begin_round(self, envelope_id: UUID, act_id: UUID) -> EnvelopePlan:
        """Ask the stages anew and return the plan; a repeated step only returns it.

        Raises Refusal UNKNOWN_ACT or NOT_ALLOWED unless the act is an accepted sending back of the
        current version to a stage past which nobody has signed.
        """
        with self._database.transaction() as session:
            envelope = locked_envelope(session, envelope_id)
            done = session.scalar(
                select(Stage.id)
                .where(Stage.envelope_id == envelope.id, Stage.returned_by == act_id)
                .limit(1)
            )
            if done is None:
                act = _accepted(session, envelope, act_id)
                _begin(session, self._vault, envelope, act, now())
            session.flush()
            return plan_of(session, envelope)


def _accepted(session: Session, envelope: Envelope, act_id: UUID) -> Act:
    act = session.get(Act, act_id)
    if act is None or act.envelope_id != envelope.id:
        raise Refusal(RefusalCode.UNKNOWN_ACT)
    right = act.kind == ActKind.SEND_BACK and act.accepted is True
    if not right or act.version != envelope.version:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    return act


def _begin(session: Session, vault: Vault, envelope: Envelope, act: Act, at: datetime) -> None:
    opened = _opened(session, envelope)
    target = proof.evidence_id(act.evidence, "stage_id")
    ids = [stage.id for stage in opened]
    if target is None or target not in ids:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    before, again = opened[: ids.index(target)], opened[ids.index(target) :]
    if _are_signed(session, again):
        raise Refusal(RefusalCode.NOT_ALLOWED)
    kept, undone = _acts_in(session, before), _acts_in(session, again)
    _step_aside(session, envelope, again, act)
    slots = route_copies.copied(
        session, envelope, again, version=envelope.version, returned_by=act.id
    )
    _carry(session, vault, envelope, slots, at)
    route_copies.close(session, slots)
    envelope.changed_at, envelope.next_reminder_at = at, None
    session.flush()
    ledger.append(
        session,
        Event.STAGES_REOPENED,
        at=at,
        actor=actor_of(act),
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data={
            "act": act.id,
            "version": envelope.version,
            "positions": [stage.position for stage in again],
            "undone": [str(row) for row in undone],
            "kept": [str(row) for row in kept],
        },
        once=f"reopened:{act.id}",
    )


def _carry(
    session: Session, vault: Vault, envelope: Envelope, slots: Mapping[UUID, Slot], at: datetime
) -> None:
    """Fields go with their place, and with them what their people have typed and attached."""
    for row in session.scalars(select(Field).where(Field.slot_id.in_(list(slots)))):
        row.slot_id = slots[row.slot_id].id
    session.flush()
    for slot_id, onto in slots.items():
        filling.carry(session, vault, envelope, session.get_one(Slot, slot_id), onto, at)
        attachments.carry(session, vault, slot_id, onto.id)


def _opened(session: Session, envelope: Envelope) -> Sequence[Stage]:
    return session.scalars(
        select(Stage)
        .where(
            Stage.envelope_id == envelope.id,
            Stage.version == envelope.version,
            Stage.opened_at.is_not(None),
        )
        .order_by(Stage.position)
    ).all()


def _are_signed(session: Session, stages: Sequence[Stage]) -> bool:
    found = session.scalar(
        select(Slot.id)
        .where(
            Slot.stage_id.in_([stage.id for stage in stages]),
            Slot.kind == SlotKind.SIGN.value,
            Slot.state.in_(_SIGNED),
        )
        .limit(1)
    )
    return found is not None


def _acts_in(session: Session, stages: Sequence[Stage]) -> Sequence[UUID]:
    """Accepted acts that filled a place of these stages, or declined it."""
    return session.scalars(
        select(Act.id)
        .join(Slot, Slot.id == Act.slot_id)
        .where(
            Slot.stage_id.in_([stage.id for stage in stages]),
            Act.kind.in_([kind.value for kind in FILLING_ACTS]),
            Act.accepted.is_(True),
        )
        .order_by(Act.answer_order)
    ).all()


def _step_aside(session: Session, envelope: Envelope, stages: Sequence[Stage], act: Act) -> None:
    """Out of the version's route: each time under another number, since positions repeat."""
    least = session.scalar(select(func.min(Stage.version)).where(Stage.envelope_id == envelope.id))
    for stage in stages:
        stage.version, stage.ended_by = min(0, least or 0) - 1, act.id
    session.flush()
