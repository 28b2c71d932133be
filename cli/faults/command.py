"""`musubi faults`: the options, the exit status."""

import json
import time
from pathlib import Path

import click

from cli.faults.matrix import Wishes, run
from cli.faults.trial import Cell

GROUPS = (
    "kill", "answer", "random", "tsa", "hsm", "mail", "database", "server", "vault", "temporal",
    "race", "crowd", "disk", "clock",
)  # fmt: skip


@click.command()
@click.option("--runs", type=click.IntRange(1, 1000), default=1, show_default=True,
              help="各条件の回数 - runs of every cell")  # fmt: skip
@click.option("--only", multiple=True, type=click.Choice(GROUPS),
              help="障害の種類 - kinds of faults")  # fmt: skip
@click.option("--match", default="", help="名前に含む語 - cells whose name contains this")
@click.option("--short", is_flag=True, help="短い一覧だけ - the short matrix of every change")
@click.option("--together", type=click.IntRange(1, 20), default=1, show_default=True,
              help="一度に壊す箇所の数 - points broken in one telling of a story")  # fmt: skip
@click.option("--database", type=click.Choice(["sqlite", "postgresql"]), default="sqlite",
              show_default=True, help="データベース - where the stack keeps its rows")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(min=1), default=6 * 3600.0,
              help="全体の上限（秒） - start no cell after so many seconds")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="JSONで出力 - print JSON")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False),
              default=Path("var/faults"), show_default=True, help="結果の保存先")  # fmt: skip
def faults(  # noqa: PLR0913 - one argument per option
    runs: int, only: tuple[str, ...], match: str, short: bool, together: int, database: str,
    seconds: float, as_json: bool, out: Path,
) -> None:  # fmt: skip
    """障害を起こして点検します - Break it on purpose and judge what is left."""

    def chosen(cell: Cell) -> bool:
        wanted = not only or cell.group in only
        return wanted and match in cell.name and (cell.short or not short)

    wishes = Wishes(
        chosen, runs, time.monotonic() + seconds,
        on_postgresql=database == "postgresql", longer=not short and _asks_for_points(only),
        together=together,
    )  # fmt: skip
    report = run(wishes)
    report.write(out)
    text = json.dumps(report.as_dict(), ensure_ascii=False, indent=1)
    click.echo(text if as_json else report.text().rstrip())
    raise SystemExit(0 if report.passed else 1)


def _asks_for_points(only: tuple[str, ...]) -> bool:
    """Whether the points of longer stories are needed at all."""
    return not only or bool({"kill", "answer"} & {*only})
