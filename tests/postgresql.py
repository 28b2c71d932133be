"""A throw-away PostgreSQL server: Debian's binaries, a temporary folder, no TCP port.

PostgreSQL refuses to run as root, so root runs it as the user that Debian's package made.
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
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

BINARIES = Path("/usr/lib/postgresql")
SYSTEM_USER = "postgres"
START_SECONDS = 30.0
SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")
"""Nothing here outlives the test run, so durability would only cost time."""


_END_OTHERS = sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}")
_TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)
_USED_SEQUENCES = (
    "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
)
_SHAPE = """
SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
  SELECT concat_ws(' ', 'column', attrelid::regclass, attname, atttypid, attnotnull) AS line
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0
  UNION ALL
  SELECT concat_ws(' ', 'trigger', tgrelid::regclass, tgname, tgenabled, tgtype) FROM pg_trigger
    WHERE NOT tgisinternal
  UNION ALL
  SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
  UNION ALL
  SELECT concat_ws(' ', 'function', proname, md5(prosrc)) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
  UNION ALL
  SELECT concat_ws(' ', 'revision', version_num) FROM alembic_version
) AS lines
"""
"""Of everything that a test may have changed besides rows."""


class PostgresqlMissing(Exception):
    """The server's binaries are not installed."""


@dataclass(frozen=True)
class Cluster:
    """A running server; `folder` holds its Unix socket."""

    folder: Path
    _spare: dict[str, list[str]] = field(default_factory=dict)
    """Emptied databases, by the template that they were copied from."""
    _shapes: dict[str, str] = field(default_factory=dict)

    def url(self, database: str) -> str:
        """SQLAlchemy's URL of one database."""
        return f"postgresql+psycopg://musubi@/{database}?host={self.folder}"

    def create_database(self, template: str = "template1") -> str:
        """Make a database, empty or a copy of another, and return its name."""
        name = f"test_{uuid4().hex}"
        # Files are copied: the other strategy writes each page into the log, ten times as slow.
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self._command(words.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The URL of a database that lasts as long as the block."""
        name = self.create_database(template)
        try:
            yield self.url(name)
        finally:
            self.drop_database(name)

    @contextmanager
    def copy_of(self, template: str) -> Iterator[str]:
        """The URL of a database as the template is. One that a test has used is emptied and used
        again, unless more than rows was changed: to copy one takes half a second."""
        spare = self._spare.setdefault(template, [])
        name = spare.pop() if spare else self.create_database(template)
        try:
            yield self.url(name)
        finally:
            if self._empty(name, like=template):
                spare.append(name)
            else:
                self.drop_database(name)

    def _empty(self, name: str, *, like: str) -> bool:
        """False where the schema is not the template's any more."""
        self._command(_END_OTHERS.format(sql.Literal(name)))
        with self._connected(name) as connection:
            if self._shape(connection) != self._shape_of(like):
                return False
            _delete_rows(connection)
            return True

    def _shape_of(self, template: str) -> str:
        if template not in self._shapes:
            with self._connected(template) as connection:
                self._shapes[template] = self._shape(connection)
        return self._shapes[template]

    @staticmethod
    def _shape(connection: psycopg.Connection[TupleRow]) -> str:
        row = connection.execute(_SHAPE).fetchone()
        assert row is not None
        return str(row[0])

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._command(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def answers(self) -> bool:
        """Tell whether the server accepts connections."""
        try:
            self._command(sql.SQL("SELECT 1"))
        except psycopg.OperationalError:
            return False
        return True

    def _command(self, statement: sql.SQL | sql.Composed) -> None:
        with self._connected("postgres") as connection:
            connection.execute(statement)

    def _connected(self, name: str) -> psycopg.Connection[TupleRow]:
        return psycopg.connect(host=str(self.folder), user="musubi", dbname=name, autocommit=True)


def _delete_rows(connection: psycopg.Connection[TupleRow]) -> None:
    """Of all tables but the migrations' own; guards and foreign keys do not look."""
    tables = [str(row[0]) for row in connection.execute(_TABLES)]
    filled = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(
            sql.Literal(name), sql.Identifier(name)
        )
        for name in tables
    )
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for row in connection.execute(filled).fetchall():
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(row[0])))
        for row in connection.execute(_USED_SEQUENCES).fetchall():
            connection.execute(sql.SQL("ALTER SEQUENCE {} RESTART").format(sql.Identifier(row[0])))


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Initialise and start a server; stop and remove it afterwards."""
    binaries = _newest_binaries()
    # The path of a Unix socket holds 107 bytes at most, and the server's user must get there:
    # /tmp instead of whatever TMPDIR names.
    folder = Path(tempfile.mkdtemp(prefix="musubi-pg-", dir="/tmp"))
    try:
        data = folder / "data"
        _initialise(binaries, folder, data)
        with _server(binaries, folder, data):
            yield Cluster(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _newest_binaries() -> Path:
    found = sorted(BINARIES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        message = "PostgreSQL's server is missing; `make test` installs it"
        raise PostgresqlMissing(message)
    return found[-1].parent


def _as_server_user(*command: str) -> list[str]:
    """The kernel stops the server when the test run dies, even by kill -9."""
    switch = []
    if os.geteuid() == 0:
        switch = [f"--reuid={SYSTEM_USER}", f"--regid={SYSTEM_USER}", "--init-groups"]
    return ["setpriv", *switch, "--pdeathsig=QUIT", *command]


def _initialise(binaries: Path, folder: Path, data: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, SYSTEM_USER)
    options = ["--username=musubi", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
    subprocess.run(
        _as_server_user(str(binaries / "initdb"), f"--pgdata={data}", "--no-sync", *options),
        check=True,
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def _server(binaries: Path, folder: Path, data: Path) -> Iterator[None]:
    settings = [f"unix_socket_directories={folder}", "listen_addresses=", *SPEED]
    options = [word for setting in settings for word in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            _as_server_user(str(binaries / "postgres"), "-D", str(data), *options),
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        _wait_until_it_answers(process, folder)
        yield
    finally:
        process.send_signal(signal.SIGINT)  # the fast shutdown: waits for no client
        process.wait(START_SECONDS)


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not Cluster(folder).answers():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError((folder / "log").read_text())
        time.sleep(0.05)
