"""Gates (条件待ち) as rows: which one an envelope waits at, who may open it, what opened it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from domain.absences import NoDeputy
from domain.ids import read_id
from domain.kinds import ActKind, EnvelopeState, Role
from domain.refusals import Words
from domain.stages import (
    MAX_RESOLUTION_CHARACTERS,
    OPENING_ROLES,
    Opener,
    Resolution,
    opener_of,
)
from storage import absences
from storage.followers import (
    all_in_charge,
    followed_by,
    follower,
    holders,
    in_charge,
    last_successor,
    orphans,
)
from storage.senders import deciding_for
from storage.tables import Absence, Act, Envelope, Member, Stage


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


def may_open(session: Session, stage: Stage, member: Member, at: datetime) -> bool:
    """Whether a member may at that moment, himself or instead of somebody absent."""
    himself = may_himself(session, stage, member)
    return himself or instead_of(session, stage, member, at) is not None


def may_himself(session: Session, stage: Stage, member: Member) -> bool:
    """Whether a member is the one who was named or took over from him, or has the role that was.
    Where who was named has left and nobody took over, every administrator may: nothing else would
    ever open it."""
    opener = opener_of(stage.gate_opener or "")
    if opener is None or not member.active:
        return False
    if opener.member_id is not None:
        return member.id in {one.id for one in named_for(session, stage, member.organisation_id)}
    return opener.role is not None and opener.role.value in member.roles


def instead_of(session: Session, stage: Stage, member: Member, at: datetime) -> Absence | None:
    """The absence by which a member opens the gate as a deputy; None for whoever may himself, and
    for whoever may not."""
    if may_himself(session, stage, member):
        return None
    absence = absence_at(session, stage, at)
    if absence is None:
        return None
    deputy = deputy_for(session, stage, absence, at)
    return absence if isinstance(deputy, Member) and deputy.id == member.id else None


def absence_at(session: Session, stage: Stage, at: datetime) -> Absence | None:
    """The absence of who was named, or took over from him, at that moment; None where he is here,
    and where others may open it besides him."""
    opener = opener_of(stage.gate_opener or "")
    named = session.get(Member, opener.member_id) if opener and opener.member_id else None
    if named is None:
        return None
    absent = last_successor(session, named)
    return absences.of_moment(session, absent, at) if absent.active else None


def deputy_for(session: Session, stage: Stage, absence: Absence, at: datetime) -> Member | Words:
    """Who may open it instead of whom the absence is of, or why nobody may. Nobody
    is by whom the envelope was drawn up, sent or corrected, or who follows it up."""
    envelope = session.get_one(Envelope, stage.envelope_id)
    deputy = absences.deputy_on(
        session, absence, absences.day_of(session, absence.organisation_id, at)
    )
    if isinstance(deputy, Words):
        return deputy
    if deputy.id in deciding_for(session, envelope):
        return NoDeputy.SENDER
    opens = any(role.value in deputy.roles for role in OPENING_ROLES)
    return deputy if opens else NoDeputy.NO_ROLE


def not_held(session: Session, absence: Absence, at: datetime) -> Sequence[tuple[Envelope, Words]]:
    """Envelopes that wait at a gate which only somebody absent may open, with why nobody may
    instead of him."""
    member = session.get_one(Member, absence.member_id)
    words = [Opener(member_id=one).word for one in followed_by(session, member)]
    rows = session.execute(
        select(Stage, Envelope)
        .join(Envelope, Envelope.id == Stage.envelope_id)
        .where(*_waits(member, at), Stage.gate_opener.in_(words))
    )
    judged = ((envelope, deputy_for(session, stage, absence, at)) for stage, envelope in rows)
    return [(envelope, why) for envelope, why in judged if isinstance(why, Words)]


def named_for(session: Session, stage: Stage, organisation_id: UUID) -> Sequence[Member]:
    """Who stands for the member who was named; nobody where a role was."""
    opener = opener_of(stage.gate_opener or "")
    named = session.get(Member, opener.member_id) if opener and opener.member_id else None
    if named is None or named.organisation_id != organisation_id:
        return []
    return all_in_charge(session, named)


def opening_members(
    session: Session, stage: Stage, envelope: Envelope, at: datetime
) -> Sequence[Member]:
    """Who is told that a gate waits: who was named, and while he is absent his deputy; who follows
    the envelope up, if he has the role that was and is here, else everybody who has it. Where there
    is nobody, who follows it up."""
    if named := named_for(session, stage, envelope.organisation_id):
        return [*named, *_deputy_at(session, stage, at)]
    following = follower(session, envelope)
    opener = opener_of(stage.gate_opener or "")
    if opener is None or opener.role is None or _is_told_alone(session, following, opener.role, at):
        return [following]
    return holders(session, envelope.organisation_id, opener.role) or [following]


def _deputy_at(session: Session, stage: Stage, at: datetime) -> Sequence[Member]:
    absence = absence_at(session, stage, at)
    deputy = deputy_for(session, stage, absence, at) if absence is not None else None
    return [deputy] if isinstance(deputy, Member) else []


def _is_told_alone(session: Session, following: Member, role: Role, at: datetime) -> bool:
    """Who follows the envelope up opens a gate that his role may, unless he is absent."""
    has_it = following.active and role.value in following.roles
    return has_it and absences.of_moment(session, following, at) is None


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
    instead = [Opener(member_id=one).word for one in _instead_of(session, member, now)]
    waits = _waits(member, now)
    words = [*himself, *instead, *(Opener(role=role).word for role in roles)]
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
            if opener == word and _is_told(session, member, sender, role, now)
        ]
        by_role.append(and_(Stage.gate_opener == word, Envelope.created_by.in_(senders)))
    as_deputy = Stage.id.in_(_as_deputy(session, member, waits, instead))
    return (*waits, or_(Stage.gate_opener.in_(himself), as_deputy, *by_role))


def _instead_of(session: Session, member: Member, now: datetime) -> Sequence[UUID]:
    """Whose gates he opens as a deputy: of who is absent, and of those whom that one took over
    from."""
    absent = absences.stood_in_for(session, member, now)
    return [one for row in absent for one in followed_by(session, row)]


def _as_deputy(
    session: Session, member: Member, waits: Sequence[ColumnElement[bool]], words: Sequence[str]
) -> Sequence[UUID]:
    """Of the gates that he would open instead of somebody: those of others' envelopes."""
    rows = session.execute(
        select(Stage.id, Envelope)
        .join(Envelope, Envelope.id == Stage.envelope_id)
        .where(*waits, Stage.gate_opener.in_(words))
    )
    return [key for key, envelope in rows if member.id not in deciding_for(session, envelope)]


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


