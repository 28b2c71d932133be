"""署名権限（委任） as rows: entered and ended by administrators, and held against the acts of those
who sign for the organisation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from domain.chain_conditions import Facts
from domain.events import Event
from domain.ids import read_id
from domain.kinds import ActKind, PartyKind
from domain.mandates import CheckedMandate, Ending, lacking
from domain.refusals import Refusal, RefusalCode, Words
from storage import ledger
from storage.absences import day_of
from storage.locks import hold_values, locked
from storage.tables import (
    Act,
    Deal,
    Envelope,
    Mandate,
    MandateEnd,
    Member,
    Organisation,
    Participant,
    Party,
)

EVIDENCE = "mandate"
"""In an act's evidence: which entry allowed it."""


@dataclass(frozen=True)
class Entry:
    """An entry with what ended it."""

    row: Mandate
    ends: tuple[MandateEnd, ...]

    @property
    def revoked(self) -> MandateEnd | None:
        """Where it was ended at once."""
        return next((end for end in self.ends if end.last_day is None), None)

    @property
    def last_day(self) -> date | None:
        """The last day of those that were said; None: it is open."""
        days = [self.row.ends_on, *(end.last_day for end in self.ends)]
        return min((day for day in days if day is not None), default=None)

    def holds(self, day: date, at: datetime) -> bool:
        """On this day and at this moment of it."""
        last = self.last_day
        if not self.row.begins_on <= day or (last is not None and last < day):
            return False
        ended = self.revoked is not None and self.revoked.created_at <= at
        return self.row.created_at <= at and not ended

    def over(self, day: date) -> bool:
        """Whether it will hold no more."""
        return self.revoked is not None or (self.last_day is not None and self.last_day < day)


