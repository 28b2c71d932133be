"""What every room's tests share: who may open a socket, and fresh databases of both kinds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgresql import Cluster, running_cluster

pytest_plugins = ["tests.pki.fixtures"]

LOOPBACK = ["127.0.0.1", "::1"]
LOCAL_SOCKET_FOLDERS = ("e2e", "faults", "workflows", "trial")
"""Folders whose tests need servers of this machine; elsewhere a test asks by the marker."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`local_sockets` opens the way to this machine's servers and to nothing else."""
    here = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(here).parts[0]
        if folder in LOCAL_SOCKET_FOLDERS or item.get_closest_marker("local_sockets"):
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of a SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'musubi.db'}"


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of this test run's own, reached through a Unix socket."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def postgresql_url(postgresql_cluster: Cluster) -> Iterator[str]:
    """URL of an empty PostgreSQL database, dropped after the test."""
    name = postgresql_cluster.create_database()
    yield postgresql_cluster.url(name)
    postgresql_cluster.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty database; the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