def _is_told(session: Session, member: Member, sender_id: UUID, role: Role, now: datetime) -> bool:
    """Of a gate that a role opens: who follows the envelope up, or, if he has not that role or is
    absent, everybody who has it."""
    following = in_charge(session, session.get_one(Member, sender_id))
    return following.id == member.id or not _is_told_alone(session, following, role, now)


def evidence_of(
    session: Session, stage: Stage, resolution: Resolution, member: Member, at: datetime
) -> dict[str, str]:
    """What an opening's evidence keeps; of a deputy's, by which absence he opened it."""
    absence = instead_of(session, stage, member, at)
    return {
        "stage_id": str(stage.id),
        "resolution_number": resolution.number,
        "resolution_date": resolution.day.isoformat(),
        **({"absence_id": str(absence.id)} if absence is not None else {}),
    }


def absence_of(session: Session, act: Act) -> Absence | None:
    """The absence by which a deputy opened a gate; None where its opener did himself."""
    absence_id = read_id(act.evidence.get("absence_id"))
    return session.get(Absence, absence_id) if absence_id is not None else None


def is_evident(session: Session, stage: Stage, member: Member, act: Act) -> bool:
    """Whether the act's evidence says truly whether, and by which absence, a deputy opened it."""
    absence = instead_of(session, stage, member, act.posted_at)
    return read_id(act.evidence.get("absence_id")) == (absence.id if absence else None)


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
