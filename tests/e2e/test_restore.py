"""What OPERATIONS says of backups: a home that is made of one goes on where it was."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from cli.home import Home
from cli.selftest.stack import start
from tests.e2e.forgery import contract

WHOLE = ("tokens", "secrets", "trust", "mails")
"""Folders. Mails are none of a backup: they are here because the people of this story read them."""
FILES = ("musubi.toml", "softhsm2.conf")


def back_up(home: Home, target: Path) -> None:
    """While everything runs: the database first, then the blobs that its rows name."""
    target.mkdir(mode=0o700)
    with (
        closing(sqlite3.connect(home.root / "musubi.db")) as running,
        closing(sqlite3.connect(target / "musubi.db")) as copy,
    ):
        running.backup(copy)
    left_out = shutil.ignore_patterns("incoming", "round")
    shutil.copytree(home.blobs, target / "blobs", ignore=left_out)
    for name in WHOLE:
        shutil.copytree(home.root / name, target / name)
    for name in FILES:
        shutil.copy2(home.root / name, target / name)


def test_a_home_from_a_backup_goes_on_without_temporal_s_own_state(tmp_path: Path) -> None:
    stack = start(tmp_path / "home")
    try:
        stack.wait_until_up()
        with contract(stack, tmp_path / "deal", signers=2) as deal:
            deal.draft()
            deal.send()
            deal.signers[0].act()
            back_up(stack.home, tmp_path / "restored")
            assert stack.stop() == 0
            stack = start(tmp_path / "restored")
            stack.wait_until_up()
            deal.signers[1].act()
            deal.judge(deal.hand_over())
    finally:
        stack.stop()
