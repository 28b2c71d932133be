"""`musubi faults`: the options, the matrix, the run, the exit status."""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from cli.faults.cells import mails, processes, races, storage, temporal, timestamps, tokens
from cli.faults.points import Moment
from cli.faults.report import Report, line
from cli.faults.stage import Stage, stage
from cli.faults.trial import BACKGROUND, Cell, Trial

DISK_MEGABYTES = 600
PLAIN = Cell("plain", "nothing breaks", "an envelope goes all the way")
GROUPS = (
    "kill", "answer", "random", "tsa", "hsm", "mail", "database", "vault", "temporal", "race",
    "crowd", "disk",
)  # fmt: skip


@click.command()
@click.option("--runs", type=click.IntRange(1, 1000), default=1, show_default=True,
              help="各条件の回数 - runs of every cell")  # fmt: skip
@click.option("--only", multiple=True, type=click.Choice(GROUPS),
              help="障害の種類 - kinds of faults")  # fmt: skip
@click.option("--match", default="", help="名前に含む語 - cells whose name contains this")
@click.option("--short", is_flag=True, help="短い一覧だけ - the short matrix of every change")
@click.option("--seconds", type=click.FloatRange(min=1), default=6 * 3600.0,
              help="全体の上限（秒） - start no cell after so many seconds")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="JSONで出力 - print JSON")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False),
              default=Path("var/faults"), show_default=True, help="結果の保存先")  # fmt: skip
def faults(  # noqa: PLR0913 - one argument per option
    runs: int, only: tuple[str, ...], match: str, short: bool, seconds: float,
    as_json: bool, out: Path,
) -> None:  # fmt: skip
    """障害を起こして点検します - Break it on purpose and judge what is left."""

    def chosen(cell: Cell) -> bool:
        wanted = not only or cell.group in only
        return wanted and match in cell.name and (cell.short or not short)

    report = run(chosen, runs, time.monotonic() + seconds)
    report.write(out)
    text = json.dumps(report.as_dict(), ensure_ascii=False, indent=1)
    click.echo(text if as_json else report.text().rstrip())
    raise SystemExit(0 if report.passed else 1)


def run(chosen: Callable[[Cell], bool], runs: int, until: float) -> Report:
    """All chosen cells, `runs` times each, on one stack; those of the disk on one of their own."""
    report, began = Report(), time.monotonic()
    with _own_stage(disk=False) as on:
        first = Trial(on, PLAIN)
        _keep(report, first)
        rows = [
            row
            for row in on.points.reached_since(first.began)
            if not any(word in row.point for word in BACKGROUND)
        ]
        points = processes.points_of(rows)
        report.points = [f"{point} {moment.value}" for point, moment in points]
        _run_all(on, filter(chosen, _matrix(points)), runs, until, report)
    disk = [cell for cell in storage.disk_cells() if chosen(cell)]
    if disk and not storage.may_mount():
        report.skipped += [f"{cell.name}: only root may mount a disk" for cell in disk]
    elif disk and time.monotonic() < until:
        with _own_stage(disk=True) as on:
            _run_all(on, disk, runs, until, report)
    report.seconds = time.monotonic() - began
    return report


def _matrix(points: Sequence[tuple[str, Moment]]) -> Iterator[Cell]:
    yield from processes.at_points(points)
    yield from processes.at_random()
    for kind in (timestamps, tokens, mails, storage, temporal, races):
        yield from kind.cells()


def _run_all(on: Stage, cells: Iterable[Cell], runs: int, until: float, report: Report) -> None:
    for cell in cells:
        for _ in range(runs):
            if time.monotonic() > until:
                report.skipped.append(f"{cell.group} {cell.name}: the time was over")
                break
            _keep(report, Trial(on, cell))


def _keep(report: Report, trial: Trial) -> None:
    outcome = trial.run()
    report.outcomes.append(outcome)
    click.echo(line(outcome), err=True)
    for problem in outcome.problems:
        click.echo(f"         {problem}", err=True)


@contextmanager
def _own_stage(*, disk: bool) -> Iterator[Stage]:
    """A stack in a temporary folder, which stays when something went wrong."""
    folder = Path(tempfile.mkdtemp(prefix="musubi-faults-"))
    home = folder / "home"
    home.mkdir()
    if disk:
        _mount(home)
    try:
        with stage(home) as on:
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
