"""Whether an act's evidence proves that this person did this on these bytes.

One judgement for the route's facts and for the signing worker, which trusts no message and looks
again before the key is used.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evidence import person_sha256
from domain.ids import read_id
from domain.kinds import MEMBER_ACTS, ActKind, HandoverPolicy, LinkPurpose, PartyKind
from domain.limits import MEMBER_ABSOLUTE, SIGNER_ABSOLUTE
from domain.permissions import allowed
from domain.refusals import RefusalCode
from storage import (
    consents,
    corrections,
    deputies,
    deputy_limits,
    factors,
    fresh_links,
    gates,
    handovers,
    mandates,
    own_side,
    readdressing,
)
from storage.desks.rows import current_version_sha256
from storage.tables import (
    Act,
    Envelope,
    Link,
    LoginSession,
    Member,
    Participant,
    Party,
    Slot,
    Stage,
    Visit,
)
from storage.tables import SlotCandidate as Candidate

_STEERING = "envelope.steer"
_HASH_CHARACTERS = 64


def objection(session: Session, act: Act, envelope: Envelope) -> RefusalCode | None:
    """Why the rows alone say no to an act of this envelope, or None."""
    if act.kind == ActKind.FRESH_LINK:
        return fresh_links.objection(session, act, envelope)
    if act.kind == ActKind.DEPUTISE:
        return deputies.objection(session, act, envelope)
    if ActKind(act.kind) in MEMBER_ACTS:
        return _member_objection(session, act, envelope)
    return _visitor_objection(session, act, envelope)


def is_genuine(session: Session, act: Act, envelope: Envelope) -> bool:
    """Whether it is this person's own act, whatever became of the envelope since: an act changes
    versions, addresses and links itself."""
    if act.kind == ActKind.FRESH_LINK:
        problem = fresh_links.objection(session, act, envelope)
        return problem in {None, RefusalCode.VERSION_REPLACED}
    if act.kind == ActKind.DEPUTISE:
        return deputies.is_genuine(session, act, envelope)
    if ActKind(act.kind) in MEMBER_ACTS:
        member = session.get(Member, act.member_id) if act.member_id else None
        if member is None or member.organisation_id != envelope.organisation_id:
            return False
        return _login_proves(session, act, member)
    return _visit_proves(session, act, envelope) and _is_same_person(session, act)


def _visitor_objection(session: Session, act: Act, envelope: Envelope) -> RefusalCode | None:
    if not is_genuine(session, act, envelope):
        return RefusalCode.EVIDENCE_INCOMPLETE
    if len(act.values_sha256) != _HASH_CHARACTERS or not act.nonce:
        return RefusalCode.EVIDENCE_INCOMPLETE
    if act.version != envelope.version:
        return RefusalCode.VERSION_REPLACED
    if act.version_sha256 != current_version_sha256(session, envelope):
        return RefusalCode.VERSION_REPLACED
    participant = session.get_one(Participant, act.participant_id)
    if deputy_limits.is_closed_to(session, participant, act.posted_at):
        return RefusalCode.NO_LONGER_NEEDED
    return (
        _handover_objection(session, act)
        or consents.objection(session, act, envelope)
        or mandates.objection(session, act, envelope)
    )


def _handover_objection(session: Session, act: Act) -> RefusalCode | None:
    """Whether he may name somebody else, or must."""
    participant = session.get_one(Participant, act.participant_id)
    if act.kind == ActKind.HAND_OVER:
        successor = handovers.successor_of(act.evidence)
        if successor is None or evidence_id(act.evidence, "successor_id") is None:
            return RefusalCode.EVIDENCE_INCOMPLETE
        return handovers.objection(session, participant, successor, act.id)
    if act.kind == ActKind.SEND_BACK:
        party = session.get_one(Party, participant.party_id)
        return None if party.kind == PartyKind.OWN else RefusalCode.NOT_ALLOWED
    if act.kind != ActKind.DECLINE and participant.handover == HandoverPolicy.DEMANDED:
        return RefusalCode.HANDOVER_DEMANDED
    return None


def person_of(session: Session, act: Act) -> str:
    """Hash over who the act's person is, by the rows of now: the evidence holds that of then."""
    person = session.get_one(Participant, act.participant_id)
    return person_sha256(act.nonce, person.name, person.mail, person.company)


def is_candidate(session: Session, act: Act, slot: Slot) -> bool:
    """Whether the act's person may fill the slot."""
    found = session.scalar(
        select(Candidate.participant_id).where(
            Candidate.slot_id == slot.id, Candidate.participant_id == act.participant_id
        )
    )
    return found is not None


def evidence_id(evidence: Mapping[str, Any], name: str) -> UUID | None:
    """An id inside the evidence; None if it is missing or no id."""
    return read_id(evidence.get(name))


def evidence_time(evidence: Mapping[str, Any], name: str) -> datetime | None:
    """An aware time inside the evidence; None if it is missing or no time."""
    try:
        moment = datetime.fromisoformat(str(evidence.get(name)))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _is_same_person(session: Session, act: Act) -> bool:
    return bool(act.evidence.get("person_sha256") == person_of(session, act))


def _visit_proves(session: Session, act: Act, envelope: Envelope) -> bool:
    participant = session.get(Participant, act.participant_id) if act.participant_id else None
    if participant is None or participant.envelope_id != envelope.id:
        return False
    if _had_left(session, participant, act):
        return False
    return _opened_and_proved(session, act, envelope, participant)


