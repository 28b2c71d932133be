"""The route as rows, read for the workflow."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kinds import EnvelopeState, SlotKind, StageRule
from domain.messages import EnvelopePlan, SlotPlan, StagePlan
from domain.refusals import Refusal, RefusalCode
from storage.tables import Envelope, Organisation, Slot, SlotCandidate, Stage

UNDER_WAY = frozenset({EnvelopeState.SENDING, EnvelopeState.RUNNING})


def plan_of(session: Session, envelope: Envelope) -> EnvelopePlan:
    """The plan of the current version. Raises Refusal NOT_ALLOWED, ENVELOPE_ENDED or NO_SIGNER."""
    state = EnvelopeState(envelope.state)
    if state not in UNDER_WAY or envelope.deadline_at is None:
        draft = state is EnvelopeState.DRAFT
        raise Refusal(RefusalCode.NOT_ALLOWED if draft else RefusalCode.ENVELOPE_ENDED)
    stages = _stages(session, envelope)
    if not stages:
        raise Refusal(RefusalCode.NO_SIGNER)
    organisation = session.get_one(Organisation, envelope.organisation_id)
    return EnvelopePlan(
        envelope_id=envelope.id,
        version=envelope.version,
        stages=stages,
        deadline_at=envelope.deadline_at,
        reminder_days=tuple(int(day) for day in envelope.reminder_days),
        zone=organisation.zone,
    )


def _stages(session: Session, envelope: Envelope) -> tuple[StagePlan, ...]:
    stages = session.scalars(
        select(Stage)
        .where(Stage.envelope_id == envelope.id, Stage.version == envelope.version)
        .order_by(Stage.position)
    ).all()
    return tuple(
        StagePlan(
            stage_id=stage.id,
            rule=StageRule(stage.rule),
            need=stage.need,
            slots=_slots(session, stage),
        )
        for stage in stages
    )


def _slots(session: Session, stage: Stage) -> tuple[SlotPlan, ...]:
    rows = session.execute(
        select(Slot, SlotCandidate.participant_id)
        .join(SlotCandidate, SlotCandidate.slot_id == Slot.id)
        .where(Slot.stage_id == stage.id)
        .order_by(Slot.position, SlotCandidate.participant_id)
    )
    slots: dict[UUID, Slot] = {}
    people: dict[UUID, list[UUID]] = defaultdict(list)
    for slot, participant_id in rows:
        slots[slot.id] = slot
        people[slot.id].append(participant_id)
    return tuple(
        SlotPlan(slot_id=slot.id, kind=SlotKind(slot.kind), participant_ids=tuple(people[slot.id]))
        for slot in slots.values()
    )
