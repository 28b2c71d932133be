"""`musubi selftest`: the options, the plans, the run, the exit status."""

import json
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from cli.home import Home
from cli.options import home_option
from cli.selftest.browser import Browser
from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience, SelftestFailed
from cli.selftest.result import EnvelopeResult, Summary
from cli.selftest.samples import write_samples
from cli.selftest.sender import log_in
from cli.selftest.signer import Person
from cli.selftest.stack import Target, clerk_login, own_stack
from cli.selftest.story import Plan, Story

SURNAMES = ("山田", "佐藤", "鈴木", "高橋", "田中")
GIVEN_NAMES = ("太郎", "花子", "一郎", "美咲", "健")
LOGIN_SECONDS = 120.0


@dataclass(frozen=True)
class Wishes:
    """What was asked for on the command line."""

    files: tuple[Path, ...]
    each: bool
    signers: int
    order: str
    documents: int
    jobs: int
    seconds: float
    out: Path


@click.command()
@click.option("--start", is_flag=True, help="専用の環境を起動して使う - start a stack of its own")
@click.option("--database-url", metavar="URL",
              help="その環境の空のデータベース - an empty database for it")  # fmt: skip
@click.option(
    "--pdf", "files", multiple=True, type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="使うPDF（既定：見本を作る） - files to carry; made up if none is named",
)  # fmt: skip
@click.argument("more", nargs=-1, metavar="[FILE]...",
                type=click.Path(path_type=Path, exists=True, dir_okay=False))  # fmt: skip
@click.option("--each", is_flag=True, help="1ファイルにつき1封筒 - an envelope for every file")
@click.option("--signers", type=click.IntRange(1, 50), default=1, show_default=True)
@click.option("--order", type=click.Choice(["sequence", "parallel"]), default="sequence")
@click.option("--documents", type=click.IntRange(1, 100), default=1, show_default=True,
              help="見本の文書数 - how many samples to make")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 32), default=1, show_default=True,
              help="同時に進める封筒の数 - envelopes at the same time")  # fmt: skip
@click.option("--patience", "seconds", type=click.FloatRange(min=1), default=300.0,
              show_default=True, help="1封筒の上限（秒） - seconds for one envelope")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="JSONで出力 - print JSON")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True,
              help="結果の保存先 - folder for results")  # fmt: skip
@click.option("--base-url", help="試す環境 - the web app (default: that of the home)")
@click.option("--catcher-url", help="メール捕捉サーバー - the mail catcher")
@click.option("--login", "mail", help="担当者のメールアドレス - the clerk's address")
@click.option("--password-file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--trust", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="信頼するルート (PEM) - trusted roots for the verification")  # fmt: skip
@home_option
def selftest(  # noqa: PLR0913 - one argument per option
    home: Home, start: bool, database_url: str | None,
    base_url: str | None, catcher_url: str | None, mail: str | None,
    password_file: Path | None, trust: Path | None, as_json: bool,
    files: tuple[Path, ...], more: tuple[Path, ...], **wishes: Any,  # noqa: ANN401 - the fields of Wishes
) -> None:  # fmt: skip
    """封筒を最後まで通してみます - Carry real envelopes through a running stack."""
    asked = Wishes(files=(*files, *more), **wishes)
    if database_url and not start:
        raise click.UsageError("--database-url needs --start")
    try:
        with _scene(home, start, database_url) as scene:
            target = scene.target or _named(home, mail, password_file)
            target = replace(
                target,
                base_url=base_url or target.base_url,
                catcher_url=catcher_url or target.catcher_url,
            )
            roots = _kept_roots(trust or scene.roots, asked.out)
            summary = run(target, asked, VerifyCommand(("--trust", str(roots))))
            scene.keep = not summary.passed
    except SelftestFailed as failure:
        raise click.ClickException(str(failure)) from failure
    summary.write(asked.out)
    text = json.dumps(summary.as_dict(), ensure_ascii=False, indent=1)
    click.echo(text if as_json else summary.text().rstrip())
    raise SystemExit(0 if summary.passed else 1)


