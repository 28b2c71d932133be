"""Correcting an address (宛先の訂正): the same person, asked anew at another address.

Only before the act, and only for people without an account: a member's address is his account's.
Who acts for the own side is corrected to the address of a member, whom the chain's approval meant;
somebody of the other side never to one.
Whoever opened the old link may have been somebody else, so what was entered through it goes. Whose
turn has not come, and a recipient, who is asked for nothing, is corrected before anything is sent.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.forms import FormProblems
from domain.kinds import FILLING_ACTS, ParticipantKind, PartyKind
from domain.phones import is_e164
from domain.readdressing import check_address
from domain.refusals import RefusalCode
from storage import addressees, handovers, ledger, own_side
from storage.attachments import remove_all
from storage.tables import (
    Act,
    Envelope,
    Participant,
    Party,
    Slot,
    SlotCandidate,
    Stamp,
    TypedValues,
)


def person_of(session: Session, slot: Slot, person_id: UUID | None = None) -> Participant | None:
    """Whose address it would be: the slot's candidate without an account who is named, or its only
    one; of several, nobody who has acted in the stage."""
    people = session.scalars(
        select(Participant)
        .join(SlotCandidate, SlotCandidate.participant_id == Participant.id)
        .where(SlotCandidate.slot_id == slot.id)
    ).all()
    alone = len(people) == 1
    found = [row for row in people if row.id == person_id or (person_id is None and alone)]
    if not found or not is_outsider(session, found[0]):
        return None
    return found[0] if alone or not _has_acted(session, slot, found[0]) else None


def _has_acted(session: Session, slot: Slot, person: Participant) -> bool:
    """Whether he filled a place of the stage or declined, though others may still fill this one."""
    act = session.scalar(
        select(Act.id)
        .join(Slot, Slot.id == Act.slot_id)
        .where(
            Slot.stage_id == slot.stage_id,
            Act.participant_id == person.id,
            Act.kind.in_([kind.value for kind in FILLING_ACTS]),
            Act.accepted.is_not(False),
        )
        .limit(1)
    )
    return act is not None


def is_outsider(session: Session, person: Participant) -> bool:
    """Whether he takes part, and his address is no account's. Who is asked for his authenticator
    app has one, unless he was taken for a member by mistake."""
    if person.left_at is not None or own_side.member_behind(session, person) is not None:
        return False
    return not person.app_code or is_own(session, person)


def is_own(session: Session, person: Participant) -> bool:
    """Whether he is of the sending organisation's side."""
    return session.get_one(Party, person.party_id).kind == PartyKind.OWN


def named(
    session: Session, envelope: Envelope, slot_id: UUID | None, person_id: UUID | None
) -> Participant | None:
    """Whose address an act corrects: that of a slot's person, who need not be named where he is
    alone, or, without a slot, a recipient's."""
    if slot_id is not None:
        slot = session.get(Slot, slot_id)
        here = slot is not None and slot.envelope_id == envelope.id
        return person_of(session, slot, person_id) if slot is not None and here else None
    person = session.get(Participant, person_id) if person_id is not None else None
    if person is None or person.envelope_id != envelope.id or not is_outsider(session, person):
        return None
    return person if person.kind == ParticipantKind.RECIPIENT else None


def objection(
    session: Session, envelope: Envelope, person: Participant | None, mail: str, phone: str = ""
) -> RefusalCode | None:
    """Why what this person is sent cannot go to that address, or None. `phone` is a corrected
    mobile number; "" leaves it as it is. With another number the address may stay."""
    if person is None:
        return RefusalCode.NOT_ALLOWED
    if not _is_well_formed(person, mail, phone):
        return RefusalCode.NOT_ALLOWED
    if phone not in {"", person.phone} and mail.lower() == person.mail.lower():
        return None
    if handovers.takes_part(session, envelope.id, mail):
        return RefusalCode.ALREADY_ON_ROUTE
    side = _side_objection(session, envelope, person, mail)
    if side is not None:
        return side
    allowed = addressees.is_allowed(session, envelope.organisation_id, mail)
    return None if allowed else RefusalCode.DOMAIN_NOT_ALLOWED


def _side_objection(
    session: Session, envelope: Envelope, person: Participant, mail: str
) -> RefusalCode | None:
    """Members act for the own side, and for nobody else. A recipient, who does nothing, may be
    somebody without a login, like a department's mailbox; but nobody who has left."""
    member = own_side.by_address(session, envelope.organisation_id, mail)
    if not is_own(session, person):
        return RefusalCode.OTHER_SIDE if member is not None and member.active else None
    if member is None:
        bystander = person.kind == ParticipantKind.RECIPIENT
        return None if bystander else RefusalCode.OTHER_SIDE
    if not member.active:
        return RefusalCode.OTHER_SIDE
    lacks_app = person.app_code and member.totp_sealed is None
    return RefusalCode.NO_AUTHENTICATOR if lacks_app else None


def _is_well_formed(person: Participant, mail: str, phone: str) -> bool:
    try:
        check_address(mail)
    except FormProblems:
        return False
    return not phone or (person.phone is not None and is_e164(phone))


def evidence_of(person: Participant | None, mail: str, phone: str = "") -> dict[str, Any]:
    """What the act's evidence keeps: whose address and number, the old and the new ones."""
    if person is None:
        return {}
    said = {"participant": str(person.id), "from": person.mail, "to": mail}
    if phone and phone != person.phone:
        said |= {"phone_from": person.phone or "", "phone_to": phone}
    return {"corrected": said}


def number_of(evidence: Mapping[str, Any]) -> str:
    """The new mobile number inside an act's evidence; empty if it names none."""
    row = evidence.get("corrected")
    return str(row.get("phone_to", "")) if isinstance(row, Mapping) else ""


def address_of(evidence: Mapping[str, Any]) -> str | None:
    """The new address inside an act's evidence; None if it names none."""
    row = evidence.get("corrected")
    return str(row["to"]) if isinstance(row, Mapping) and row.get("to") else None


def carry_out(  # noqa: PLR0913 - whose address, and where
    session: Session,
    envelope: Envelope,
    act: Act,
    person: Participant | None,
    at: datetime,
    slot_id: UUID | None = None,
) -> Participant | None:
    """The person has the new address; `slot_id` is None for a recipient. None when the act names
    no address: then nothing changes."""
    mail = address_of(act.evidence)
    if person is None or mail is None or act.member_id is None:
        return None
    person.mail = mail
    party = session.get_one(Party, person.party_id)
    person.member_id = own_side.named_member(session, envelope, party, mail)
    person.phone = number_of(act.evidence) or person.phone
    session.execute(delete(TypedValues).where(TypedValues.participant_id == person.id))
    session.execute(delete(Stamp).where(Stamp.participant_id == person.id))
    remove_all(session, person.id, envelope.id, at, "readdressed")
    ledger.append(
        session,
        Event.PARTICIPANT_CORRECTED,
        at=at,
        actor=f"member:{act.member_id}",
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data={"act": act.id, "participant": person.id, **({"slot": slot_id} if slot_id else {})},
        once=f"corrected:{act.id}",
    )
    return person
