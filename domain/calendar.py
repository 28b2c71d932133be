"""Deadlines, reminders and the download window: pure arithmetic on aware times.

Days are counted in the organisation's zone: "in 14 days" ends at the end of that local day,
which is what a person who reads a date on a page or in a mail expects.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

END_OF_DAY = time(23, 59, 59, fold=1)
"""Where summer time ends at midnight the last hour comes twice: the second ends the day."""
REMINDER_HOUR = time(9, 0)
"""Reminders go out at the start of a working day, not at the minute of the request."""


def end_of_day(moment: datetime, days: int, zone: str) -> datetime:
    """The last second of the local day `days` days after the local day of `moment`."""
    local = moment.astimezone(ZoneInfo(zone))
    return datetime.combine(local.date() + timedelta(days=days), END_OF_DAY, ZoneInfo(zone))


def reminder_times(
    asked_at: datetime, days: Sequence[int], deadline_at: datetime, zone: str
) -> tuple[datetime, ...]:
    """When this person is reminded: counted from his own day, never at or past the deadline."""
    local = asked_at.astimezone(ZoneInfo(zone))
    moments = (
        datetime.combine(local.date() + timedelta(days=day), REMINDER_HOUR, ZoneInfo(zone))
        for day in sorted(set(days))
    )
    return tuple(moment for moment in moments if asked_at < moment < deadline_at)


def next_reminder(
    asked_at: datetime,
    days: Sequence[int],
    deadline_at: datetime,
    zone: str,
    after: datetime,
) -> datetime | None:
    """The first reminder of one person later than `after`, or None."""
    moments = reminder_times(asked_at, days, deadline_at, zone)
    return next((moment for moment in moments if moment > after), None)
