"""One stack for all end-to-end tests, and a way to carry envelopes through it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize

from cli.faults.points import Points
from cli.faults.supervised import points_folder
from cli.home import Home
from cli.selftest.command import Wishes, run
from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.result import Summary
from cli.selftest.stack import Stack, own_stack
from tests.chromium import chromium
from tests.e2e.pages import PHONE
from tests.postgresql import Cluster

Carry = Callable[..., Summary]
NewPage = Callable[..., Page]

E2E_SECONDS = 900
"""Of one test, the start of the stack included."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is slow and needs a whole stack."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(E2E_SECONDS))


@pytest.fixture(scope="session")
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """A stack of our own on free ports, stopped at the end. On SQLite; on PostgreSQL if the whole
    run shall be. Its processes can be told where to die (tests/e2e/processes.py); those of
    test_postgresql.py cannot."""
    with ExitStack() as held:
        url = None
        if request.config.getoption("--database") == "postgresql":
            cluster: Cluster = request.getfixturevalue("postgresql_cluster")
            url = held.enter_context(cluster.database())
        home = tmp_path_factory.mktemp("home")
        Points(points_folder(Home(home))).create()
        command = ["cli.faults.supervised"]
        yield held.enter_context(own_stack(home, command=command, database_url=url))


@pytest.fixture
def mailbox(stack: Stack) -> Iterator[Mailbox]:
    """All mails of the stack. Closed after a failure too: a socket that the collector closes later
    would fail whatever test runs then."""
    mailbox = Mailbox(stack.home.catcher_url)
    yield mailbox
    mailbox.close()


@pytest.fixture
def new_page() -> Iterator[NewPage]:
    """A browser of its own for each person, as wide as a phone and Japanese unless told."""
    with chromium() as browser:

        def new_page(window: ViewportSize = PHONE, locale: str = "ja-JP") -> Page:
            page = browser.new_context(
                viewport=window, locale=locale, accept_downloads=True
            ).new_page()
            page.set_default_timeout(30_000)
            return page

        yield new_page


@pytest.fixture
def carry(stack: Stack, tmp_path: Path) -> Carry:
    """Carry envelopes through the stack as `musubi selftest` does; returns its summary."""
    return partial(carry_through, stack, tmp_path / "out")


def carry_through(
    stack: Stack,
    out: Path,
    *files: Path,
    each: bool = False,
    signers: int = 1,
    order: str = "sequence",
    documents: int = 1,
    jobs: int = 1,
) -> Summary:
    """The same for whoever shares what was carried."""
    wishes = Wishes(
        files=files, each=each, signers=signers, order=order, documents=documents,
        jobs=jobs, seconds=300.0, out=out,
    )  # fmt: skip
    roots = stack.home.trust / "roots.pem"
    return run(stack.target(), wishes, VerifyCommand(("--trust", str(roots))))
