"""Ids as forms, addresses and evidence write them."""

from uuid import UUID


def read_id(text: object) -> UUID | None:
    """The id; None for whatever is none."""
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None
