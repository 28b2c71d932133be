"""One installation with two organisations; see stack.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.webapp.stack import Office, build_office


@pytest.fixture
def office(tmp_path: Path, ready_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    # The stack's password hashes are cheap; logging in would make each a costly one.
    monkeypatch.setattr("webapp.sender.login.needs_new_hash", lambda _: False)
    built = build_office(tmp_path, ready_url)
    yield built
    built.database.close()