def _opened_and_proved(
    session: Session, act: Act, envelope: Envelope, participant: Participant
) -> bool:
    visit_id = evidence_id(act.evidence, "visit_id")
    visit = session.get(Visit, visit_id) if visit_id else None
    if visit is None or visit.participant_id != participant.id or not act.evidence.get("method"):
        return False
    if not visit.opened_at <= act.posted_at <= visit.opened_at + SIGNER_ABSOLUTE:
        return False
    if visit.ended_at is not None and visit.ended_at < act.posted_at:
        return False
    link = session.get(Link, visit.link_id)
    if link is None or link.participant_id != participant.id or not _alive(link, visit, act):
        return False
    if visit.login_id is not None and not _own_login(session, visit, act, participant, envelope):
        return False
    return factors.prove(session, act, envelope, visit, participant)


def _own_login(
    session: Session, visit: Visit, act: Act, participant: Participant, envelope: Envelope
) -> bool:
    """A visit that a login opened: by the member who is asked, of the organisation that sent."""
    member = session.get(Member, login.member_id) if (login := _login_of(session, act)) else None
    if login is None or member is None or login.id != visit.login_id:
        return False
    asked = participant.member_id or (
        member.id if member.mail.lower() == participant.mail.lower() else None
    )
    own = session.get_one(Party, participant.party_id).kind == PartyKind.OWN
    same = member.id == asked and member.organisation_id == envelope.organisation_id
    return own and same and _login_proves(session, act, member)


def _login_of(session: Session, act: Act) -> LoginSession | None:
    login_id = evidence_id(act.evidence, "session_id")
    return session.get(LoginSession, login_id) if login_id else None


def _had_left(session: Session, participant: Participant, act: Act) -> bool:
    """Whether he was no member any more when he posted, and acted as one."""
    member = own_side.member_behind(session, participant)
    if member is None or member.active:
        return False
    return member.retired_at is None or act.posted_at > member.retired_at


def _alive(link: Link, visit: Visit, act: Act) -> bool:
    """The link's generation that was opened was neither replaced nor revoked at the POST."""
    if link.purpose != LinkPurpose.ACT or visit.generation > link.generation:
        return False
    if visit.generation < link.generation:
        return act.posted_at < link.issued_at
    return link.revoked_at is None or act.posted_at <= link.revoked_at


def _member_objection(session: Session, act: Act, envelope: Envelope) -> RefusalCode | None:
    """A sender's acts agree to no content, so they need no hash of what was read."""
    member = session.get(Member, act.member_id) if act.member_id else None
    if member is None or act.participant_id is not None:
        return RefusalCode.NOT_ALLOWED
    if member.organisation_id != envelope.organisation_id or not member.active:
        return RefusalCode.NOT_ALLOWED
    if not _may_steer(session, act, envelope, member):
        return RefusalCode.NOT_ALLOWED
    if act.version != envelope.version:
        return RefusalCode.VERSION_REPLACED
    if not _login_proves(session, act, member):
        return RefusalCode.EVIDENCE_INCOMPLETE
    return _aim_objection(session, act, envelope)


def _aim_objection(session: Session, act: Act, envelope: Envelope) -> RefusalCode | None:
    """Of what the act is about, as rows stand now."""
    if act.kind == ActKind.READDRESS:
        return _address_objection(session, act, envelope)
    return corrections.objection(session, act, envelope) if act.kind == ActKind.CORRECT else None


def _may_steer(session: Session, act: Act, envelope: Envelope, member: Member) -> bool:
    if act.kind == ActKind.OPEN_GATE:
        return _may_open(session, act, envelope, member)
    return allowed(member.roles, _STEERING)


def _may_open(session: Session, act: Act, envelope: Envelope, member: Member) -> bool:
    """Only who was named for a gate opens it, or his deputy, and says by which resolution."""
    stage_id = evidence_id(act.evidence, "stage_id")
    stage = session.get(Stage, stage_id) if stage_id else None
    return (
        stage is not None
        and stage.envelope_id == envelope.id
        and gates.may_open(session, stage, member, act.posted_at)
        and gates.is_evident(session, stage, member, act)
        and gates.resolution_of(act.evidence) is not None
    )


def _address_objection(session: Session, act: Act, envelope: Envelope) -> RefusalCode | None:
    mail = readdressing.address_of(act.evidence)
    slot_id = evidence_id(act.evidence, "target_slot_id")
    about_id = evidence_id(act.evidence, "about_id")
    if mail is None or (slot_id is None and about_id is None):
        return RefusalCode.EVIDENCE_INCOMPLETE
    person = readdressing.named(session, envelope, slot_id, about_id)
    number = readdressing.number_of(act.evidence)
    return readdressing.objection(session, envelope, person, mail, number)


def _login_proves(session: Session, act: Act, member: Member) -> bool:
    login = _login_of(session, act)
    if login is None or login.member_id != member.id or not act.nonce:
        return False
    if not login.created_at <= act.posted_at <= login.created_at + MEMBER_ABSOLUTE:
        return False
    if login.ended_at is not None and login.ended_at < act.posted_at:
        return False
    # Who sets his app or passkey up afterwards had none when his act was accepted.
    return act.accepted or not member.has_factor or login.second_factor_at is not None
