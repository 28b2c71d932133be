"""Worlds on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.world import World, build_world


@pytest.fixture
def world(ready_url: str, tmp_path: Path) -> Iterator[World]:
    """An organisation with one clerk, on SQLite and on PostgreSQL."""
    world = build_world(ready_url, tmp_path)
    yield world
    world.database.close()
