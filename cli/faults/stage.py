"""One stack that is broken on purpose, with everything around it."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli.faults.neighbours.authorities import Authorities, authorities
from cli.faults.neighbours.mailserver import MailServer, mail_server
from cli.faults.points import Points
from cli.faults.supervised import points_folder
from cli.home import Home
from cli.selftest.browser import Browser
from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.sender import log_in
from cli.selftest.stack import Stack, own_stack

BACK_SECONDS = 120.0
LOOK_SECONDS = 0.1

SETTINGS = """
[settings.signing]
tsa_urls = {urls}
[settings.envelopes]
smtp_port = {smtp}
"""


@dataclass
class Stage:
    """A running stack, its people's tools, and its neighbours."""

    stack: Stack
    points: Points
    tsa: Authorities
    mail: MailServer
    out: Path
    window: Browser
    """The clerk's, logged in."""
    mailbox: Mailbox
    serial: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def home(self) -> Home:
        """The folder of the stack."""
        return self.stack.home

    @property
    def verify(self) -> VerifyCommand:
        """Trusts the trial roots."""
        return VerifyCommand(("--trust", str(self.home.trust / "roots.pem")))

    def next(self) -> int:
        """A number that no envelope had before."""
        self.serial += 1
        return self.serial

    # -- processes -----------------------------------------------------------------------------

    def pid(self, process: str) -> int:
        """The process as it is now; one that is just starting again is waited for."""
        end = time.monotonic() + BACK_SECONDS
        while (found := self.stack.board[process]["pid"]) is None and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)
        return int(found)

    def kill(self, process: str) -> None:
        """SIGKILL to it, and to the children that serve its pages."""
        pid = self.pid(process)
        for victim in (*_children(pid), pid):
            _signal(victim, signal.SIGKILL)

    @contextmanager
    def halted(self, process: str) -> Iterator[None]:
        """The process stands still."""
        pid = self.pid(process)
        _signal(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(pid, signal.SIGCONT)

    def wait_until_up(self) -> None:
        """Every process works again."""
        time.sleep(0.5)
        self.stack.wait_until_up(BACK_SECONDS)

    # -- rows ----------------------------------------------------------------------------------

    def ask(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        """Read the database behind everybody's back."""
        path = self.home.root / "musubi.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
            return connection.execute(statement, values).fetchall()

    def hindrances(self, since: datetime) -> list[str]:
        """Reasons that pages showed since then, ended or not."""
        rows = self.ask(
            "SELECT reason FROM hindrances WHERE since >= ?",
            since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
        )
        return [str(reason) for (reason,) in rows]

    def wait_for(self, what: str, seconds: float, look: Callable[[], object]) -> None:
        """Until `look` finds something true. Raises Missed."""
        end = time.monotonic() + seconds
        while not look():
            if time.monotonic() > end:
                raise Missed(f"{what} did not come within {seconds:.0f} s")
            time.sleep(LOOK_SECONDS)


class Missed(Exception):
    """What a fault should have led to did not happen."""


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _children(pid: int) -> list[int]:
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [int(child) for child in listed]


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """A stack in an empty folder, logged in, stopped at the end whatever happens."""
    with authorities() as tsa, mail_server() as mail:
        settings = SETTINGS.format(urls=str(tsa.urls).replace("'", '"'), smtp=mail.port)
        home = Home(folder)
        points = Points(points_folder(home))
        points.create()
        scratch = folder / "tmp"
        scratch.mkdir(parents=True)
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = str(scratch)  # the stack's processes inherit it
        try:
            with own_stack(folder, command=["cli.faults.supervised"], settings=settings) as stack:
                tsa.home, mail.catcher_port = stack.home, stack.home.ports.smtp
                with _people(stack) as (window, mailbox):
                    yield Stage(stack, points, tsa, mail, folder.parent / "out", window, mailbox)
        finally:
            if before is None:
                del os.environ["TMPDIR"]
            else:
                os.environ["TMPDIR"] = before


@contextmanager
def _people(stack: Stack) -> Iterator[tuple[Browser, Mailbox]]:
    target = stack.target()
    window = Browser(target.base_url, Patience(10**6))
    mailbox = Mailbox(target.catcher_url)
    try:
        log_in(window, target.mail, target.password)
        yield window, mailbox
    finally:
        window.close()
        mailbox.close()
