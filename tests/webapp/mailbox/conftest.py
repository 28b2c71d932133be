"""A world for each test of あなたの文書."""

from pathlib import Path
from typing import Any

import pytest

from tests.webapp.signer.world import small_world


@pytest.fixture
def world(tmp_path: Path, ready_url: str) -> Any:
    built = small_world(tmp_path, ready_url)
    yield built
    built.database.close()
