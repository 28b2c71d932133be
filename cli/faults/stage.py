"""One stack that is broken on purpose, with everything around it."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, create_engine, make_url, select
from sqlalchemy.orm import Session

from cli.faults.neighbours.authorities import Authorities, authorities
from cli.faults.neighbours.mailserver import MailServer, mail_server
from cli.faults.neighbours.postgresql import Server, postgresql
from cli.faults.points import Points
from cli.faults.signals import children, send
from cli.faults.supervised import clock_file, points_folder, set_clock
from cli.home import Home
from cli.selftest.browser import Browser
from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.sender import log_in
from cli.selftest.stack import Stack, own_stack
from storage.database import open_database
from storage.tables import Envelope, Hindrance

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
    server: Server | None = None
    """Where the rows are, unless they are in a file of the home."""
    clocks: bool = False
    """Whether the clocks of our processes may be set."""
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
        send([*children(pid), pid], signal.SIGKILL)

    @contextmanager
    def halted(self, process: str) -> Iterator[None]:
        """The process stands still."""
        pid = self.pid(process)
        send([pid], signal.SIGSTOP)
        try:
            yield
        finally:
            send([pid], signal.SIGCONT)

    def wait_until_up(self) -> None:
        """Every process works again."""
        time.sleep(0.5)
        self.stack.wait_until_up(BACK_SECONDS)

    # -- clocks --------------------------------------------------------------------------------

    def set_clock(self, process: str, seconds: float) -> None:
        """The process's clock is that much ahead from now on; 0 makes it right again."""
        set_clock(clock_file(self.home, process), seconds)

    # -- rows ----------------------------------------------------------------------------------

    @cached_property
    def _engine(self) -> Engine:
        url = make_url(self.home.database_url)
        if url.get_backend_name() == "sqlite":
            # No hooks of ours: this one may not even try to write.
            return create_engine(f"sqlite:///file:{url.database}?mode=ro&uri=true&timeout=30")
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            isolation_level="AUTOCOMMIT",
        )

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read the database behind everybody's back."""
        with Session(self._engine) as session:
            yield session

    def close(self) -> None:
        """Give the database back."""
        self._engine.dispose()

    def set_deadline(self, envelope_id: UUID, at: datetime) -> None:
        """What no page can do: a deadline within seconds."""
        database = open_database(self.home.database_url)
        with database.transaction() as session:
            session.get_one(Envelope, envelope_id).deadline_at = at
        database.close()

    def age(self, envelope_id: UUID, ended_at: datetime) -> None:
        """What no page can do: let the years of its retention pass since it ended."""
        database = open_database(self.home.database_url)
        with database.transaction() as session:
            session.get_one(Envelope, envelope_id).ended_at = ended_at
        database.close()

    def hindrances(self, since: datetime) -> list[str]:
        """Reasons that pages showed since then, ended or not."""
        with self.reading() as session:
            return list(session.scalars(select(Hindrance.reason).where(Hindrance.since >= since)))

    def wait_for(self, what: str, seconds: float, look: Callable[[], object]) -> None:
        """Until `look` finds something true. Raises Missed."""
        end = time.monotonic() + seconds
        while not look():
            if time.monotonic() > end:
                raise Missed(f"{what} did not come within {seconds:.0f} s")
            time.sleep(LOOK_SECONDS)


class Missed(Exception):
    """What a fault should have led to did not happen."""


@contextmanager
def stage(folder: Path, *, on_postgresql: bool = False, clocks: bool = False) -> Iterator[Stage]:
    """A stack in an empty folder, logged in, stopped at the end whatever happens."""
    with authorities() as tsa, mail_server() as mail, ExitStack() as held:
        server = held.enter_context(postgresql()) if on_postgresql else None
        settings = SETTINGS.format(urls=str(tsa.urls).replace("'", '"'), smtp=mail.port)
        home = Home(folder)
        points = Points(points_folder(home))
        points.create()
        scratch = folder / "tmp"
        scratch.mkdir(parents=True)
        command = ["cli.faults.supervised", *(["--clocks"] if clocks else [])]
        with (
            _told(TMPDIR=str(scratch)),
            own_stack(
                folder, command=command, settings=settings, database_url=server and server.url
            ) as stack,
            _people(stack) as (window, mailbox),
        ):
            tsa.home, mail.catcher_port = stack.home, stack.home.ports.smtp
            out = folder.parent / "out"
            made = Stage(stack, points, tsa, mail, out, window, mailbox, server, clocks)
            held.callback(made.close)
            yield made


@contextmanager
def _told(**words: str) -> Iterator[None]:
    """The stack's processes inherit these variables."""
    before = {name: os.environ.get(name) for name in words}
    os.environ.update(words)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


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
