"""A world for each test of the signer's and the download pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.webapp.signer.world import World, small_world


@pytest.fixture
def world(tmp_path: Path, ready_url: str) -> Iterator[World]:
    """Two documents, two signers, nobody has acted."""
    built = small_world(tmp_path, ready_url)
    yield built
    built.database.close()
