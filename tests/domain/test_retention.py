"""Until when what has ended is kept."""

from datetime import date

import pytest

from domain.deals import Deal, TypedDeal, check_deal
from domain.forms import FormProblems
from domain.retention import Rule, lock

ENDED = date(2026, 11, 29)
USUAL = Rule()


@pytest.mark.parametrize(
    ("rule", "deal", "until"),
    [
        (USUAL, Deal(), date(2037, 5, 31)),
        (Rule(7), Deal(), date(2034, 5, 31)),
        # the last day of a fiscal year belongs to it, the next day to the next
        (Rule(7), Deal(made_on=date(2027, 3, 31)), date(2034, 5, 31)),
        (Rule(7), Deal(made_on=date(2027, 4, 1)), date(2035, 5, 31)),
        # an earlier date of the transaction does not shorten it
        (Rule(7), Deal(made_on=date(2020, 4, 1)), date(2034, 5, 31)),
        # a contract that runs is kept from its end on
        (Rule(7), Deal(ends_on=date(2031, 3, 31)), date(2038, 5, 31)),
        # longer for one contract; never shorter
        (Rule(7), Deal(retention_years=20), date(2047, 5, 31)),
        (Rule(10), Deal(retention_years=7), date(2037, 5, 31)),
        # a fiscal year from January: its return is due at the end of February
        (Rule(7, 1), Deal(), date(2034, 2, 28)),
    ],
)
def test_the_years_count_from_the_return_of_the_last_fiscal_year(
    rule: Rule, deal: Deal, until: date
) -> None:
    found = lock(rule, deal, ENDED)
    assert found.until == until
    assert not found.free(until)
    assert found.free(date(until.year + 1, 1, 1))


def test_what_renews_by_itself_is_kept_until_somebody_ends_it() -> None:
    found = lock(Rule(7), Deal(renews=True, ends_on=date(2027, 3, 31)), ENDED)
    assert found.until is None
    assert not found.free(date(2100, 1, 1))


@pytest.mark.parametrize("last", [date(9999, 12, 31), date(9990, 1, 1)])
def test_what_has_no_end_in_any_calendar_stays_locked(last: date) -> None:
    assert not lock(USUAL, Deal(ends_on=last), ENDED).free(date(9999, 12, 31))


@pytest.mark.parametrize("typed", ["6", "101", "十年", "-8"])
def test_years_that_no_law_knows_are_refused(typed: str) -> None:
    with pytest.raises(FormProblems):
        check_deal(TypedDeal(retention_years=typed))
    assert check_deal(TypedDeal(retention_years="20年")).retention_years == 20
