"""Absences as rows: entered by the member himself or by an administrator, and cancelled once."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain.absences import MAX_CHAIN, OVERLAPS, CheckedAbsence, NoDeputy
from domain.events import Event
from domain.forms import FormProblems
from domain.refusals import Words
from storage import ledger
from storage.locks import locked, take_turn
from storage.tables import Absence, Member, Organisation


def day_of(session: Session, organisation_id: UUID, moment: datetime) -> date:
    """The day in the organisation's zone."""
    return _day_in(session.get_one(Organisation, organisation_id).zone, moment)


def _day_in(zone: str, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def enter(session: Session, member: Member, checked: CheckedAbsence, now: datetime) -> Absence:
    """Raises FormProblems where the same member is absent in these days already."""
    take_turn(session, f"absence:{checked.member_id}")
    if _within(session, checked.member_id, checked.begins_on, checked.ends_on) is not None:
        raise FormProblems({"begins_on": OVERLAPS})
    row = Absence(
        organisation_id=member.organisation_id,
        member_id=checked.member_id,
        deputy_id=checked.deputy_id,
        begins_on=checked.begins_on,
        ends_on=checked.ends_on,
        entered_by=member.id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, Event.ABSENCE_ENTERED, row, member, now)
    return row


def cancel(session: Session, member: Member, absence: Absence, now: datetime) -> bool:
    """From now on nobody new is asked as deputy. False where it was cancelled before."""
    row = locked(session, Absence, absence.id)
    if row is None or row.cancelled_at is not None:
        return False
    row.cancelled_at, row.cancelled_by = now, member.id
    session.flush()
    _note(session, Event.ABSENCE_CANCELLED, row, member, now)
    return True


def find(session: Session, organisation_id: UUID, absence_id: UUID) -> Absence | None:
    """An absence of the organisation; another's does not exist."""
    return session.scalar(
        select(Absence).where(Absence.id == absence_id, Absence.organisation_id == organisation_id)
    )


def to_come(
    session: Session, organisation_id: UUID, today: date, member_id: UUID | None = None
) -> Sequence[Absence]:
    """Those that hold, or will; of everybody, or of one member."""
    query = select(Absence).where(
        Absence.organisation_id == organisation_id,
        Absence.ends_on >= today,
        Absence.cancelled_at.is_(None),
    )
    if member_id is not None:
        query = query.where(Absence.member_id == member_id)
    return session.scalars(query.order_by(Absence.begins_on, Absence.id)).all()


def held(session: Session, now: datetime) -> Sequence[Absence]:
    """Those that hold now, of all organisations, each by its own zone."""
    utc = now.astimezone(UTC).date()
    rows = session.execute(
        select(Absence, Organisation.zone)
        .join(Organisation, Organisation.id == Absence.organisation_id)
        .where(
            Absence.cancelled_at.is_(None),
            Absence.begins_on <= utc + timedelta(days=1),
            Absence.ends_on >= utc - timedelta(days=1),
        )
        .order_by(Absence.created_at, Absence.id)
    )
    return [
        absence
        for absence, zone in rows
        if absence.begins_on <= _day_in(zone, now) <= absence.ends_on
    ]


def of_day(session: Session, member_id: UUID, day: date) -> Absence | None:
    """The absence that holds for a member on a day."""
    return _within(session, member_id, day, day)


def of_moment(session: Session, member: Member, at: datetime) -> Absence | None:
    """The absence that held for a member at a moment, cancelled since or not."""
    day = day_of(session, member.organisation_id, at)
    return session.scalar(
        select(Absence)
        .where(
            Absence.member_id == member.id,
            Absence.begins_on <= day,
            Absence.ends_on >= day,
            Absence.created_at <= at,
            or_(Absence.cancelled_at.is_(None), Absence.cancelled_at > at),
        )
        .limit(1)
    )


def stood_in_for(session: Session, member: Member, now: datetime) -> Sequence[Member]:
    """Who is absent now, and whose deputy this member is: as the one who was named, or as his own
    deputy."""
    day = day_of(session, member.organisation_id, now)
    found: dict[UUID, Absence] = {}
    named = {member.id}
    for _ in range(MAX_CHAIN):
        rows = session.scalars(
            select(Absence).where(
                Absence.organisation_id == member.organisation_id,
                Absence.ends_on >= day,
                Absence.begins_on <= day,
                Absence.cancelled_at.is_(None),
                Absence.deputy_id.in_(named),
            )
        ).all()
        found |= {row.member_id: row for row in rows}
        named = {row.member_id for row in rows}
        if not named:
            break
    deputies = {key: deputy_on(session, row, day) for key, row in found.items()}
    return [
        session.get_one(Member, key)
        for key, deputy in deputies.items()
        if isinstance(deputy, Member) and deputy.id == member.id
    ]


def _within(session: Session, member_id: UUID, begins: date, ends: date) -> Absence | None:
    """One that holds on any of these days."""
    return session.scalar(
        select(Absence)
        .where(
            Absence.member_id == member_id,
            Absence.cancelled_at.is_(None),
            Absence.begins_on <= ends,
            Absence.ends_on >= begins,
        )
        .limit(1)
    )


def deputy_on(session: Session, absence: Absence, day: date) -> Member | Words:
    """The deputy, or his own deputy while he is absent himself. Words say why nobody."""
    deputy: Member | None = None
    at: Absence | None = absence
    for _ in range(MAX_CHAIN):
        if at is None:
            break
        deputy = session.get(Member, at.deputy_id)
        if deputy is None or not deputy.active:
            return NoDeputy.LEFT
        at = of_day(session, deputy.id, day)
    if deputy is None or at is not None or deputy.id == absence.member_id:
        return NoDeputy.ABSENT
    return deputy


def _note(session: Session, tag: Event, row: Absence, member: Member, now: datetime) -> None:
    ledger.append(
        session,
        tag,
        at=now,
        actor=f"member:{member.id}",
        organisation_id=row.organisation_id,
        data={
            "absence": row.id,
            "member": row.member_id,
            "deputy": row.deputy_id,
            "begins_on": row.begins_on.isoformat(),
            "ends_on": row.ends_on.isoformat(),
        },
    )
