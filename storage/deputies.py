"""Deputies (代決): who is asked besides somebody absent, by an act that names the absence.

The deputy is a participant of his own for the same party, and a candidate of the same slots. The
absent person stays one: whoever of both acts first, acts. Nobody signs in another's name.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from domain.absences import NoDeputy, deputy_words
from domain.events import utc_text
from domain.evidence import values_sha256
from domain.handovers import Successor
from domain.ids import read_id
from domain.kinds import (
    ActKind,
    EnvelopeState,
    HandoverPolicy,
    Language,
    ParticipantKind,
    PartyKind,
    SlotState,
)
from domain.refusals import RefusalCode, Words
from storage import absences, deputy_limits, handovers
from storage.database import Database
from storage.places import acted_in_stage
from storage.senders import deciding_for
from storage.shown import shown_documents, shown_sha256
from storage.tables import (
    Absence,
    Act,
    Envelope,
    Member,
    Participant,
    Party,
    Slot,
    SlotCandidate,
    Stage,
)

_DEPUTY = aliased(Participant)
MAX_TRIES = 5
"""Of one absence for one person: an act that is refused again and again is no help."""


def order_all(database: Database, now: datetime) -> int:
    """One round over everybody who is absent today. Returns how many acts were written."""
    with database.reading() as session:
        held = absences.held(session, now)
    written = 0
    for absence in held:
        with database.transaction() as session:
            row = session.get_one(Absence, absence.id)
            written += order_for(session, row, now) if row.cancelled_at is None else 0
    return written


def order_for(session: Session, absence: Absence, now: datetime) -> int:
    """Ask the deputy wherever the absent member is asked now. Returns how many acts were written;
    the relay carries them."""
    return sum(
        _order(session, absence, envelope, participant, slot, now)
        for envelope, participant, slot in waiting_for(session, absence, now)
    )


def waiting_for(
    session: Session, absence: Absence, at: datetime
) -> Sequence[tuple[Envelope, Participant, Slot]]:
    """Where the absent member is asked and may act, and nobody stands in for him at that moment."""
    member = session.get_one(Member, absence.member_id)
    rows = session.execute(
        select(Envelope, Participant, Slot)
        .join(Participant, Participant.envelope_id == Envelope.id)
        .join(Party, Party.id == Participant.party_id)
        .join(SlotCandidate, SlotCandidate.participant_id == Participant.id)
        .join(Slot, Slot.id == SlotCandidate.slot_id)
        .join(Stage, Stage.id == Slot.stage_id)
        .where(
            Participant.mailbox == member.mail.lower(),
            Participant.left_at.is_(None),
            Party.kind == PartyKind.OWN.value,
            Envelope.organisation_id == absence.organisation_id,
            Envelope.state == EnvelopeState.RUNNING.value,
            Stage.version == Envelope.version,
            Slot.state == SlotState.ASKED.value,
            ~_is_stood_in_for(absences.day_of(session, absence.organisation_id, at)),
        )
        .order_by(Envelope.id, Slot.position)
    )
    found: dict[UUID, tuple[Envelope, Participant, Slot]] = {}
    for envelope, participant, slot in rows:
        found.setdefault(participant.id, (envelope, participant, slot))
    return [one for one in found.values() if _may_act(session, one[1], one[2], at)]


def _may_act(session: Session, participant: Participant, slot: Slot, at: datetime) -> bool:
    """Of several who may fill a place, one has acted himself, or acted in somebody's stead."""
    mine = {(participant.id, slot.stage_id)}
    return not deputy_limits.is_closed_to(session, participant, at) and not (
        mine & acted_in_stage(session, participant.envelope_id, [participant.id])
    )


def _is_stood_in_for(day: date) -> ColumnElement[bool]:
    """By a deputy who still is one: his absence holds, and he belongs to the organisation."""
    return exists().where(*_stands_in(_DEPUTY, day), _DEPUTY.deputy_of == Participant.id)


def standing_in(session: Session, participant: Participant, at: datetime) -> Participant | None:
    """The deputy who may act for him at that moment, if somebody was asked."""
    envelope = session.get_one(Envelope, participant.envelope_id)
    day = absences.day_of(session, envelope.organisation_id, at)
    return session.scalar(
        select(_DEPUTY).where(*_stands_in(_DEPUTY, day), _DEPUTY.deputy_of == participant.id)
    )


def _stands_in(deputy: type[Participant], day: date) -> tuple[ColumnElement[bool], ...]:
    return (
        deputy.left_at.is_(None),
        Absence.id == deputy.absence_id,
        Absence.cancelled_at.is_(None),
        Absence.ends_on >= day,
        Member.id == deputy.member_id,
        Member.active.is_(True),
    )


