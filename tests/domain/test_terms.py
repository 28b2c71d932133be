"""Which day of a contract comes next, and when somebody is warned of it."""

from datetime import date, timedelta

import pytest

from domain.terms import MARGINS, Milestone, Standing, Term, TermWarning

END = date(2027, 3, 31)
RENEWS = Term(END, renews=True, notice_days=90)
NOTICE, ENDS, RENEWAL = Milestone.NOTICE, Milestone.END, Milestone.RENEWAL


def told(term: Term, today: date) -> list[tuple[Milestone, int]]:
    return [(one.milestone, one.margin) for one in term.due(today)]


@pytest.mark.parametrize(
    ("left", "margins"), [(31, []), (30, [30]), (8, [30]), (7, [7]), (0, [7]), (-1, [])]
)
def test_a_warning_is_due_from_its_margin_until_the_day_itself(
    left: int, margins: list[int]
) -> None:
    today = END - timedelta(days=left)
    assert told(Term(END), today) == [(ENDS, margin) for margin in margins]
    renewing = Term(END + timedelta(days=90), renews=True, notice_days=90)
    assert told(renewing, today) == [(NOTICE, margin) for margin in margins]


def test_a_contract_that_renews_is_warned_of_that_once_it_is_too_late_for_notice() -> None:
    assert RENEWS.milestones == ((NOTICE, date(2026, 12, 31)), (RENEWAL, END))
    assert told(RENEWS, END - timedelta(days=31)) == []
    assert told(RENEWS, END - timedelta(days=30)) == [(RENEWAL, 30)]
    assert told(RENEWS, END - timedelta(days=7)) == [(RENEWAL, 7)]
    assert told(RENEWS, END + timedelta(days=1)) == []
    soon = Term(END, renews=True, notice_days=5)
    assert told(soon, END - timedelta(days=5)) == [(NOTICE, 7)]
    assert told(soon, END - timedelta(days=4)) == [(RENEWAL, 7)]
    assert Term(END, renews=True).milestones == ((NOTICE, END),)


def test_one_that_ends_is_warned_of_its_day_for_notice_too() -> None:
    term = Term(END, notice_days=10)
    assert term.milestones == ((NOTICE, date(2027, 3, 21)), (ENDS, END))
    assert told(term, date(2027, 3, 15)) == [(NOTICE, 7), (ENDS, 30)]
    assert Term(END, notice_days=0).milestones == ((ENDS, END),)


def test_leap_days_count() -> None:
    assert Term(date(2028, 3, 31), renews=True, notice_days=31).notice_on == date(2028, 2, 29)
    assert Term(date(2027, 3, 31), renews=True, notice_days=31).notice_on == date(2027, 2, 28)
    assert told(Term(date(2028, 2, 29)), date(2028, 1, 30)) == [(ENDS, 30)]
    assert told(Term(date(2028, 2, 29)), date(2028, 1, 29)) == []


def test_a_day_before_the_first_year_is_none() -> None:
    term = Term(date(1, 1, 5), renews=True, notice_days=3650)
    assert term.notice_on is None
    assert term.standing(date(1, 1, 1)) == (Standing.NOTICE_OVER, date(1, 1, 5))


@pytest.mark.parametrize(
    ("term", "today", "standing", "day"),
    [
        (
            RENEWS,
            date(2026, 12, 31),
            Standing.NOTICE_AHEAD,
            date(2026, 12, 31),
        ),
        (RENEWS, date(2027, 1, 1), Standing.NOTICE_OVER, END),
        (RENEWS, END, Standing.NOTICE_OVER, END),
        (
            RENEWS,
            END + timedelta(days=1),
            Standing.MAYBE_RENEWED,
            END,
        ),
        (Term(END, notice_days=90), date(2027, 1, 1), Standing.END_AHEAD, END),
        (Term(END), END, Standing.END_AHEAD, END),
        (Term(END), END + timedelta(days=1), Standing.ENDED, END),
    ],
)
def test_where_a_contract_stands(term: Term, today: date, standing: Standing, day: date) -> None:
    assert term.standing(today) == (standing, day)


def test_an_occasion_is_read_as_it_was_written_and_fits_its_column() -> None:
    for milestone in Milestone:
        for margin in MARGINS:
            warning = TermWarning(milestone, margin, END)
            assert TermWarning.read(warning.occasion) == warning
            assert len(warning.occasion) <= 64