def _kept_roots(roots: Path, out: Path) -> Path:
    """A copy beside the results: `musubi verify --trust` needs it when the stack is gone."""
    out.mkdir(parents=True, exist_ok=True)
    kept = out / "roots.pem"
    if not roots.exists():
        raise SelftestFailed(f"no trusted roots in {roots}: name --trust")
    if not (kept.exists() and kept.samefile(roots)):
        shutil.copyfile(roots, kept)
    return kept


def run(target: Target, wishes: Wishes, verify: VerifyCommand) -> Summary:
    """Carry every planned envelope. Raises SelftestFailed when nobody can log in."""
    began = time.monotonic()
    window = Browser(target.base_url, Patience(LOGIN_SECONDS))
    mailbox = Mailbox(target.catcher_url)
    try:
        log_in(window, target.mail, target.password)
        story = Story(target.base_url, window, mailbox, verify, wishes.out)
        results = _tell_all(story, plans(wishes), wishes)
    finally:
        window.close()
        mailbox.close()
    return Summary(results, time.monotonic() - began)


def plans(wishes: Wishes) -> list[Plan]:
    """One envelope, or one for every file. Addresses are new in each run, so that nobody reads
    another run's mail."""
    files = wishes.files or tuple(write_samples(wishes.out / "samples", wishes.documents))
    groups = [(path,) for path in files] if wishes.each else [files]
    mark = secrets.token_hex(4)
    return [
        Plan(
            name=f"envelope-{number:04d}",
            title=f"{group[0].stem[:60]}の締結",
            files=tuple(group),
            people=_people(wishes.signers, f"{mark}-{number}"),
            order=wishes.order,
            seconds=wishes.seconds,
        )
        for number, group in enumerate(groups, start=1)
    ]


def _people(count: int, mark: str) -> tuple[Person, ...]:
    return tuple(
        Person(
            name=f"{SURNAMES[index % 5]} {GIVEN_NAMES[index // 5 % 5]}",
            mail=f"signer{index + 1}.{mark}@selftest.example",
            company=f"株式会社試験{index + 1}",
        )
        for index in range(count)
    )


def _tell_all(story: Story, planned: Sequence[Plan], wishes: Wishes) -> list[EnvelopeResult]:
    def tell(plan: Plan) -> EnvelopeResult:
        result = story.tell(plan)
        if result.refused and not wishes.files:
            result.error = result.error or "a sample of our own was refused"
        click.echo(result.line(), err=True)
        return result

    with ThreadPoolExecutor(wishes.jobs) as pool:
        return list(pool.map(tell, planned))


def _named(home: Home, mail: str | None, password_file: Path | None) -> Target:
    """The stack that runs in a home, and who logs in."""
    if mail and password_file:
        password = password_file.read_text(encoding="utf-8").strip()
    else:
        mail, password = clerk_login(home)
    return Target(home.base_url, home.catcher_url, mail, password)


@dataclass
class _Scene:
    """What is tested: `target` None means a stack that runs already."""

    target: Target | None
    roots: Path
    keep: bool = True
    """Whether the folder of our own stack stays, for the logs in it."""


@contextmanager
def _scene(home: Home, start: bool, database_url: str | None) -> Iterator[_Scene]:
    if not start:
        yield _Scene(None, home.trust / "roots.pem")
        return
    folder = Path(tempfile.mkdtemp(prefix="musubi-selftest-"))
    scene = _Scene(None, folder / "trust" / "roots.pem")
    try:
        with own_stack(folder, database_url=database_url) as stack:
            click.echo(f"own stack: {stack.home.base_url} in {folder}", err=True)
            scene.target = stack.target()
            yield scene
    finally:
        if scene.keep:
            click.echo(f"logs are kept in {folder / 'logs'}", err=True)
        else:
            shutil.rmtree(folder)