def deputy_for(  # noqa: PLR0913 - who, where and when
    session: Session,
    absence: Absence,
    envelope: Envelope,
    participant: Participant,
    at: datetime,
    act_id: UUID | None = None,
) -> Member | Words:
    """Who is asked besides him, or why nobody is."""
    day = absences.day_of(session, envelope.organisation_id, at)
    deputy = absences.deputy_on(session, absence, day)
    if isinstance(deputy, Words):
        return deputy
    if deputy.id in deciding_for(session, envelope):
        return NoDeputy.SENDER
    if handovers.is_named(session, envelope.id, deputy.mail, act_id) or any(
        _is_needed(session, envelope, row, participant)
        for row in _rows_of(session, envelope, deputy.mail)
        if not _has_been(session, row, participant, at)
    ):
        return NoDeputy.ON_ROUTE
    if participant.access_code_hash or participant.phone:
        return NoDeputy.CODE
    if participant.app_code and deputy.totp_sealed is None:
        return NoDeputy.NO_APP
    return deputy


def _rows_of(session: Session, envelope: Envelope, mail: str) -> Sequence[Participant]:
    """As whom somebody takes part in an envelope already."""
    return session.scalars(
        select(Participant).where(
            Participant.envelope_id == envelope.id, Participant.mailbox == mail.lower()
        )
    ).all()


def _has_been(session: Session, row: Participant, absent: Participant, at: datetime) -> bool:
    """Whether somebody was a deputy in an absence that is over: for the same person he may be one
    again, for another if he did nothing in the stead of the first."""
    if row.deputy_of is None or not deputy_limits.is_over(session, row, at):
        return False
    return _absent_mailbox(session, row) == absent.mailbox or not _has_acted(session, row)


def _has_acted(session: Session, row: Participant) -> bool:
    acted = select(Act.id).where(Act.participant_id == row.id, Act.accepted.is_not(False))
    return session.scalar(acted.limit(1)) is not None


def _is_needed(session: Session, envelope: Envelope, row: Participant, absent: Participant) -> bool:
    """Whether somebody has a part of his own beside which he cannot stand in for that person: any
    but a recipient's, a place in another stage that enough others can fill, and what he did for the
    same person before the other side acted."""
    if row.left_at is None and (
        row.kind == ParticipantKind.RECIPIENT or _stood_in_for(session, row, absent)
    ):
        return False
    own = _stages_of(session, envelope, row)
    if row.left_at is not None or not own or own & _stages_of(session, envelope, absent):
        return True
    return _has_acted(session, row) or any(
        _lacks_others(session, stage_id, row) for stage_id in own
    )


def _stood_in_for(session: Session, row: Participant, absent: Participant) -> bool:
    """Whether the row is a deputy's of the same person, where that one is asked elsewhere."""
    if row.deputy_of is None or row.deputy_of == absent.id:
        return False
    return _absent_mailbox(session, row) == absent.mailbox


def _absent_mailbox(session: Session, deputy: Participant) -> str | None:
    return session.get_one(Participant, deputy.deputy_of).mailbox


def _stages_of(session: Session, envelope: Envelope, person: Participant) -> set[UUID]:
    return set(
        session.scalars(
            select(Slot.stage_id)
            .join(SlotCandidate, SlotCandidate.slot_id == Slot.id)
            .join(Stage, Stage.id == Slot.stage_id)
            .where(SlotCandidate.participant_id == person.id, Stage.version == envelope.version)
        )
    )


def _lacks_others(session: Session, stage_id: UUID, row: Participant) -> bool:
    """Whether fewer other people than open places are left, of those that he could fill."""
    open_ = (SlotState.WAITING.value, SlotState.ASKED.value)
    mine = select(SlotCandidate.slot_id).where(SlotCandidate.participant_id == row.id)
    slots = session.scalars(
        select(Slot.id).where(Slot.stage_id == stage_id, Slot.id.in_(mine), Slot.state.in_(open_))
    ).all()
    others = session.scalar(
        select(func.count(SlotCandidate.participant_id.distinct()))
        .join(Participant, Participant.id == SlotCandidate.participant_id)
        .where(
            SlotCandidate.slot_id.in_(slots),
            SlotCandidate.participant_id != row.id,
            Participant.deputy_of.is_(None),
        )
    )
    return (others or 0) < len(slots)


def _order(  # noqa: PLR0913 - who, where and when
    session: Session,
    absence: Absence,
    envelope: Envelope,
    participant: Participant,
    slot: Slot,
    now: datetime,
) -> int:
    orders = session.scalars(
        select(Act).where(
            Act.participant_id == participant.id,
            Act.kind == ActKind.DEPUTISE.value,
            Act.version == envelope.version,
        )
    ).all()
    tries = [act for act in orders if act.evidence.get("absence_id") == str(absence.id)]
    if any(act.answered_at is None for act in orders) or len(tries) >= MAX_TRIES:
        return 0
    deputy = deputy_for(session, absence, envelope, participant, now)
    if isinstance(deputy, Words):
        return 0
    session.add(
        Act(
            nonce=_nonce(absence, participant, envelope.version, len(tries)),
            envelope_id=envelope.id,
            participant_id=participant.id,
            slot_id=slot.id,
            kind=ActKind.DEPUTISE.value,
            version=envelope.version,
            version_sha256=shown_sha256(shown_documents(session, envelope)),
            values_sha256=values_sha256({}),
            language=participant.language,
            evidence=_evidence(absence, deputy, now),
            posted_at=now,
        )
    )
    session.flush()
    return 1


