"""Two clocks agree within seconds, wherever on earth and in time they stand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.clocks import DISPATCH, TOLERANCE, agrees, began_in_time

MOMENTS = [
    datetime(2026, 11, 26, 8, tzinfo=UTC),
    datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1),
    datetime(2026, 12, 31, 23, 59, 59, tzinfo=ZoneInfo("Asia/Tokyo")),
]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("off", [-1, 1])
def test_a_time_between_question_and_answer_fits_with_a_little_to_spare(
    moment: datetime, off: int
) -> None:
    before, after = moment.astimezone(UTC), moment.astimezone(UTC) + timedelta(seconds=3)
    assert agrees(before, moment, after)
    edge = before - TOLERANCE if off < 0 else after + TOLERANCE
    assert agrees(before, edge, after)
    assert not agrees(before, edge + off * timedelta(milliseconds=1), after)


def test_a_slow_answer_is_no_wrong_clock() -> None:
    before = MOMENTS[0]
    assert agrees(before, before + timedelta(minutes=1), before + timedelta(minutes=2))


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_step_begins_after_it_was_handed_out_and_not_long_after(moment: datetime) -> None:
    handed_out = moment.astimezone(UTC)
    assert began_in_time(moment, handed_out + DISPATCH)
    assert not began_in_time(moment, handed_out + DISPATCH + timedelta(seconds=1))
    assert began_in_time(moment, handed_out - TOLERANCE)
    assert not began_in_time(moment, handed_out - TOLERANCE - timedelta(seconds=1))
