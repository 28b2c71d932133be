"""Acts as rows: what a person posted, with its evidence, before anything is done about it.

The nonce comes from the form: a double click or a repeated POST finds the act that is there.
What rows already say no to is refused here; order and waiting are the workflow's to decide.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import utc_text
from domain.evidence import NOTHING_FILLED, values_sha256
from domain.handovers import Successor
from domain.kinds import (
    ACT_OF_SLOT,
    ENDED,
    IMPORTS,
    MEMBER_ACTS,
    ActKind,
    EnvelopeState,
    HandoverPolicy,
    Language,
    Look,
    PartyKind,
    SlotKind,
)
from domain.limits import MAX_EXTENSION, MAX_NONCE_CHARACTERS, MAX_REASON_CHARACTERS
from domain.member_passkeys import LoginFactor
from domain.messages import ActAnswer
from domain.refusals import Refusal, RefusalCode
from domain.stages import Resolution
from storage import (
    consents,
    corrected_contacts,
    corrections,
    factors,
    gates,
    handovers,
    mandates,
    official_seals,
    readdressing,
    returns,
)
from storage.database import Database
from storage.desks import proof
from storage.filling import Filling, filling_of, freeze
from storage.locks import locked
from storage.shown import ShownDocument, shown_documents, shown_sha256
from storage.standing import Holder, Standing, deadline_of, holder_of, slot_of
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
from storage.vault import Vault
from storage.visits import MAX_ADDRESS_CHARACTERS, MAX_AGENT_CHARACTERS, Caller, Visiting


@dataclass(frozen=True)
class PostedAct:
    """What a form said. `version_sha256` and `filled_sha256` are what its page showed."""

    kind: ActKind
    nonce: str
    version_sha256: str
    caller: Caller
    language: str = "ja"
    reason: str = ""
    filled_sha256: str = NOTHING_FILLED
    """Over the person's own values, look and stamp image; see domain.evidence."""
    target_slot_id: UUID | None = None
    """What a sender's act is about; it fills no slot."""
    about_id: UUID | None = None
    """Which candidate of that slot; None: all of them. Without a slot: a recipient, whose address
    is corrected."""
    deadline_at: datetime | None = None
    """Where an extension moves the deadline."""
    gate_id: UUID | None = None
    """The gate's stage that is opened, by `resolution`."""
    resolution: Resolution | None = None
    successor: Successor | None = None
    """Whom a hand-over names."""
    corrected_sha256: str = ""
    """What the confirmation of a correction showed; see domain.corrections."""
    proofs: tuple[factors.Proven, ...] = ()
    """What the form proved besides the link, for this act."""
    corrected_mail: str = ""
    """Where the request of a person goes whose address is corrected."""
    back_to: UUID | None = None
    """The stage that it is sent back to; None: to the sender."""
    corrected_phone: str = ""
    """E.164 of his mobile number, if that is corrected too, or alone."""
    corrects_contact: bool = False
    """Whether the address book is corrected with it."""


