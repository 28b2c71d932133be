"""What intake finds on a document's pages that wants to be filled in: raw, as it stands there.

It comes from a stranger's file through a child that the file may have taken over: nothing of it
is longer than agreed, and nothing is more than a proposal (domain.proposals).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from domain.forms import printable
from domain.limits import (
    MAX_LABEL_CHARACTERS,
    MAX_OPTION_CHARACTERS,
    MAX_OPTIONS,
    MAX_PROPOSALS,
    MAX_VALUE_CHARACTERS,
)

MAX_ANCHOR_CHARACTERS = 130
_MAX_NAME_CHARACTERS = 200
_FARTHEST = 10_000_000.0
"""Points: more than any page has."""
Rect = tuple[float, float, float, float]


@dataclass(frozen=True)
class FoundPlace:
    """An anchor in the text (it has `words`), or an empty input of the file's own form (it has a
    `kind`). `page` counts from 0; `rect` is x, y, width, height in points as displayed."""

    page: int
    rect: Rect
    words: str = ""
    room: float = 0.0
    """Points between an anchor and what follows on its line, or the page's edge."""
    kind: str = ""
    """A FieldKind."""
    name: str = ""
    label: str = ""
    required: bool = False
    max_characters: int | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class FoundPlaces:
    """All of a document, in the order of its pages; `more`: there were more than are kept, or time
    ran out."""

    places: tuple[FoundPlace, ...] = ()
    more: bool = False

    def __add__(self, other: "FoundPlaces") -> "FoundPlaces":
        """Both, as they stand on the pages; as many as are kept of one document."""
        both = (*self.places, *other.places)
        places = sorted(both, key=lambda place: (place.page, place.rect[1], place.rect[0]))
        more = self.more or other.more or len(places) > MAX_PROPOSALS
        return FoundPlaces(tuple(places[:MAX_PROPOSALS]), more)

    def as_json(self) -> dict[str, Any]:
        """What is kept of it."""
        return {"more": self.more, "places": [asdict(place) for place in self.places]}


@dataclass
class _Reading:
    """A row of JSON, whoever wrote it."""

    row: Mapping[str, Any]
    wrong: bool = field(default=False)

    def number(self, value: object) -> float:
        # what is no number (NaN) is not less than anything, and 10**400 never becomes a float
        if isinstance(value, int | float) and abs(value) < _FARTHEST:
            return float(value)
        self.wrong = True
        return 0.0

    def text(self, name: str, most: int) -> str:
        return one_line(self.row.get(name), most)


def read_places(encoded: bytes, pages: int) -> FoundPlaces:
    """From encoded JSON, whoever wrote it; nothing from what is none."""
    try:
        return found_places(json.loads(encoded), pages)
    except (ValueError, RecursionError):
        return FoundPlaces()


def found_places(stored: object, pages: int) -> FoundPlaces:
    """From JSON; what makes no sense is left out."""
    if not isinstance(stored, Mapping) or not isinstance(stored.get("places"), list):
        return FoundPlaces()
    rows = stored["places"]
    places = [_place(row, pages) for row in rows[:MAX_PROPOSALS] if isinstance(row, Mapping)]
    more = stored.get("more") is True or len(rows) > MAX_PROPOSALS
    return FoundPlaces(tuple(place for place in places if place is not None), more)


def _place(row: Mapping[str, Any], pages: int) -> FoundPlace | None:
    reading = _Reading(row)
    rect = row.get("rect")
    lengths = [*map(reading.number, rect)] if isinstance(rect, list | tuple) else []
    page, limit, options = row.get("page"), row.get("max_characters"), row.get("options")
    if not isinstance(page, int) or not 0 <= page < pages or len(lengths) != 4:
        return None
    x, y, width, height = lengths
    place = FoundPlace(
        page,
        (x, y, width, height),
        words=reading.text("words", MAX_ANCHOR_CHARACTERS),
        room=reading.number(row.get("room", 0.0)),
        kind=reading.text("kind", 20),
        name=reading.text("name", _MAX_NAME_CHARACTERS),
        label=reading.text("label", MAX_LABEL_CHARACTERS),
        required=row.get("required") is True,
        max_characters=limit
        if isinstance(limit, int) and 1 <= limit <= MAX_VALUE_CHARACTERS
        else None,
        options=_options(options if isinstance(options, list | tuple) else ()),
    )
    return None if reading.wrong or not (place.words or place.kind) else place


def _options(rows: Iterable[object]) -> tuple[str, ...]:
    lines = [one_line(row, MAX_OPTION_CHARACTERS) for row in list(rows)[: MAX_OPTIONS + 1]]
    return tuple(lines)


def one_line(text: object, most: int) -> str:
    """What can stand in a form's line; "" for what is no text."""
    if not isinstance(text, str):
        return ""
    cut = " ".join(text[: 4 * most].split())
    return "".join(letter for letter in cut if printable(letter))[:most].strip()
