"""The matrix, and how it is run: which stacks, which cells on each, in which order."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from cli.faults.cells import (
    clocks,
    mails,
    processes,
    races,
    servers,
    storage,
    stories,
    temporal,
    timestamps,
    tokens,
)
from cli.faults.report import Report, line
from cli.faults.stage import Stage, stage
from cli.faults.supervised import compiler
from cli.faults.together import joined
from cli.faults.trial import Cell, Trial

DISK_MEGABYTES = 600
PLAIN = Cell("plain", "nothing breaks", "an envelope goes all the way")


@dataclass(frozen=True)
class Wishes:
    """What is asked for. `until` is of the monotonic clock."""

    chosen: Callable[[Cell], bool]
    runs: int
    until: float
    on_postgresql: bool = False
    longer: bool = False
    """Whether the points of longer stories are looked for, too."""
    together: int = 1
    """How many points of a story are broken in one telling."""


def run(wishes: Wishes) -> Report:
    """All chosen cells on one stack; those of disks and of clocks on one of their own each."""
    report, began = Report(), time.monotonic()
    with _own_stage(wishes) as on:
        chosen = filter(wishes.chosen, _counted(_matrix(on, wishes, report), report))
        _run_all(on, joined(chosen, wishes.together), wishes, report)
    for cells, why_not, how in _apart(wishes):
        asked = [cell for cell in _counted(cells, report) if wishes.chosen(cell)]
        if asked and why_not:
            report.skipped += [f"{cell.group} {cell.name}: {why_not}" for cell in asked]
        elif asked and time.monotonic() < wishes.until:
            with _own_stage(wishes, **how) as on:
                _run_all(on, asked, wishes, report)
    report.seconds = time.monotonic() - began
    return report


def _counted(cells: Iterable[Cell], report: Report) -> Iterator[Cell]:
    """The same, each of them counted whether it is chosen or not."""
    for cell in cells:
        report.cells[cell.group] += 1
        yield cell


def _apart(wishes: Wishes) -> Iterator[tuple[list[Cell], str, dict[str, bool]]]:
    """Cells that need a stack made otherwise, and why this machine cannot have it."""
    no_mount = "" if storage.may_mount() else "only root may mount a disk"
    yield list(storage.disk_cells()), no_mount, {"disk": True}
    no_clock = "" if compiler() else "no C compiler makes the clock"
    yield list(clocks.cells(on_postgresql=wishes.on_postgresql)), no_clock, {"clocks": True}


def _matrix(on: Stage, wishes: Wishes, report: Report) -> Iterator[Cell]:
    """The points come from what stories reach without a fault, so these are told first."""
    known = set(points := _points_of(on, PLAIN, report))
    yield from processes.at_points(points)
    for cell in stories.cells() if wishes.longer else ():
        more = [point for point in _points_of(on, cell, report) if point not in known]
        known |= {*more}
        yield from processes.at_points(more, cell.tell, cell.name)
        if cell.tell is not None:
            yield from processes.at_later(stories.LATER.get(cell.name, ()), cell.tell, cell.name)
    report.points = sorted(f"{point} {moment.value}" for point, moment in known)
    yield from processes.at_random()
    for kind in (timestamps, tokens, mails, temporal, races):
        yield from kind.cells()
    yield from storage.cells()
    yield from servers.cells() if wishes.on_postgresql else storage.lock_cells()


def _points_of(on: Stage, cell: Cell, report: Report) -> list[processes.Named]:
    trial = Trial(on, cell)
    _keep(report, trial)
    return processes.points_of(on.points.reached_since(trial.began))


def _run_all(on: Stage, cells: Iterable[Cell], wishes: Wishes, report: Report) -> None:
    for cell in cells:
        for _ in range(wishes.runs):
            for part in _run_one(on, cell, wishes, report):
                _run_one(on, part, wishes, report)


def _run_one(on: Stage, cell: Cell, wishes: Wishes, report: Report) -> Sequence[Cell]:
    """What is to be run by itself after it."""
    if time.monotonic() > wishes.until:
        report.skipped.append(f"{cell.group} {cell.name}: the time was over")
        return ()
    trial = Trial(on, cell)
    _keep(report, trial)
    return trial.again


def _keep(report: Report, trial: Trial) -> None:
    outcome = trial.run()
    report.outcomes.append(outcome)
    click.echo(line(outcome), err=True)
    for problem in outcome.problems:
        click.echo(f"         {problem}", err=True)


@contextmanager
def _own_stage(wishes: Wishes, *, disk: bool = False, clocks: bool = False) -> Iterator[Stage]:
    """A stack in a temporary folder; its logs stay."""
    folder = Path(tempfile.mkdtemp(prefix="musubi-faults-"))
    home = folder / "home"
    home.mkdir()
    if disk:
        _mount(home)
    try:
        with stage(home, on_postgresql=wishes.on_postgresql, clocks=clocks) as on:
            click.echo(f"own stack: {on.home.base_url} in {home}", err=True)
            yield on
    finally:
        shutil.copytree(home / "logs", folder / "logs", dirs_exist_ok=True)
        click.echo(f"logs are kept in {folder / 'logs'}", err=True)
        if disk:
            subprocess.run(["umount", str(home)], check=False)  # noqa: S603, S607 - fixed words
        shutil.rmtree(home, ignore_errors=True)


def _mount(home: Path) -> None:
    size = f"size={DISK_MEGABYTES}m"
    subprocess.run(  # noqa: S603 - fixed words
        ["mount", "-t", "tmpfs", "-o", size, "musubi-faults", str(home)],  # noqa: S607
        check=True,
    )
