"""Gates (条件待ち) as rows: which one an envelope waits at, who may open it, what opened it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from domain.kinds import ActKind, EnvelopeState, Role
from domain.stages import (
    MAX_RESOLUTION_CHARACTERS,
    OPENING_ROLES,
    Opener,
    Resolution,
    opener_of,
)
from storage.followers import all_in_charge, followed_by, follower, holders, in_charge, orphans
from storage.tables import Act, Envelope, Member, Stage


def waiting_gates(session: Session, ids: Iterable[UUID]) -> dict[UUID, Stage]:
    """The gates that these envelopes have come to and that nobody has opened, by envelope."""
    rows = session.scalars(
        select(Stage)
        .join(Envelope, Envelope.id == Stage.envelope_id)
        .where(
            Stage.envelope_id.in_(list(ids)),
            Stage.version == Envelope.version,
            Stage.gate_opener.is_not(None),
            Stage.opened_at.is_not(None),
            Stage.gate_act_id.is_(None),
        )
    )
    return {stage.envelope_id: stage for stage in rows}


def waiting_gate(session: Session, envelope: Envelope) -> Stage | None:
    """The same, of one envelope."""
    return waiting_gates(session, [envelope.id]).get(envelope.id)


def may_open(session: Session, stage: Stage, member: Member) -> bool:
    """Whether a member is the one who was named or took over from him, or has the role that was.
    Where who was named has left and nobody took over, every administrator may: nothing else would
    ever open it."""
    opener = opener_of(stage.gate_opener or "")
    if opener is None or not member.active:
        return False
    if opener.member_id is not None:
        return member.id in {one.id for one in named_for(session, stage, member.organisation_id)}
    return opener.role is not None and opener.role.value in member.roles


def named_for(session: Session, stage: Stage, organisation_id: UUID) -> Sequence[Member]:
    """Who stands for the member who was named; nobody where a role was."""
    opener = opener_of(stage.gate_opener or "")
    named = session.get(Member, opener.member_id) if opener and opener.member_id else None
    if named is None or named.organisation_id != organisation_id:
        return []
    return all_in_charge(session, named)


def opening_members(session: Session, stage: Stage, envelope: Envelope) -> Sequence[Member]:
    """Who is told that a gate waits: who was named; who follows the envelope up, if he has the role
    that was, else everybody who has it. Where there is nobody, who follows it up."""
    if named := named_for(session, stage, envelope.organisation_id):
        return named
    following = follower(session, envelope)
    opener = opener_of(stage.gate_opener or "")
    if opener is None or opener.role is None or may_open(session, stage, following):
        return [following]
    return holders(session, envelope.organisation_id, opener.role) or [following]


def waiting_for(
    session: Session, member: Member, now: datetime
) -> tuple[ColumnElement[bool], ...] | None:
    """Conditions on stages and their envelopes: gates that wait now and of which this member is
    told (`opening_members`), as somebody who may open them. None where there are none, which costs
    one look at an index."""
    roles = [role for role in OPENING_ROLES if role.value in member.roles]
    if not roles or not member.active:
        return None
    himself = [Opener(member_id=one).word for one in _stands_for(session, member)]
    waits = _waits(member, now)
    words = [*himself, *(Opener(role=role).word for role in roles)]
    found = session.execute(
        select(Stage.gate_opener, Envelope.created_by)
        .join(Envelope, Envelope.id == Stage.envelope_id)
        .where(*waits, Stage.gate_opener.in_(words))
        .distinct()
    ).all()
    if not found:
        return None
    by_role = []
    for role in roles:
        word = Opener(role=role).word
        senders = [
            sender
            for opener, sender in found
            if opener == word and _is_told(session, member, sender, role)
        ]
        by_role.append(and_(Stage.gate_opener == word, Envelope.created_by.in_(senders)))
    return (*waits, or_(Stage.gate_opener.in_(himself), *by_role))


def _stands_for(session: Session, member: Member) -> Sequence[UUID]:
    """Whose gates he opens, having been named himself or instead of somebody who has left."""
    others = orphans(session, member.organisation_id) if Role.ADMIN.value in member.roles else ()
    return (*followed_by(session, member), *others)


def _waits(member: Member, now: datetime) -> tuple[ColumnElement[bool], ...]:
    deadline = func.coalesce(Stage.deadline_at, Envelope.deadline_at)
    return (
        # Not by an index of envelopes: few stages are gates that wait, and most envelopes run.
        func.coalesce(Envelope.organisation_id, None) == member.organisation_id,
        func.coalesce(Envelope.state, None) == EnvelopeState.RUNNING.value,
        Stage.version == Envelope.version,
        Stage.gate_opener.is_not(None),
        Stage.opened_at.is_not(None),
        Stage.gate_act_id.is_(None),
        or_(deadline.is_(None), deadline >= now),
    )


def _is_told(session: Session, member: Member, sender_id: UUID, role: Role) -> bool:
    """Of a gate that a role opens: who follows the envelope up, or, if he has not that role,
    everybody who has it."""
    following = in_charge(session, session.get_one(Member, sender_id))
    has_it = following.active and role.value in following.roles
    return not has_it or following.id == member.id


def evidence_of(stage_id: UUID, resolution: Resolution) -> dict[str, str]:
    """What an opening's evidence keeps."""
    return {
        "stage_id": str(stage_id),
        "resolution_number": resolution.number,
        "resolution_date": resolution.day.isoformat(),
    }


def resolution_of(evidence: Mapping[str, Any]) -> Resolution | None:
    """The resolution inside an act's evidence; None if it is missing or no resolution."""
    number = str(evidence.get("resolution_number") or "")
    try:
        day = date.fromisoformat(str(evidence.get("resolution_date")))
    except ValueError:
        return None
    good = 0 < len(number) <= MAX_RESOLUTION_CHARACTERS
    return Resolution(number, day) if good else None


def is_open(session: Session, stage: Stage) -> bool:
    """Whether an accepted act opened the gate; the column alone is not believed."""
    act = session.get(Act, stage.gate_act_id) if stage.gate_act_id else None
    return (
        act is not None
        and act.envelope_id == stage.envelope_id
        and act.version == stage.version
        and act.kind == ActKind.OPEN_GATE.value
        and act.accepted is True
        and act.evidence.get("stage_id") == str(stage.id)
    )


def closed_before(session: Session, stage: Stage) -> bool:
    """Whether a gate that comes before the stage is not open."""
    gates = session.scalars(
        select(Stage).where(
            Stage.envelope_id == stage.envelope_id,
            Stage.version == stage.version,
            Stage.position < stage.position,
            Stage.gate_opener.is_not(None),
        )
    )
    return not all(is_open(session, gate) for gate in gates)