def post_act(
    database: Database, vault: Vault, visiting: Visiting, posted: PostedAct, now: datetime
) -> UUID:
    """Write the act of a link's holder; `now` is the time of the POST. Returns the act's id.

    Raises Refusal: ALREADY_ACTED, NOT_YOUR_TURN, NOT_YOUR_SLOT, ENVELOPE_ENDED, AFTER_DEADLINE,
    VERSION_REPLACED, VALUES_INCOMPLETE, VALUES_CHANGED, FACTOR_MISSING, CONSENT_MISSING,
    NO_MANDATE, SEAL_NOT_ALLOWED, SEAL_NOT_CHOSEN, NOT_ALLOWED (another kind of act, a decline
    without its reason, a nonce that somebody else used); of a sending back NO_EARLIER_STAGE; of a
    hand-over HANDOVER_NOT_ALLOWED, HANDOVER_TOO_OFTEN, ALREADY_ON_ROUTE, OTHER_SIDE,
    DOMAIN_NOT_ALLOWED; HANDOVER_DEMANDED of anything else where it is demanded.
    """
    with database.transaction() as session:
        link = session.get_one(Link, visiting.visit.link_id)
        participant = visiting.holder.participant
        if posted.successor is not None:
            # Two people who name the same third one at the same moment are ordered by this.
            locked(session, Envelope, participant.envelope_id)
        # Two windows of one person are ordered here, before anything is read.
        slot = slot_of(session, participant, visiting.holder.envelope, lock=True)
        known = _known_act(session, posted.nonce)
        if known is not None:
            if known.participant_id != participant.id:
                raise Refusal(RefusalCode.NOT_ALLOWED)
            return known.id
        holder = holder_of(session, link, now)
        _object_to(holder, posted)
        if posted.kind is ActKind.SEND_BACK and not may_send_back(session, participant):
            raise Refusal(RefusalCode.NOT_ALLOWED)
        back_to = _back_to(session, holder, posted)
        objection = posted.successor and handovers.objection(
            session, holder.participant, posted.successor
        )
        if objection:
            raise Refusal(objection)
        documents = shown_documents(session, holder.envelope)
        _check_version(documents, posted.version_sha256)
        act = _act(holder.envelope, posted, documents, now)
        act.participant_id, act.slot_id = participant.id, slot.id if slot else None
        act.evidence = _link_evidence(session, visiting, posted, documents, now)
        act.evidence["person_sha256"] = proof.person_of(session, act)
        act.evidence |= back_to
        act.evidence |= consents.evidence_for(session, holder, posted.kind)
        act.evidence |= mandates.evidence_for(
            session, holder.envelope, participant, posted.kind, now
        )
        filling = None
        if posted.kind is ActKind.SIGN and slot is not None:
            filling = _fill(session, vault, holder, act, posted)
        factors.prove_now(session, vault, visiting, act, posted.proofs)
        session.add(act)
        session.flush()
        if filling is not None:
            freeze(session, vault, holder.envelope, act, filling)
        return act.id


def _back_to(session: Session, holder: Holder, posted: PostedAct) -> dict[str, Any]:
    """What the evidence says of how far it goes back. Raises Refusal NO_EARLIER_STAGE for a stage
    that the form cannot have offered now."""
    if posted.kind is not ActKind.SEND_BACK or posted.back_to is None or holder.slot is None:
        return {}
    known = returns.targets(session, holder.envelope, holder.slot)
    if posted.back_to not in {row.stage.id for row in known}:
        raise Refusal(RefusalCode.NO_EARLIER_STAGE)
    return {returns.EVIDENCE: str(posted.back_to)}


def _fill(session: Session, vault: Vault, holder: Holder, act: Act, posted: PostedAct) -> Filling:
    """What the act's person entered: exactly what the confirmation showed."""
    envelope, slot = holder.envelope, holder.slot
    assert slot is not None
    language = Language(posted.language)
    person = holder.participant
    filling = filling_of(session, vault, envelope, slot, person, language)
    if filling.stamp is not None and filling.visible and filling.typed.look is Look.STAMP:
        official_seals.insist(session, envelope, person, filling.stamp, act.posted_at)
    if filling.problems:
        raise Refusal(RefusalCode.VALUES_INCOMPLETE)
    if filling.sha256 != posted.filled_sha256:
        raise Refusal(RefusalCode.VALUES_CHANGED)
    act.values_sha256 = values_sha256(filling.checked.values)
    act.evidence = act.evidence | filling.evidence
    return filling


