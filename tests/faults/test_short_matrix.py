"""The short matrix of every change: where things would double or get lost first."""

import time

import pytest

from cli.faults.matrix import Wishes, run
from cli.faults.trial import Cell
from tests.faults.conftest import E2E_SECONDS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(2 * E2E_SECONDS)]

SECONDS = 1500.0
"""Five times what it takes, for machines that others use too."""


def test_nothing_is_lost_or_doubled_where_it_would_be_first() -> None:
    def short(cell: Cell) -> bool:
        return cell.short

    report = run(Wishes(short, 1, time.monotonic() + SECONDS))
    assert report.passed, report.text()
    assert {outcome.group for outcome in report.outcomes} >= {"plain", "kill"}
    assert len(report.points) > 20
    assert not [line for line in report.skipped if "time was over" in line]
