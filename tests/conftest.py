"""What every room's tests share: who may open a socket, and fresh databases of both kinds.

Whoever asks for `database_url` (empty) or `ready_url` (with tables) runs on SQLite; on PostgreSQL
too where locks, transactions or the schema are what is tested (`ON_BOTH`), and elsewhere one test
of three, by its name. Pages see rows through `storage`: a test of a page runs on one of the two.
`--database both` runs everything on both, `--database sqlite` and `--database postgresql` on one.

The end-to-end tests take a stack on SQLite, or wholly on PostgreSQL with `--database postgresql`;
tests/e2e/test_postgresql.py runs a stack on PostgreSQL in every case.
"""

import faulthandler
import gc
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer

from storage import database
from storage.migrations import upgrade
from tests.naming import FailuresAtOnce
from tests.postgresql import Cluster, running_cluster
from tests.scheduling import SomeTogether

pytest_plugins = ["tests.compiling", "tests.pki.fixtures"]

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
"""How fast words are made up depends on who else works on the machine."""
DATABASES = ["sqlite", "postgresql"]
PAGES_ON_POSTGRESQL = 6
"""One of so many tests of pages."""
ROWS_ON_POSTGRESQL = 3
"""One of so many tests of rows."""
ON_BOTH = (
    "security/",
    "storage/desks/test_acts.py",
    "storage/test_clock.py",
    "storage/test_database.py",
    "storage/test_deals.py",
    "storage/test_entering.py",
    "storage/test_handovers.py",
    "storage/test_ledger.py",
    "storage/test_listing.py",
    "storage/test_locks.py",
    "storage/test_mandates.py",
    "storage/test_migrations.py",
    "storage/test_operations.py",
    "storage/test_posting.py",
    "storage/test_tries.py",
    "storage/test_vault",
    "test_databases.py",
)
"""Paths whose tests are of what the two databases do differently."""
PAGES = Path(__file__).parent / "webapp"
LOOPBACK = ["127.0.0.1", "::1"]
NEAR = ("e2e/", "faults/", "workflows/", "trial/")
"""Folders whose tests need servers of this machine; elsewhere a test asks by the marker."""
LONG = (
    "e2e/",
    "faults/",
    "signing/test_crowds.py",
    "storage/test_migrations.py",
    "webapp/access/",
    "webapp/accessibility/",
    "webapp/signer/test_passkey_browser.py",
    "webapp/signer/test_ways_browser.py",
)
"""Paths whose tests, or files, take longest."""
COLLECT_AFTER = (20_000, 20, 20)
"""New objects, and younger collections, before Python collects; its own are 700, 10, 10."""
TEARDOWN_SECONDS = 180
"""Of one test: a stack that stops takes a minute at the most."""


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Last, for the terminal's reporter has to be there; processes of a run have none."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if isinstance(terminal, pytest.TerminalReporter):
        config.pluginmanager.register(FailuresAtOnce(terminal))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`local_sockets` opens the way to this machine's servers and to nothing else. What takes long
    does not begin late, when the other processes of a run have nothing left to do."""
    if not config.getoption("--thorough"):
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
    for item in items:
        if _path(item).startswith(NEAR) or item.get_closest_marker("local_sockets"):
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))
    late = items[len(items) // 2 :]
    first = {item: None for item in late if _path(item).startswith(LONG)}
    items[:] = [*first, *(item for item in items if item not in first)]


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported and collected stays for the whole run. Without this Python looks through
    all of it again and again for what could be freed, a fifth of the time of a test of a page."""
    del session
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def _path(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).as_posix()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SomeTogether:
    """Whenever a run has several processes. Files come in the order of their items, not by size."""
    config.option.loadscopereorder = False
    return SomeTogether(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """What a test left may wait for itself for ever, and no time-out covers it: the process ends
    with all its stacks told, and the run goes on with another."""
    del item
    faulthandler.dump_traceback_later(TEARDOWN_SECONDS, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=["shared", "both", *DATABASES],
        default="shared",
        help="which databases tests run on (default: see tests/conftest.py)",
    )

    parser.addoption(
        "--thorough",
        action="store_true",
        help="also what bears the mark `thorough`, and a signer's ways in all views",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test of a database once per kind, or on the one that is its share."""
    if "database_kind" in metafunc.fixturenames:
        metafunc.parametrize("database_kind", _kinds(metafunc))


def _kinds(metafunc: pytest.Metafunc) -> list[str]:
    chosen: str = metafunc.config.getoption("--database")
    if chosen in DATABASES:
        return [chosen]
    if chosen == "both" or _path(metafunc.definition).startswith(ON_BOTH):
        return DATABASES
    # By name, so that every process of a run and every run decides alike. A database that each test
    # finds new costs PostgreSQL much.
    number = zlib.crc32(metafunc.definition.nodeid.encode())
    if metafunc.definition.path.is_relative_to(PAGES):
        return ["sqlite" if number % PAGES_ON_POSTGRESQL else "postgresql"]
    return ["sqlite"] if number % ROWS_ON_POSTGRESQL else DATABASES


@pytest.fixture(scope="session", autouse=True)
def unsynced() -> Iterator[str]:
    """Nothing of a test has to outlive a power cut: a quarter of the time of a test of rows went
    into waiting for the disk. Stacks are processes of their own, and wait. How they do it."""
    with pytest.MonkeyPatch.context() as patch:
        durable = database.SYNCHRONOUS
        patch.setattr("storage.database.SYNCHRONOUS", "OFF")
        patch.setattr("os.fsync", lambda _: None)
        yield durable


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of a SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'musubi.db'}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with tables and no rows, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of this test run's own, reached through a Unix socket."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgresql_template(postgresql_cluster: Cluster) -> str:
    """A PostgreSQL database with tables and no rows, to be copied."""
    name = postgresql_cluster.create_database()
    upgrade(postgresql_cluster.url(name))
    return name


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of an empty database; the test runs once on each kind."""
    if database_kind == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    cluster: Cluster = request.getfixturevalue("postgresql_cluster")
    with cluster.database() as url:
        yield url


@pytest.fixture
def ready_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database with all tables, as migrations make them; once on each kind."""
    if database_kind == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "musubi.db")
        yield request.getfixturevalue("sqlite_url")
        return
    template: str = request.getfixturevalue("postgresql_template")
    cluster: Cluster = request.getfixturevalue("postgresql_cluster")
    with cluster.copy_of(template) as url:
        yield url
