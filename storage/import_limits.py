"""Until when an imported contract has its time-stamp, by the organisation's own calendar."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.deals import Deal as DealValues
from domain.forms import FormProblems
from domain.imports import FUTURE, MISSING, clock_day
from domain.kinds import EnvelopeState
from domain.working_days import ClosedDays, stamp_limit
from storage.locks import locked
from storage.tables import Deal, Envelope, Imported, Organisation


def closed_days(session: Session, organisation_id: UUID) -> ClosedDays:
    """The organisation's own holidays."""
    return ClosedDays.of(session.get_one(Organisation, organisation_id).closed_days)


def count_anew(session: Session, envelope: Envelope, deal: DealValues, now: datetime) -> None:
    """The day of receipt may have been corrected: so is the limit, and whether the time-stamp came
    late. Nothing happens to what was sent from here. Raises FormProblems where the day was taken
    away, or is still to come."""
    row = locked(session, Imported, envelope.id)
    if row is None:
        return
    if deal.received_on is None:
        raise FormProblems({"received_on": MISSING["received_on"]})
    if deal.received_on > now.astimezone(_zone(session, row)).date():
        raise FormProblems({"received_on": FUTURE})
    row.limit_on = stamp_limit(deal.received_on, closed_days(session, row.organisation_id))
    if row.token_time is not None:
        row.late = is_late(session, row)


def count_all_anew(session: Session, organisation_id: UUID) -> None:
    """The days on which nobody works have changed: so have the limits of all that waits for its
    time-stamp, in the register and in batches. What has one was in time or late by the days of
    then."""
    closed = closed_days(session, organisation_id)
    rows = session.execute(
        select(Imported, Envelope, Deal.received_on)
        .join(Envelope, Envelope.id == Imported.envelope_id)
        .outerjoin(Deal, Deal.envelope_id == Imported.envelope_id)
        .where(
            Imported.organisation_id == organisation_id,
            Imported.token.is_(None),
            Imported.limit_on.is_not(None),
        )
        .order_by(Imported.envelope_id)
    )
    zone = ZoneInfo(session.get_one(Organisation, organisation_id).zone)
    for row, envelope, known in rows:
        row.limit_on = stamp_limit(known or counted_from(row, envelope, zone)[0], closed)


def counted_from(row: Imported, envelope: Envelope, zone: ZoneInfo) -> tuple[date, bool]:
    """From which day the limit of what is not in the register yet counts, and whether somebody
    said that it was received then (domain.imports.clock_day)."""
    uploaded_on = envelope.created_at.astimezone(zone).date()
    return clock_day(str(row.typed.get("received_on", "")), uploaded_on)


def begin_clock(session: Session, row: Imported, envelope: Envelope) -> None:
    """The limit of a file that nobody has taken, whatever is missing of its values."""
    zone = _zone(session, row)
    received, _ = counted_from(row, envelope, zone)
    row.limit_on = stamp_limit(received, closed_days(session, row.organisation_id))


def begin_clocks(session: Session, organisation_id: UUID) -> int:
    """Of files that were uploaded when a limit was only counted once all values were there. Returns
    how many."""
    rows = session.execute(
        select(Imported, Envelope)
        .join(Envelope, Envelope.id == Imported.envelope_id)
        .where(
            Imported.organisation_id == organisation_id,
            Imported.limit_on.is_(None),
            Imported.token.is_(None),
            Envelope.state == EnvelopeState.IMPORTING.value,
        )
        .order_by(Imported.envelope_id)
    ).all()
    for row, envelope in rows:
        begin_clock(session, row, envelope)
    return len(rows)


def is_late(session: Session, row: Imported) -> bool:
    """Whether its time-stamp came after the limit, by the days of the organisation's zone."""
    if row.token_time is None or row.limit_on is None:
        return False
    return row.token_time.astimezone(_zone(session, row)).date() > row.limit_on


def _zone(session: Session, row: Imported) -> ZoneInfo:
    return ZoneInfo(session.get_one(Organisation, row.organisation_id).zone)
