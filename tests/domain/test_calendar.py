"""Deadlines and reminders as a person reads them in Tokyo."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import end_of_day, next_reminder, reminder_times
from domain.limits import REMINDER_DAYS

TOKYO = "Asia/Tokyo"
ASKED = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)  # 24 November, 00:30 in Tokyo


def test_a_deadline_in_days_ends_with_the_local_day() -> None:
    """Thirty days after 24 November is the whole of 24 December."""
    expected = datetime(2026, 12, 24, 23, 59, 59, tzinfo=ZoneInfo(TOKYO))
    assert end_of_day(ASKED, 30, TOKYO) == expected


def test_reminders_come_in_the_morning_of_days_7_14_21_28() -> None:
    """Counted from the local day on which this person was asked."""
    times = reminder_times(ASKED, REMINDER_DAYS, end_of_day(ASKED, 30, TOKYO), TOKYO)
    local = [moment.astimezone(ZoneInfo(TOKYO)) for moment in times]
    assert [(moment.month, moment.day, moment.hour) for moment in local] == [
        (12, 1, 9),
        (12, 8, 9),
        (12, 15, 9),
        (12, 22, 9),
    ]


def test_no_reminder_at_or_after_the_deadline() -> None:
    """A deadline of ten days leaves one reminder."""
    deadline = end_of_day(ASKED, 10, TOKYO)
    times = reminder_times(ASKED, REMINDER_DAYS, deadline, TOKYO)
    assert len(times) == 1
    assert next_reminder(ASKED, REMINDER_DAYS, deadline, TOKYO, times[0]) is None


def test_days_in_any_order_and_twice_give_the_same_plan() -> None:
    """Settings come from people."""
    deadline = ASKED + timedelta(days=60)
    assert reminder_times(ASKED, (28, 7, 7, 14, 21), deadline, TOKYO) == reminder_times(
        ASKED, REMINDER_DAYS, deadline, TOKYO
    )
