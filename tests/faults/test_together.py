"""Points of one story that are broken in one telling of it."""

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from cli.faults.cells import processes
from cli.faults.points import Moment, Points
from cli.faults.report import Report
from cli.faults.stage import Stage
from cli.faults.together import joined
from cli.faults.trial import Cell, Outcome, Trial

POINTS = [(f"web:commit:step.{number}", Moment.AFTER) for number in range(7)]
SINGLE = Cell("tsa", "both away", "nothing is lost")


def tell(_: Trial) -> None:
    """A longer story."""


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    points = Points(tmp_path)
    points.create()
    return Trial(cast("Stage", SimpleNamespace(points=points)), SINGLE)


def all_cells() -> list[Cell]:
    later = processes.at_later([("web:commit:step.1", 1)], tell, "longer")
    return [
        *processes.at_points(POINTS),
        *processes.at_points(POINTS[:2], tell, "longer"),
        *later,
        SINGLE,
    ]


def test_nothing_is_joined_unless_it_is_asked_for() -> None:
    names = [(cell.group, cell.name) for cell in joined(all_cells(), 1)]
    assert sorted(names) == sorted((cell.group, cell.name) for cell in all_cells())


def test_every_point_is_in_one_telling_of_its_own_story_and_kind() -> None:
    cells = list(joined(all_cells(), 3))
    broken = [part for cell in cells for part in cell.parts or (cell,)]
    assert len(broken) == len(all_cells())
    for cell in cells:
        assert len(cell.parts) <= 3
        assert {(part.group, part.tell) for part in cell.parts} <= {(cell.group, cell.tell)}


def test_points_of_one_telling_lie_apart() -> None:
    first = next(joined(processes.at_points(POINTS), 3))
    assert [part.point[-7:-6] for part in first.parts] == ["0", "3", "6"]


@pytest.mark.parametrize("most", [3, 7, 20])
def test_neighbours_are_never_in_one_telling_however_few_there_are(most: int) -> None:
    for count in range(2, len(POINTS) + 1):
        for cell in joined(processes.at_points(POINTS[:count]), most):
            numbers = [int(part.point.split(".")[1]) for part in cell.parts]
            assert all(later - one >= min(3, count) for one, later in pairwise(numbers))


def test_a_step_that_is_broken_when_it_comes_again_has_a_telling_of_its_own() -> None:
    later = [cell for cell in joined(all_cells(), 3) if "passed 1 times" in cell.name]
    assert [cell.parts for cell in later] == [(), ()]


def test_what_a_telling_never_came_to_is_broken_by_itself(trial: Trial) -> None:
    lost = [cell for cell in processes.at_points(POINTS) if cell.group == "answer"]
    trial.cell = next(joined(lost, 3))
    trial.cell.prepare(trial)
    for number in (0, 6):
        with pytest.raises(TimeoutError):
            trial.stage.points.reach(f"web:commit:step.{number}", Moment.AFTER, TimeoutError)
    trial.take_back()
    assert [part.point for part in trial.again] == ["web:commit:step.3.after"]
    assert not trial.problems
    assert trial.stage.points.withdraw() == []


def test_a_telling_that_failed_is_broken_point_by_point(trial: Trial) -> None:
    trial.cell = next(joined(processes.at_points(POINTS), 3))
    trial.problems.append("something is lost")
    assert trial.again == trial.cell.parts


def test_the_report_counts_points_and_not_tellings() -> None:
    rows = [outcome("3 points", ["a", "b"]), outcome("c", []), outcome("c", [])]
    [group] = Report(rows).groups()
    assert (group["runs"], group["cells"]) == (3, 3)


def outcome(cell: str, broken: list[str]) -> Outcome:
    return Outcome(
        group="kill",
        cell=cell,
        promise="",
        passed=True,
        problems=[],
        seconds=1.0,
        recovery=1.0,
        shown=[],
        parts=len(broken),
        broken=broken,
    )
