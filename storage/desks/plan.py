"""The route as rows, read for the workflow."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from domain.kinds import ActKind, EnvelopeState, SlotKind, StageRule
from domain.messages import ActFacts, AnsweredAct, EnvelopePlan, SlotPlan, StagePlan
from domain.refusals import Refusal, RefusalCode
from storage import corrections
from storage.desks import authority, proof
from storage.places import deputies_of
from storage.tables import Act, Envelope, Organisation, Slot, SlotCandidate, Stage

UNDER_WAY = frozenset(
    {
        EnvelopeState.SENDING,
        EnvelopeState.RUNNING,
        EnvelopeState.SENT_BACK,
        EnvelopeState.COMPLETING,
    }
)

ENDED_BY_ACT = frozenset({EnvelopeState.WITHDRAWN, EnvelopeState.DECLINED})
"""States that come with the answer to an act, before the end that follows from it."""


def plan_of(session: Session, envelope: Envelope) -> EnvelopePlan:
    """The plan of the current version. Raises Refusal NOT_ALLOWED, ENVELOPE_ENDED (whose end is in
    the rows) or NO_SIGNER."""
    state = EnvelopeState(envelope.state)
    if not (state in UNDER_WAY or _ending(envelope)) or envelope.deadline_at is None:
        draft = state is EnvelopeState.DRAFT
        raise Refusal(RefusalCode.NOT_ALLOWED if draft else RefusalCode.ENVELOPE_ENDED)
    stages = _stages(session, envelope)
    if not stages:
        raise Refusal(RefusalCode.NO_SIGNER)
    organisation = session.get_one(Organisation, envelope.organisation_id)
    opened_at = _opened_at(session, envelope)
    more = _of_correction(session, envelope)
    if _ending(envelope) and not opened_at:
        more["unprepared"] = True  # it ended before anybody was asked, and nobody will be
    return EnvelopePlan(
        envelope_id=envelope.id,
        version=envelope.version,
        stages=stages,
        deadline_at=envelope.deadline_at,
        reminder_days=tuple(int(day) for day in envelope.reminder_days),
        zone=organisation.zone,
        opened_at=opened_at,
        answered=_answered(session, envelope),
        sequence=envelope.projected_sequence,
        deputies=deputies_of(session, envelope.id),
        answered_before=_answered_before(session, envelope),
        **more,
    )


def _ending(envelope: Envelope) -> bool:
    """An act has ended it, and is answered; what follows from that is not in the rows yet."""
    return EnvelopeState(envelope.state) in ENDED_BY_ACT and envelope.ended_at is None


def _of_correction(session: Session, envelope: Envelope) -> dict[str, Any]:
    """What only a corrected version has."""
    correction = corrections.correction_before(session, envelope)
    if correction is None:
        return {}
    halted = envelope.state == EnvelopeState.SENT_BACK and envelope.refusal is not None
    return {
        "corrected_by": correction.act_id,
        "concerned": tuple(UUID(person) for person in correction.concerned),
        "unprepared": halted,
    }


def _answered_before(session: Session, envelope: Envelope) -> int:
    """How many acts were answered on earlier versions, or in places that a sending back ended."""
    last = (
        select(func.max(Act.answer_order))
        .outerjoin(Slot, Slot.id == Act.slot_id)
        .outerjoin(Stage, Stage.id == Slot.stage_id)
        .where(
            Act.envelope_id == envelope.id,
            or_(Act.version < envelope.version, Stage.ended_by.is_not(None)),
        )
    )
    return session.scalar(last) or 0


def _opened_at(session: Session, envelope: Envelope) -> tuple[datetime, ...]:
    opened = session.scalars(
        select(Stage.opened_at)
        .where(
            Stage.envelope_id == envelope.id,
            Stage.version == envelope.version,
            Stage.opened_at.is_not(None),
        )
        .order_by(Stage.position)
    )
    return tuple(moment for moment in opened if moment is not None)


def _answered(session: Session, envelope: Envelope) -> tuple[AnsweredAct, ...]:
    """What an earlier workflow of this version answered, in places that still count."""
    acts = session.scalars(
        select(Act)
        .outerjoin(Slot, Slot.id == Act.slot_id)
        .outerjoin(Stage, Stage.id == Slot.stage_id)
        .where(
            Act.envelope_id == envelope.id,
            Act.version == envelope.version,
            Act.answered_at.is_not(None),
            Stage.ended_by.is_(None),
        )
    )
    return tuple(found for act in acts if (found := answered_of(session, act)) is not None)


def answered_of(session: Session, act: Act) -> AnsweredAct | None:
    """The act with its answer; None where it has none."""
    if act.answered_at is None:
        return None
    return AnsweredAct(
        facts=facts_of(act),
        accepted=act.accepted is True,
        refusal=RefusalCode(act.refusal) if act.refusal else None,
        order=act.answer_order or 0,
        decided_at=act.answered_at,
        carried_out=authority.carried_out(session, act),
    )


def facts_of(act: Act, refusal: RefusalCode | None = None) -> ActFacts:
    """The act as the route sees it."""
    return ActFacts(
        act_id=act.id,
        kind=ActKind(act.kind),
        posted_at=act.posted_at,
        version=act.version,
        slot_id=act.slot_id or proof.evidence_id(act.evidence, "target_slot_id"),
        participant_id=act.participant_id,
        deadline_at=proof.evidence_time(act.evidence, "deadline_at"),
        successor_id=proof.evidence_id(act.evidence, "successor_id"),
        stage_id=proof.evidence_id(act.evidence, "stage_id"),
        about_id=proof.evidence_id(act.evidence, "about_id"),
        refusal=refusal,
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
            gate=stage.gate_opener is not None,
            deadline_days=stage.deadline_days,
            reminder_days=_days(stage.reminder_days),
            returned_by=stage.returned_by,
        )
        for stage in stages
    )


def _days(stored: Sequence[Any] | None) -> tuple[int, ...] | None:
    return None if stored is None else tuple(int(day) for day in stored)


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
