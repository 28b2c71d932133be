"""What the matrix is made of: cells of points, of later steps of the same name, and their count."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from cli.faults.cells import processes, stories
from cli.faults.points import Moment, Points
from cli.faults.report import Report
from cli.faults.trial import Trial


@pytest.fixture
def points(tmp_path: Path) -> Points:
    made = Points(tmp_path)
    made.create()
    return made


def test_later_steps_are_of_stories_that_are_told() -> None:
    assert set(stories.LATER) <= set(stories.STORIES)


def test_a_later_step_is_broken_once_as_many_have_passed_as_it_says(points: Points) -> None:
    cells = list(processes.at_later([("web:commit:x.y", 1)], lambda _: None, "a story"))
    assert [cell.group for cell in cells] == ["kill", "answer"]
    assert not any(cell.short for cell in cells)
    cells[1].prepare(cast("Trial", SimpleNamespace(stage=SimpleNamespace(points=points))))
    points.reach("web:commit:x.y", Moment.AFTER, TimeoutError)
    with pytest.raises(TimeoutError):
        points.reach("web:commit:x.y", Moment.AFTER, TimeoutError)


def test_points_of_rounds_that_turn_by_themselves_are_no_story_s(points: Points) -> None:
    for point in ("web:commit:x.y", "envelopes:commit:deletions.StoredDeletionDesk.order_again"):
        points.reach(point, Moment.AFTER, TimeoutError)
    found = processes.points_of(points.reached_since(0))
    assert found == [("web:commit:x.y", Moment.AFTER)]


def test_the_report_says_how_much_the_whole_matrix_is() -> None:
    report = Report(cells=Counter(kill=3, tsa=2))
    assert "the whole matrix: 5 cells (kill 3, tsa 2)" in report.text()
    assert report.as_dict()["cells"] == {"kill": 3, "tsa": 2}