def post_member_act(
    database: Database, login: LoginSession, envelope_id: UUID, posted: PostedAct, now: datetime
) -> UUID:
    """Write a member's act on an envelope of his own organisation. Returns the act's id.

    Raises Refusal: NOT_ALLOWED (foreign or unsent envelope, foreign slot), ENVELOPE_ENDED,
    DEADLINE_NOT_LATER, GATE_NOT_WAITING; of a correction CORRECTION_UNDER_WAY, NOTHING_CORRECTED,
    FIELDS_DO_NOT_FIT, CORRECTOR_DECIDES;
    of an address ALREADY_ON_ROUTE, OTHER_SIDE, DOMAIN_NOT_ALLOWED.
    """
    with database.transaction() as session:
        member = session.get_one(Member, login.member_id)
        # Locked before the nonce is looked up: a form that was sent twice at once is one act.
        envelope = locked(session, Envelope, envelope_id)
        if envelope is None or envelope.organisation_id != member.organisation_id:
            raise Refusal(RefusalCode.NOT_ALLOWED)
        known = _known_act(session, posted.nonce)
        if known is not None:
            if known.member_id != member.id:
                raise Refusal(RefusalCode.NOT_ALLOWED)
            return known.id
        _object_to_member(session, envelope, member, posted, now)
        # These acts agree to no content: what the page showed does not matter.
        documents = shown_documents(session, envelope)
        act = _act(envelope, posted, documents, now)
        act.member_id = member.id
        act.evidence = _login_evidence(login, posted, documents, now)
        act.evidence |= _aim(session, envelope, posted)
        if posted.gate_id is not None and posted.resolution is not None:
            gate = session.get_one(Stage, posted.gate_id)
            act.evidence |= gates.evidence_of(session, gate, posted.resolution, member, now)
        if posted.kind is ActKind.CORRECT:
            act.evidence |= corrections.evidence_of(
                session, envelope, member, posted.corrected_sha256
            )
        session.add(act)
        session.flush()
        return act.id


def may_send_back(session: Session, participant: Participant) -> bool:
    """The sender's own side may; the other side declines, or writes to the contact."""
    return session.get_one(Party, participant.party_id).kind == PartyKind.OWN


def is_posted(session: Session, participant: Participant, nonce: str) -> bool:
    """Whether this form of his was taken before: it is the same act again."""
    known = _known_act(session, nonce)
    return known is not None and known.participant_id == participant.id


def answer_of(session: Session, act_id: UUID) -> ActAnswer | None:
    """The workflow's answer as projected; None while there is none."""
    act = session.get(Act, act_id)
    if act is None or act.answered_at is None or act.accepted is None:
        return None
    refusal = RefusalCode(act.refusal) if act.refusal else None
    return ActAnswer(accepted=act.accepted, refusal=refusal)


def _known_act(session: Session, nonce: str) -> Act | None:
    return session.scalar(select(Act).where(Act.nonce == nonce))


_OBJECTIONS = {
    Standing.ACTED: RefusalCode.ALREADY_ACTED,
    Standing.RELEASED: RefusalCode.NO_LONGER_NEEDED,
    Standing.WAITING: RefusalCode.NOT_YOUR_TURN,
    Standing.ENDED: RefusalCode.ENVELOPE_ENDED,
    Standing.CLOSED: RefusalCode.ENVELOPE_ENDED,
    Standing.LATE: RefusalCode.AFTER_DEADLINE,
    Standing.REVOKED: RefusalCode.NOT_YOUR_SLOT,
    Standing.HANDED_OVER: RefusalCode.ALREADY_ACTED,
    Standing.SENT_BACK: RefusalCode.SENT_BACK_NOW,
    Standing.CORRECTING: RefusalCode.VERSION_REPLACED,
    Standing.CORRECTED: RefusalCode.VERSION_REPLACED,
}


