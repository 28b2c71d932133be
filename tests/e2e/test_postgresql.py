"""A whole stack with its data in PostgreSQL, whatever database the other tests here run on."""

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from cli.selftest.command import Wishes, run
from cli.selftest.judge import VerifyCommand
from cli.selftest.result import Summary
from cli.selftest.stack import Stack, own_stack
from tests.postgresql import Cluster

END_ALL = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="module")
def postgresql_stack(
    postgresql_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """Every process of it on one database of the run's own server."""
    with postgresql_cluster.database() as url:
        folder = tmp_path_factory.mktemp("postgresql")
        with own_stack(folder, database_url=url) as running:
            yield running


def carry(stack: Stack, out: Path) -> Summary:
    """As `musubi selftest --signers 2 --order parallel --documents 2` does."""
    wishes = Wishes(
        files=(), each=False, signers=2, order="parallel", documents=2, jobs=1,
        seconds=300.0, out=out,
    )  # fmt: skip
    verify = VerifyCommand(("--trust", str(stack.home.trust / "roots.pem")))
    return run(stack.target(), wishes, verify)


def test_an_envelope_goes_all_the_way_with_its_data_in_postgresql(
    postgresql_stack: Stack, tmp_path: Path
) -> None:
    summary = carry(postgresql_stack, tmp_path)
    assert summary.passed, summary.text()
    (envelope,) = summary.envelopes
    assert [row.signatures for row in envelope.verified] == [2, 2]
    assert not (postgresql_stack.home.root / "musubi.db").exists()


@pytest.mark.thorough  # a minute; `musubi faults --database postgresql` breaks more
def test_a_server_that_ends_every_connection_again_and_again_loses_and_doubles_nothing(
    postgresql_stack: Stack, tmp_path: Path
) -> None:
    """As a fail-over or an operator's restart does, in the middle of whatever is under way."""
    over = threading.Event()
    ended: list[int] = []
    ender = threading.Thread(
        target=_end_connections, args=(postgresql_stack.home.database_url, over, ended)
    )
    ender.start()
    try:
        summary = carry(postgresql_stack, tmp_path)
    finally:
        over.set()
        ender.join()
    assert summary.passed, summary.text()
    assert sum(ended) > 5, "nobody was connected"


def _end_connections(url: str, over: threading.Event, ended: list[int]) -> None:
    server = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        while not over.wait(2):
            row = connection.execute(END_ALL).fetchone()
            ended.append(row[0] if row else 0)