def _nonce(absence: Absence, participant: Participant, version: int, tries: int) -> str:
    """The same for the same try: two rounds at once write one act."""
    said = f"absence:{absence.id}:{participant.id}:{version}:{tries}"
    return hashlib.sha256(said.encode()).hexdigest()


def _evidence(absence: Absence, deputy: Member, now: datetime) -> dict[str, Any]:
    return {
        "at": utc_text(now),
        "absence_id": str(absence.id),
        "entered_by": str(absence.entered_by),
        "successor_id": str(uuid4()),
        "successor": {
            "name": deputy.name,
            "mail": deputy.mail,
            "language": deputy.language,
        },
    }


def is_genuine(session: Session, act: Act, envelope: Envelope) -> bool:
    """Whether an absence of this person's held when the act was written."""
    return _absence_of(session, act, envelope) is not None


def objection(session: Session, act: Act, envelope: Envelope) -> RefusalCode | None:
    """Why the rows say no: no such absence, or nobody who could stand in."""
    absence = _absence_of(session, act, envelope)
    named = handovers.successor_of(act.evidence)
    if absence is None or named is None or act.slot_id is None:
        return RefusalCode.EVIDENCE_INCOMPLETE
    if act.version != envelope.version:
        return RefusalCode.VERSION_REPLACED
    participant = session.get_one(Participant, act.participant_id)
    deputy = deputy_for(session, absence, envelope, participant, act.posted_at, act.id)
    fits = isinstance(deputy, Member) and deputy.mail.lower() == named.mail.lower()
    return None if fits and participant.left_at is None else RefusalCode.NOT_ALLOWED


def _absence_of(session: Session, act: Act, envelope: Envelope) -> Absence | None:
    person = session.get(Participant, act.participant_id) if act.participant_id else None
    absence = session.get(Absence, read_id(act.evidence.get("absence_id")) or uuid4())
    if person is None or absence is None or person.envelope_id != envelope.id:
        return None
    member = session.get_one(Member, absence.member_id)
    if absence.organisation_id != envelope.organisation_id or person.mailbox != member.mail.lower():
        return None
    day = absences.day_of(session, envelope.organisation_id, act.posted_at)
    held = absence.begins_on <= day <= absence.ends_on and absence.created_at <= act.posted_at
    cancelled = absence.cancelled_at is not None and absence.cancelled_at < act.posted_at
    return absence if held and not cancelled else None


def carry_out(session: Session, envelope: Envelope, act: Act) -> Participant | None:
    """The deputy is a candidate of every slot that the absent person has not filled. None when the
    act names nobody: then nothing changes."""
    successor = handovers.successor_of(act.evidence)
    absent = session.get(Participant, act.participant_id) if act.participant_id else None
    member = handovers.member_of(session, envelope, successor.mail) if successor else None
    if successor is None or absent is None or member is None:
        return None
    deputy = _deputy(act, absent, member, successor)
    session.add(deputy)
    session.flush()
    for slot in handovers.open_slots(session, envelope, absent):
        session.add(SlotCandidate(slot_id=slot.id, participant_id=deputy.id))
        slot.participant_id = None
    session.flush()
    return deputy


def _deputy(act: Act, absent: Participant, member: Member, named: Successor) -> Participant:
    return Participant(
        id=UUID(str(act.evidence["successor_id"])),
        envelope_id=absent.envelope_id,
        party_id=absent.party_id,
        member_id=member.id,
        kind=absent.kind,
        position=absent.position,
        name=named.name,
        mail=named.mail,
        company=member.department,
        language=Language(named.language).value,
        handover=HandoverPolicy.REFUSED.value,
        mail_code=absent.mail_code,
        app_code=absent.app_code,
        passkey=absent.passkey,
        deputy_of=absent.id,
        absence_id=UUID(str(act.evidence["absence_id"])),
    )


def stands_in(session: Session, participant: Participant) -> Words | None:
    """「代決（A の不在のため）」 for a deputy; None for everybody else."""
    if participant.deputy_of is None:
        return None
    return deputy_words(session.get_one(Participant, participant.deputy_of).name)


def asked_at(session: Session, participant: Participant) -> datetime | None:
    """When a deputy was asked; None for everybody else."""
    if participant.deputy_of is None:
        return None
    acts = session.scalars(
        select(Act).where(
            Act.participant_id == participant.deputy_of,
            Act.kind == ActKind.DEPUTISE.value,
            Act.accepted.is_(True),
        )
    )
    named = (act for act in acts if act.evidence.get("successor_id") == str(participant.id))
    return next((act.posted_at for act in named), None)
