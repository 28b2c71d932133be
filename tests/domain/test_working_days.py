"""The limit for a time-stamp: by Japan's holidays and the organisation's own."""

from datetime import date

import pytest

from domain.working_days import (
    ClosedDays,
    after_months,
    check_closed,
    prompt_limit,
    stamp_limit,
)

OFFICE = ClosedDays.of(None)


@pytest.mark.parametrize(
    ("received", "limit"),
    [
        # 7 weekdays after 26 December, without 29 December to 3 January, and 11 January (成人の日)
        (date(2026, 10, 26), date(2027, 1, 12)),
        # no 31 February: the month ends on the 28th
        (date(2026, 12, 31), date(2027, 3, 9)),
        (date(2027, 12, 31), date(2028, 3, 9)),
        # 29 April and 3 to 5 May
        (date(2027, 2, 27), date(2027, 5, 12)),
        # 21 to 23 September 2026: two holidays make the day between them one (国民の休日)
        (date(2026, 7, 14), date(2026, 9, 28)),
    ],
)
def test_the_limit_counts_business_days_after_two_months(received: date, limit: date) -> None:
    assert stamp_limit(received, OFFICE) == limit


def test_the_organisations_own_holidays_move_the_limit() -> None:
    received = date(2026, 6, 10)
    plain = stamp_limit(received, ClosedDays())
    closed, problem = check_closed("8-13\n2026/08/14\n８－１３")
    assert (closed, problem) == (["08-13", "2026-08-14"], None)
    assert plain == date(2026, 8, 20)
    assert stamp_limit(received, ClosedDays.of(closed)) == date(2026, 8, 24)
    assert stamp_limit(received.replace(year=2027), ClosedDays.of(closed)) == date(2027, 8, 23)


@pytest.mark.parametrize("line", ["13-01", "2026-02-30", "お盆", "8"])
def test_a_line_that_is_no_day_is_told_by_its_number(line: str) -> None:
    kept, problem = check_closed(f"12-29\n{line}")
    assert kept == []
    assert problem is not None
    assert "2行目" in problem.ja


def test_a_leap_day_is_a_day() -> None:
    assert check_closed("2-29") == (["02-29"], None)
    assert after_months(date(2027, 12, 29), 2) == date(2028, 2, 29)


def test_promptly_is_seven_business_days() -> None:
    assert prompt_limit(date(2026, 4, 28), OFFICE) == date(2026, 5, 13)
