"""A PostgreSQL server of the harness's own: Debian's binaries, a temporary folder, no TCP port.

Unlike that of the tests it writes as a real one does, because it is going to be killed.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from cli.faults.signals import children, send

BINARIES = Path("/usr/lib/postgresql")
SYSTEM_USER = "postgres"
NAME = "musubi"
START_SECONDS = 60.0
END_ALL = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass
class Server:
    """One cluster with one database; its `folder` holds the data and the Unix socket."""

    binaries: Path
    folder: Path
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """SQLAlchemy's URL."""
        return f"postgresql+psycopg://{NAME}@/{NAME}?host={self.folder}"

    def initialise(self) -> None:
        """An empty cluster with an empty database."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, SYSTEM_USER)
        words = [f"--username={NAME}", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        data = f"--pgdata={self.folder / 'data'}"
        self._run(str(self.binaries / "initdb"), data, *words)
        self.start()
        self.command(f"CREATE DATABASE {NAME}", "postgres")

    def start(self) -> None:
        """Run, and wait until it answers. Raises TimeoutError."""
        settings = [f"unix_socket_directories={self.folder}", "listen_addresses="]
        options = [word for setting in settings for word in ("-c", setting)]
        command = _as_server(
            str(self.binaries / "postgres"), "-D", str(self.folder / "data"), *options
        )
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - fixed words
                command, cwd=self.folder, stdout=log, stderr=log
            )
        end = time.monotonic() + START_SECONDS
        while not self.answers():
            if time.monotonic() > end:
                raise TimeoutError((self.folder / "log").read_text()[-2000:])
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL to the server and all that it started: what its machine's loss is."""
        process = self._process
        if process is None:
            return
        send([*children(process.pid), process.pid], signal.SIGKILL)
        process.wait()
        self._process = None

    def stop(self) -> None:
        """The fast shutdown."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(START_SECONDS)
            self._process = None

    @contextmanager
    def halted(self) -> Iterator[None]:
        """It stands still and answers nobody."""
        assert self._process is not None
        pids = [self._process.pid, *children(self._process.pid)]
        send(pids, signal.SIGSTOP)
        try:
            yield
        finally:
            send(pids, signal.SIGCONT)

    def end_connections(self) -> int:
        """As a fail-over does. Returns how many there were."""
        ended = self.command(END_ALL)
        return ended if isinstance(ended, int) else 0

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            self.command("SELECT 1", "postgres")
        except psycopg.OperationalError:
            return False
        return True

    def command(self, statement: str, database: str = NAME) -> object:
        """One statement by itself; the first value of its answer, if any."""
        with psycopg.connect(
            host=str(self.folder), user=NAME, dbname=database, autocommit=True, connect_timeout=10
        ) as connection:
            cursor = connection.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def _run(self, *words: str) -> None:
        subprocess.run(  # noqa: S603 - fixed words
            _as_server(*words), check=True, cwd=self.folder, stdout=subprocess.DEVNULL
        )


@contextmanager
def postgresql() -> Iterator[Server]:
    """Initialised and running; gone afterwards. Raises FileNotFoundError without its binaries."""
    found = sorted(BINARIES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        message = f"no PostgreSQL server in {BINARIES}"
        raise FileNotFoundError(message)
    # A Unix socket's path holds 107 bytes, and the server's user must get there.
    folder = Path(tempfile.mkdtemp(prefix="musubi-pg-", dir="/tmp"))
    server = Server(found[-1].parent, folder)
    try:
        server.initialise()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _as_server(*command: str) -> list[str]:
    """PostgreSQL refuses to run as root. The kernel stops it when the harness dies."""
    switch = []
    if os.geteuid() == 0:
        switch = [f"--reuid={SYSTEM_USER}", f"--regid={SYSTEM_USER}", "--init-groups"]
    return ["setpriv", *switch, "--pdeathsig=QUIT", *command]