def _object_to(holder: Holder, posted: PostedAct) -> None:
    objection = _OBJECTIONS.get(holder.standing)
    if objection is not None:
        raise Refusal(objection)
    if not holder.may_act or holder.slot is None:
        raise Refusal(RefusalCode.NOT_YOUR_SLOT)
    filling = ACT_OF_SLOT[SlotKind(holder.slot.kind)]
    _check_form(posted, {filling, ActKind.DECLINE, ActKind.HAND_OVER, ActKind.SEND_BACK})
    if posted.kind is not filling and not posted.reason.strip():
        raise Refusal(RefusalCode.NOT_ALLOWED)
    if (posted.kind is ActKind.HAND_OVER) != (posted.successor is not None):
        raise Refusal(RefusalCode.NOT_ALLOWED)
    if posted.kind is filling and holder.participant.handover == HandoverPolicy.DEMANDED:
        raise Refusal(RefusalCode.HANDOVER_DEMANDED)


def _object_to_member(
    session: Session, envelope: Envelope, member: Member, posted: PostedAct, now: datetime
) -> None:
    state = EnvelopeState(envelope.state)
    if state in ENDED or state is EnvelopeState.COMPLETING:
        raise Refusal(RefusalCode.ENVELOPE_ENDED)
    if state is EnvelopeState.DRAFT or state in IMPORTS:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    _check_form(posted, set(MEMBER_ACTS))
    if posted.kind in {ActKind.REMIND, ActKind.REREQUEST, ActKind.READDRESS}:
        _check_target(session, envelope, posted)
    if posted.kind is ActKind.RESUME and state is not EnvelopeState.SENT_BACK:
        raise Refusal(RefusalCode.NOT_SENT_BACK)
    if posted.kind is ActKind.RESUME and envelope.refusal is not None:
        raise Refusal(RefusalCode.CORRECTION_FAILED)
    if posted.kind in {ActKind.RESUME, ActKind.CORRECT} and not posted.reason.strip():
        raise Refusal(RefusalCode.NOT_ALLOWED)
    if posted.kind is ActKind.EXTEND:
        _check_deadline(deadline_of(session, envelope), posted.deadline_at)
    if posted.kind is ActKind.OPEN_GATE:
        _check_gate(session, envelope, member, posted, now)


def _check_gate(
    session: Session, envelope: Envelope, member: Member, posted: PostedAct, now: datetime
) -> None:
    stage = gates.waiting_gate(session, envelope)
    if stage is None or stage.id != posted.gate_id:
        raise Refusal(RefusalCode.GATE_NOT_WAITING)
    if posted.resolution is None or not gates.may_open(session, stage, member, now):
        raise Refusal(RefusalCode.NOT_ALLOWED)


def _check_target(session: Session, envelope: Envelope, posted: PostedAct) -> None:
    """Somebody of this envelope; an address is corrected to one that its person may have."""
    if posted.kind is ActKind.READDRESS:
        person = _whose_address(session, envelope, posted)
        to, phone = posted.corrected_mail, posted.corrected_phone
        code = readdressing.objection(session, envelope, person, to, phone)
        if code is not None:
            raise Refusal(code)
        return
    slot = session.get(Slot, posted.target_slot_id) if posted.target_slot_id else None
    if slot is None or slot.envelope_id != envelope.id:
        raise Refusal(RefusalCode.NOT_ALLOWED)


def _whose_address(session: Session, envelope: Envelope, posted: PostedAct) -> Participant | None:
    return readdressing.named(session, envelope, posted.target_slot_id, posted.about_id)


def _check_deadline(present: datetime | None, deadline_at: datetime | None) -> None:
    """Later than now, and no further than a year away: nobody means a typing error."""
    if deadline_at is None or present is None or deadline_at <= present:
        raise Refusal(RefusalCode.DEADLINE_NOT_LATER)
    if deadline_at > present + MAX_EXTENSION:
        raise Refusal(RefusalCode.NOT_ALLOWED)


