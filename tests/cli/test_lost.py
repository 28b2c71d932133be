"""A home that was restored without its keys says so, instead of making new ones."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import click
import pytest

from cli.home import Home
from cli.lost import lost
from cli.prepare import prepare
from storage.database import open_database
from storage.migrations import upgrade
from storage.tables import DataKey

MUSUBI = Path(sys.executable).with_name("musubi")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """With tokens, and a database that is up to date."""
    made = Home(tmp_path / "var")
    made.create()
    run("hsm", "init", made)
    upgrade(made.database_url)
    return Home(made.path)


def run(*words: str | Home) -> str:
    """In a process of its own: SoftHSM reads once where its tokens are."""
    told = [str(word) for word in words if isinstance(word, str)]
    [home] = [word for word in words if isinstance(word, Home)]
    done = subprocess.run(
        [MUSUBI, *told, "--home", home.path], capture_output=True, text=True, check=False
    )
    return done.stdout


def keep_something(home: Home) -> None:
    """A document whose key no token of ours wrapped: as after a restore with other tokens."""
    database = open_database(home.database_url)
    with database.transaction() as session:
        session.add(
            DataKey(
                id=uuid4(),
                owner_kind="document",
                owner_id=uuid4(),
                wrapped=b"w" * 40,
                wrapping_key="vault-kek-1",
                created_at=datetime.now(UTC),
            )
        )
    database.close()


def test_a_new_home_has_lost_nothing(tmp_path: Path, home: Home) -> None:
    assert lost(Home(tmp_path / "new")) == []
    shutil.rmtree(home.tokens)
    assert lost(home) == [], "there is no document yet"


def test_keys_that_a_restore_left_out_are_named_and_not_made(home: Home) -> None:
    keep_something(home)
    assert lost(home) == []
    shutil.rmtree(home.tokens)
    (home.secrets / "codec.key").unlink()
    with pytest.raises(click.ClickException, match=r"tokens/, secrets/codec\.key"):
        prepare(home)
    assert not home.tokens.exists()
    assert "Not restored: tokens/, secrets/codec.key" in run("doctor", home)
    # Whoever knows that they are gone for good goes on without them.
    run("hsm", "init", home)
    assert lost(home) == []


def test_doctor_finds_the_tokens_of_another_installation(home: Home) -> None:
    assert "newest document" not in run("doctor", home)
    keep_something(home)
    assert "does not open the newest document" in run("doctor", home)
