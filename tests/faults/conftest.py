"""A stack of our own with one finished envelope, and copies of its home to break."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cli.home import Home
from cli.selftest.stack import Stack, own_stack
from tests.e2e.forgery import contract

E2E_SECONDS = 900


Copy = Callable[[], Home]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of our own on free ports, stopped at the end."""
    with own_stack(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(scope="session")
def finished(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """One envelope of two signers went all the way."""
    with contract(stack, tmp_path_factory.mktemp("deal"), signers=2) as deal:
        deal.draft()
        deal.send()
        deal.judge(deal.complete())
        deal.mailbox_of_end()
    return stack


@pytest.fixture
def copied(finished: Stack, tmp_path: Path) -> Copy:
    """Makes a copy of the home that nobody uses; Temporal and the tokens stay the stack's."""

    def copy() -> Home:
        source, target = finished.home.root, tmp_path / "copy"
        # What comes and goes in a running home may be gone before it is copied.
        fleeting = shutil.ignore_patterns("musubi.db*", "*.new", "*-journal", "*.part", "*.now")
        shutil.copytree(source, target, ignore=fleeting)
        with (
            closing(sqlite3.connect(source / "musubi.db")) as living,
            closing(sqlite3.connect(target / "musubi.db")) as still,
        ):
            living.backup(still)
        return Home(target)

    return copy
