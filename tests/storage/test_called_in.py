"""How a rule in one document calls the fields of another, looked up or listed."""

from uuid import UUID

import pytest

from storage.field_rows import CalledIn, FieldName

HERE, THERE = UUID(int=1), UUID(int=2)
KNOWN: dict[FieldName, int] = {(HERE, "a"): 1, (THERE, "a"): 2, (THERE, "b"): 3}


def test_every_name_that_is_listed_is_found() -> None:
    called = CalledIn(HERE, KNOWN)
    assert dict(called) == {"a": 1, f"{THERE}/a": 2, f"{THERE}/b": 3}
    assert len(called) == len(KNOWN)


@pytest.mark.parametrize(
    "name", ["b", f"{HERE}/a", f"{THERE}/c", f"{THERE.hex}/a", "nonsense/a", "/", ""]
)
def test_nothing_else_is(name: str) -> None:
    called = CalledIn(HERE, KNOWN)
    assert name not in called
    assert called.get(name) is None