def enter(session: Session, member: Member, checked: CheckedMandate, now: datetime) -> Mandate:
    """A new entry. Several of one member may hold at once: each allows what it reaches."""
    row = Mandate(
        organisation_id=member.organisation_id,
        member_id=checked.member_id,
        title=checked.title,
        begins_on=checked.begins_on,
        ends_on=checked.ends_on,
        most=checked.most,
        kinds=list(checked.kinds),
        basis=checked.basis,
        sha256=checked.sha256,
        entered_by=member.id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    said = {"begins_on": row.begins_on.isoformat(), "sha256": row.sha256}
    if row.ends_on:
        said["ends_on"] = row.ends_on.isoformat()
    _note(session, Event.MANDATE_ENTERED, row, member, now, said)
    return row


def end(session: Session, member: Member, mandate: Mandate, ending: Ending, now: datetime) -> bool:
    """Write why and when it ends. False where it had been ended at once before."""
    if locked(session, Mandate, mandate.id) is None or _entry(session, mandate).revoked:
        return False
    row = MandateEnd(
        mandate_id=mandate.id,
        last_day=ending.last_day,
        reason=ending.reason,
        ended_by=member.id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    day = row.last_day.isoformat() if row.last_day else ""
    _note(session, Event.MANDATE_ENDED, mandate, member, now, {"last_day": day})
    return True


def find(session: Session, organisation_id: UUID, mandate_id: UUID) -> Entry | None:
    """An entry of the organisation; another's does not exist."""
    row = session.scalar(
        select(Mandate).where(Mandate.id == mandate_id, Mandate.organisation_id == organisation_id)
    )
    return _entry(session, row) if row is not None else None


def entries(session: Session, organisation_id: UUID) -> Sequence[Entry]:
    """All, the earliest first."""
    return entries_of(session, session.scalars(_of(organisation_id)))


def held(
    session: Session, organisation_id: UUID, now: datetime
) -> dict[UUID, list[CheckedMandate]]:
    """What holds now, by member."""
    day = day_of(session, organisation_id, now)
    found: dict[UUID, list[CheckedMandate]] = {}
    for entry in entries(session, organisation_id):
        if entry.holds(day, now):
            found.setdefault(entry.row.member_id, []).append(checked_of(entry.row))
    return found


def checked_of(row: Mandate) -> CheckedMandate:
    """As the rules read it."""
    return CheckedMandate(
        row.member_id, row.title, row.begins_on, row.ends_on, row.most, tuple(row.kinds), row.basis
    )


# -- acts ----------------------------------------------------------------------------------------


def looked_at(session: Session, organisation_id: UUID, at: datetime) -> bool:
    """Whether an act of this moment needs an entry."""
    since = session.get_one(Organisation, organisation_id).mandates_since
    return since is not None and since <= at


def gap(session: Session, envelope: Envelope, person: Participant, now: datetime) -> Words | None:
    """Why this signer of the own side could not sign now; None where he can, or nobody looks."""
    if not _concerns(session, envelope, person, now):
        return None
    own = [entry.row for entry in _held_by(session, envelope, person, now)]
    return lacking([checked_of(row) for row in own], facts_of(session, envelope))


def facts_of(session: Session, envelope: Envelope) -> Facts:
    """取引金額 and kind as the register has them now: a mistake is mended there, and leaves its
    trace, before somebody signs."""
    deal = session.get(Deal, envelope.id)
    return Facts(deal.amount, deal.kind) if deal is not None else Facts()


def evidence_for(
    session: Session, envelope: Envelope, person: Participant, kind: ActKind, now: datetime
) -> dict[str, Any]:
    """What an act that is being posted stands on; nothing where nothing is demanded. Raises Refusal
    NO_MANDATE.

    Entries and amount stay as they are until the act is written: whoever ends an entry meanwhile
    comes before it or after it.
    """
    if kind is not ActKind.SIGN or not _concerns(session, envelope, person, now):
        return {}
    hold_values(session, envelope.id)
    session.get(Deal, envelope.id, populate_existing=True)
    facts = facts_of(session, envelope)
    for entry in _held_by(session, envelope, person, now):
        if not checked_of(entry.row).covers(facts):
            continue
        locked(session, Mandate, entry.row.id)
        day = day_of(session, envelope.organisation_id, now)
        if _entry(session, entry.row).holds(day, now):
            return {EVIDENCE: _told(entry.row, facts)}
    raise Refusal(RefusalCode.NO_MANDATE)


def objection(session: Session, act: Act, envelope: Envelope) -> RefusalCode | None:
    """Whether the act stands on an entry that held when it was posted. Amount and kind are those
    that it was judged by: what the register says later is another matter."""
    person = session.get_one(Participant, act.participant_id)
    if act.kind != ActKind.SIGN or not _concerns(session, envelope, person, act.posted_at):
        return None
    told = act.evidence.get(EVIDENCE)
    told = told if isinstance(told, Mapping) else {}
    key = read_id(told.get("id"))
    entry = find(session, envelope.organisation_id, key) if key is not None else None
    member_id = _member_id(session, envelope, person, act.posted_at)
    if entry is None or entry.row.member_id != member_id:
        return RefusalCode.NO_MANDATE
    facts = Facts(told.get("amount"), str(told.get("kind", "")))
    fits = told == _told(entry.row, facts) and checked_of(entry.row).covers(facts)
    day = day_of(session, envelope.organisation_id, act.posted_at)
    return None if fits and entry.holds(day, act.posted_at) else RefusalCode.NO_MANDATE


def _told(row: Mandate, facts: Facts) -> dict[str, Any]:
    """By which entry, in which capacity, on what basis; and the contract it was held against."""
    return {
        "id": str(row.id),
        "title": row.title,
        "basis": row.basis,
        "sha256": checked_of(row).sha256,
        "amount": facts.amount,
        "kind": facts.kind,
    }


def told_to_others(told: Mapping[str, Any]) -> dict[str, Any]:
    """What other parties read: who bound the authority, and by what right. Amount and kind are
    words of its own register."""
    return {name: value for name, value in told.items() if name not in {"amount", "kind"}}


def _concerns(session: Session, envelope: Envelope, person: Participant, at: datetime) -> bool:
    own = session.get_one(Party, person.party_id).kind == PartyKind.OWN
    return own and looked_at(session, envelope.organisation_id, at)


def _held_by(
    session: Session, envelope: Envelope, person: Participant, now: datetime
) -> list[Entry]:
    member_id = _member_id(session, envelope, person, now)
    day = day_of(session, envelope.organisation_id, now)
    rows = session.scalars(_of(envelope.organisation_id).where(Mandate.member_id == member_id))
    return [entry for entry in entries_of(session, rows) if entry.holds(day, now)]


def _member_id(
    session: Session, envelope: Envelope, person: Participant, at: datetime
) -> UUID | None:
    """Whose entries count: the member who was asked, or has the address at which he was; of whoever
    had left by then, none."""
    if person.member_id is not None:
        return person.member_id
    return session.scalar(
        select(Member.id).where(
            Member.organisation_id == envelope.organisation_id,
            Member.mail == person.mail.lower(),
            or_(Member.active.is_(True), Member.retired_at > at),
        )
    )


def _of(organisation_id: UUID) -> Select[Mandate]:
    """The earliest first."""
    return (
        select(Mandate)
        .where(Mandate.organisation_id == organisation_id)
        .order_by(Mandate.begins_on, Mandate.created_at, Mandate.id)
    )


def _entry(session: Session, row: Mandate) -> Entry:
    return entries_of(session, [row])[0]


def entries_of(session: Session, rows: Iterable[Mandate]) -> list[Entry]:
    """The same rows in their order, each with what ended it."""
    rows = list(rows)
    query = select(MandateEnd).where(MandateEnd.mandate_id.in_([row.id for row in rows]))
    ends = session.scalars(query.order_by(MandateEnd.created_at, MandateEnd.id)).all()
    return [Entry(row, tuple(end for end in ends if end.mandate_id == row.id)) for row in rows]


def _note(  # noqa: PLR0913 - what, about whom, by whom, when
    session: Session,
    tag: Event,
    row: Mandate,
    member: Member,
    now: datetime,
    said: Mapping[str, str],
) -> None:
    ledger.append(
        session,
        tag,
        at=now,
        actor=f"member:{member.id}",
        organisation_id=row.organisation_id,
        data={"mandate": row.id, "member": row.member_id, "title": row.title, **said},
    )
