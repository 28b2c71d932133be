"""Handing over (他の人に依頼する): who may name whom, and what follows in the rows.

The new person is a participant of his own, for the same party; the one before him keeps his row,
because his acts and visits refer to it. He has left, and his link is dead.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.choices import chosen
from domain.handovers import Successor
from domain.kinds import (
    ActKind,
    EnvelopeState,
    HandoverPolicy,
    Language,
    ParticipantKind,
    PartyKind,
    SlotState,
)
from domain.limits import MAX_HANDOVERS
from domain.phones import is_e164
from domain.refusals import RefusalCode
from storage import own_side
from storage.addressees import is_allowed
from storage.senders import deciding_for
from storage.tables import Act, Envelope, Member, Participant, Party, Slot, SlotCandidate, Stage

HANDED_OVER = "handed_over"
"""`left_why` of a participant who named somebody else."""
_DECIDING = (ParticipantKind.APPROVER.value, ParticipantKind.SIGNER.value)
_UNFILLED = (SlotState.WAITING.value, SlotState.ASKED.value)


def objection(
    session: Session, participant: Participant, successor: Successor, act_id: UUID | None = None
) -> RefusalCode | None:
    """Why this person may not name that one, or None. `act_id` is the hand-over itself, which
    does not stand in its own way; to which domains it may go was asked when it was
    posted."""
    if participant.handover == HandoverPolicy.REFUSED or participant.left_at is not None:
        return RefusalCode.HANDOVER_NOT_ALLOWED
    if len(predecessors(session, participant)) >= MAX_HANDOVERS:
        return RefusalCode.HANDOVER_TOO_OFTEN
    if takes_part(session, participant.envelope_id, successor.mail, act_id):
        return RefusalCode.ALREADY_ON_ROUTE
    unfit = _person_objection(session, participant, successor)
    if unfit is not None:
        return unfit
    envelope = session.get_one(Envelope, participant.envelope_id)
    if act_id is None and not is_allowed(session, envelope.organisation_id, successor.mail):
        return RefusalCode.DOMAIN_NOT_ALLOWED
    return _method_objection(session, participant, successor)


def _person_objection(
    session: Session, participant: Participant, successor: Successor
) -> RefusalCode | None:
    """Whether it is somebody who may act there at all."""
    if not _of_same_side(session, participant, successor):
        return RefusalCode.OTHER_SIDE
    own_draft = _is_own_draft(session, participant, successor)
    return RefusalCode.OWN_DRAFT if own_draft else None


def _method_objection(
    session: Session, participant: Participant, successor: Successor
) -> RefusalCode | None:
    """Whoever is named is asked for the same proofs, and must be able to give them."""
    if bool(participant.phone) != bool(successor.phone):
        return RefusalCode.NOT_ALLOWED
    if successor.phone and not is_e164(successor.phone):
        return RefusalCode.NOT_ALLOWED
    if not participant.app_code:
        return None
    envelope = session.get_one(Envelope, participant.envelope_id)
    member = member_of(session, envelope, successor.mail)
    has_app = member is not None and member.totp_sealed is not None
    return None if has_app else RefusalCode.NO_AUTHENTICATOR


def predecessors(session: Session, participant: Participant) -> Sequence[Participant]:
    """Who was asked before him for the same slot, the latest first."""
    found: list[Participant] = []
    seen = {participant.id}
    row: Participant | None = participant
    while row is not None and row.predecessor_id is not None and row.predecessor_id not in seen:
        row = session.get(Participant, row.predecessor_id)
        if row is not None:
            seen.add(row.id)
            found.append(row)
    return found


def takes_part(session: Session, envelope_id: UUID, mail: str, act_id: UUID | None = None) -> bool:
    """He has been, is, or is about to be somebody of this envelope."""
    wanted = mail.lower()
    people = session.scalars(select(Participant.mail).where(Participant.envelope_id == envelope_id))
    if any(known.lower() == wanted for known in people):
        return True
    return is_named(session, envelope_id, mail, act_id)


def is_named(session: Session, envelope_id: UUID, mail: str, act_id: UUID | None = None) -> bool:
    """Somebody else's act that is not answered yet makes him somebody of this envelope."""
    wanted = mail.lower()
    posted = session.scalars(
        select(Act).where(
            Act.envelope_id == envelope_id,
            Act.kind.in_([ActKind.HAND_OVER.value, ActKind.DEPUTISE.value]),
            Act.answered_at.is_(None),
        )
    )
    named = [successor_of(act.evidence) for act in posted if act.id != act_id]
    return any(other is not None and other.mail.lower() == wanted for other in named)


