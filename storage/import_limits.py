"""Until when an imported contract has its time-stamp, by the organisation's own calendar."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.deals import Deal as DealValues
from domain.deals import read_day
from domain.forms import FormCheck, FormProblems
from domain.imports import FUTURE, MISSING
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
        select(Imported, Deal.received_on)
        .outerjoin(Deal, Deal.envelope_id == Imported.envelope_id)
        .where(
            Imported.organisation_id == organisation_id,
            Imported.token.is_(None),
            Imported.limit_on.is_not(None),
        )
        .order_by(Imported.envelope_id)
    )
    for row, known in rows:
        received = known or received_of(row)
        if received is not None:
            row.limit_on = stamp_limit(received, closed)


def received_of(row: Imported) -> date | None:
    """The day of receipt of what is not in the register yet, as its index has it."""
    return read_day(FormCheck(), "day", str(row.typed.get("received_on", "")))


def is_late(session: Session, row: Imported) -> bool:
    """Whether its time-stamp came after the limit, by the days of the organisation's zone."""
    if row.token_time is None or row.limit_on is None:
        return False
    return row.token_time.astimezone(_zone(session, row)).date() > row.limit_on


def _zone(session: Session, row: Imported) -> ZoneInfo:
    return ZoneInfo(session.get_one(Organisation, row.organisation_id).zone)
