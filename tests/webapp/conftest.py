"""One installation with two organisations; see stack.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.webapp.stack import Office, build_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    built = build_office(tmp_path)
    yield built
    built.database.close()