def _aim(session: Session, envelope: Envelope, posted: PostedAct) -> dict[str, Any]:
    """What a sender's act is about, in words of the evidence."""
    aim: dict[str, Any] = {}
    if posted.target_slot_id is not None:
        aim["target_slot_id"] = str(posted.target_slot_id)
    if posted.about_id is not None:
        aim["about_id"] = str(posted.about_id)
    if posted.deadline_at is not None:
        aim["deadline_at"] = utc_text(posted.deadline_at)
    if posted.kind is ActKind.READDRESS:
        person = _whose_address(session, envelope, posted)
        to, phone = posted.corrected_mail, posted.corrected_phone
        aim |= readdressing.evidence_of(person, to, phone)
        if posted.corrects_contact and aim:
            aim["corrected"] |= corrected_contacts.evidence_of(session, envelope, person)
    return aim


def _check_form(posted: PostedAct, allowed: set[ActKind]) -> None:
    """What an honest form never says."""
    if (
        posted.kind not in allowed
        or not 0 < len(posted.nonce) <= MAX_NONCE_CHARACTERS
        or len(posted.reason) > MAX_REASON_CHARACTERS
    ):
        raise Refusal(RefusalCode.NOT_ALLOWED)


def _check_version(documents: tuple[ShownDocument, ...], shown: str) -> None:
    if shown_sha256(documents) != shown:
        raise Refusal(RefusalCode.VERSION_REPLACED)


def _act(
    envelope: Envelope, posted: PostedAct, documents: tuple[ShownDocument, ...], now: datetime
) -> Act:
    return Act(
        nonce=posted.nonce,
        envelope_id=envelope.id,
        kind=posted.kind.value,
        version=envelope.version,
        version_sha256=shown_sha256(documents),
        values_sha256=values_sha256({}),
        reason=posted.reason.strip(),
        language=posted.language,
        posted_at=now,
    )


def _evidence(
    method: str, posted: PostedAct, documents: tuple[ShownDocument, ...], now: datetime
) -> dict[str, Any]:
    return {
        "method": method,
        "address": posted.caller.address[:MAX_ADDRESS_CHARACTERS],
        "agent": posted.caller.agent[:MAX_AGENT_CHARACTERS],
        "at": utc_text(now),
        "documents": [
            {"document_id": str(item.document.id), "sha256": item.revision.sha256}
            for item in documents
        ],
    }


def _link_evidence(
    session: Session,
    visiting: Visiting,
    posted: PostedAct,
    documents: tuple[ShownDocument, ...],
    now: datetime,
) -> dict[str, Any]:
    visit = session.get_one(Visit, visiting.visit.id)
    login = session.get(LoginSession, visit.login_id) if visit.login_id is not None else None
    opened = _login_evidence(login, posted, documents, now) if login is not None else None
    return (opened or _evidence("link", posted, documents, now)) | {
        "visit_id": str(visit.id),
        "visit_opened_at": utc_text(visit.opened_at),
        "link_id": str(visit.link_id),
        "link_generation": visit.generation,
        "viewed": list(visit.viewed),
        **(handovers.evidence_of(posted.successor) if posted.successor is not None else {}),
    }


def _login_evidence(
    login: LoginSession,
    posted: PostedAct,
    documents: tuple[ShownDocument, ...],
    now: datetime,
) -> dict[str, Any]:
    second = login.second_factor_at
    return _evidence(_login_method(login), posted, documents, now) | {
        "session_id": str(login.id),
        "second_factor_at": utc_text(second) if second else None,
    }


def _login_method(login: LoginSession) -> str:
    """`login`, `login+totp`, `login+passkey`, `login+recovery`; `login+passkey-alone` without a
    password; by single sign-on `login+sso`, `login+sso+totp` and so on, or `login+sso+idp` where
    the second factor is the identity provider's word."""
    parts = ["login"] if login.sso_connection_id is None else ["login", "sso"]
    if login.second_factor_at is not None:
        parts.append(login.factor or ("idp" if login.sso_factor else LoginFactor.TOTP.value))
    return "+".join(parts)