def _of_same_side(session: Session, participant: Participant, successor: Successor) -> bool:
    """An authority's slot stays with its members; the other side's never goes to one of them."""
    envelope = session.get_one(Envelope, participant.envelope_id)
    is_member = member_of(session, envelope, successor.mail) is not None
    own = session.get_one(Party, participant.party_id).kind == PartyKind.OWN
    return own == is_member


def _is_own_draft(session: Session, participant: Participant, successor: Successor) -> bool:
    """Whether the own side's decision would come to who drew up what is decided."""
    if participant.kind not in _DECIDING:
        return False
    envelope = session.get_one(Envelope, participant.envelope_id)
    member = member_of(session, envelope, successor.mail)
    return member is not None and member.id in deciding_for(session, envelope)


def member_of(session: Session, envelope: Envelope, mail: str) -> Member | None:
    """The active member of the sending organisation with this address."""
    return session.scalar(
        select(Member).where(
            Member.organisation_id == envelope.organisation_id,
            Member.mail == mail.lower(),
            Member.active.is_(True),
        )
    )


def evidence_of(successor: Successor) -> dict[str, Any]:
    """What the act's evidence keeps: the new participant's id, and who he is."""
    return {
        "successor_id": str(uuid4()),
        "successor": {
            "name": successor.name,
            "mail": successor.mail,
            "language": successor.language.value,
            **({"phone": successor.phone} if successor.phone else {}),
        },
    }


def successor_of(evidence: Mapping[str, Any]) -> Successor | None:
    """The person inside an act's evidence; None if it names none."""
    row = evidence.get("successor")
    if not isinstance(row, Mapping) or not row.get("name") or not row.get("mail"):
        return None
    language = str(row.get("language", ""))
    known = chosen(Language, language, Language.JA).value
    phone = str(row.get("phone", ""))
    return Successor(str(row["name"]), str(row["mail"]), Language(known), phone)


def carry_out(session: Session, envelope: Envelope, act: Act, at: datetime) -> Participant | None:
    """The successor takes every slot that his predecessor had not filled. None when the act names
    nobody: then nothing changes."""
    successor = successor_of(act.evidence)
    before = session.get(Participant, act.participant_id) if act.participant_id else None
    if successor is None or before is None or EnvelopeState(envelope.state) is EnvelopeState.DRAFT:
        return None
    party = session.get_one(Party, before.party_id)
    after = Participant(
        id=UUID(str(act.evidence["successor_id"])),
        envelope_id=envelope.id,
        party_id=before.party_id,
        member_id=own_side.named_member(session, envelope, party, successor.mail),
        kind=before.kind,
        position=before.position,
        name=successor.name,
        mail=successor.mail,
        company=before.company,
        language=successor.language.value,
        handover=HandoverPolicy.ALLOWED.value,
        access_code_hash=before.access_code_hash,
        mail_code=before.mail_code,
        phone=successor.phone or None,
        app_code=before.app_code,
        passkey=before.passkey,
        predecessor_id=before.id,
    )
    session.add(after)
    before.left_at, before.left_why = at, HANDED_OVER
    session.flush()
    for slot in open_slots(session, envelope, before):
        _replace(session, slot, before, after)
    session.flush()
    return after


def open_slots(session: Session, envelope: Envelope, person: Participant) -> Sequence[Slot]:
    """Those of the current version that the person may fill and nobody has filled."""
    return session.scalars(
        select(Slot)
        .join(SlotCandidate, SlotCandidate.slot_id == Slot.id)
        .join(Stage, Stage.id == Slot.stage_id)
        .where(
            SlotCandidate.participant_id == person.id,
            Stage.version == envelope.version,
            Slot.state.in_(_UNFILLED),
        )
    ).all()


def _replace(session: Session, slot: Slot, before: Participant, after: Participant) -> None:
    candidate = session.get_one(SlotCandidate, (slot.id, before.id))
    session.delete(candidate)
    session.add(SlotCandidate(slot_id=slot.id, participant_id=after.id))
    if slot.participant_id == before.id:
        slot.participant_id = after.id
