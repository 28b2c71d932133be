"""The collector leaves alone what a process holds for good."""

import gc
from collections.abc import Iterator

import pytest

from runtime.memory import NEW_OBJECTS, settle


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_what_is_loaded_is_not_looked_through_again() -> None:
    loaded = [[number] for number in range(1000)]
    assert any(found is loaded for found in gc.get_objects())
    settle()
    assert not any(found is loaded for found in gc.get_objects())
    assert gc.get_threshold()[0] == NEW_OBJECTS


def test_what_comes_later_is_still_collected() -> None:
    settle()

    class Ring:
        pass

    ring = Ring()
    ring.itself = ring  # type: ignore[attr-defined] # a cycle, which only the collector ends
    del ring
    assert gc.collect() > 0
