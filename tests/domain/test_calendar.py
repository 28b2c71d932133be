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


def test_a_day_ends_with_its_second_last_hour_where_summer_time_ends_at_midnight() -> None:
    """In Beirut, 23:00 to 24:00 came twice on 24 October 2026; nobody's deadline is the first."""
    end = end_of_day(datetime(2026, 10, 20, 9, tzinfo=UTC), 4, "Asia/Beirut")
    assert end.astimezone(UTC) == datetime(2026, 10, 24, 21, 59, 59, tzinfo=UTC)


def test_days_are_local_days_on_both_sides_of_summer_time() -> None:
    asked = datetime(2026, 3, 20, 12, tzinfo=UTC)
    end = end_of_day(asked, 14, "Europe/Berlin").astimezone(UTC)
    assert end == datetime(2026, 4, 3, 21, 59, 59, tzinfo=UTC)
    hours = [
        moment.astimezone(UTC).hour
        for moment in reminder_times(asked, (7, 14), end, "Europe/Berlin")
    ]
    assert hours == [8, 7], "nine o'clock there, before and after"


def test_the_seconds_of_2038_are_ordinary_ones() -> None:
    asked = datetime(2038, 1, 15, 9, tzinfo=UTC)
    end = end_of_day(asked, 10, TOKYO)
    assert end.astimezone(UTC) == datetime(2038, 1, 25, 14, 59, 59, tzinfo=UTC)
    assert next_reminder(asked, (7,), end, TOKYO, asked) == datetime(2038, 1, 22, 0, tzinfo=UTC)
