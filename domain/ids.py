"""Ids as forms, addresses and evidence write them."""

from collections.abc import Iterable
from uuid import UUID


def read_ids(texts: Iterable[object]) -> list[UUID]:
    """All that are some, each once."""
    return list(dict.fromkeys(key for text in texts if (key := read_id(text)) is not None))


def read_id(text: object) -> UUID | None:
    """The id; None for whatever is none."""
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None
