"""Envelopes found by their titles: however wide, in either kana, wherever in the title."""

from sqlalchemy import ColumnElement

from domain.text_search import letters
from storage.tables import Envelope


def titled(typed: str) -> ColumnElement[bool]:
    """Whose title has it; signs alone as they are typed."""
    even = letters(typed)
    if not even:
        return Envelope.title.icontains(typed, autoescape=True)
    return Envelope.title_even.contains(even, autoescape=True)
