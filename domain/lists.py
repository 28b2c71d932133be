"""What is asked of a list, as its address says it: what is searched, how it is sorted, which page.

The same words for every list that is sorted: `q`, `sort`, `order` and `page`. A key that the list
does not have, and whatever else is said wrongly, counts as not said.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

PAGE_SIZE = 50
MAX_SEARCH_CHARACTERS = 100
UP, DOWN = "asc", "desc"
_MAX_DIGITS = 9
"""Of a page's number: no list is longer, and no database counts further by itself."""

Usual = Mapping[str, bool]
"""A list's keys, each with whether it usually runs downwards; the first one is the usual key."""


@dataclass(frozen=True)
class Sorting:
    """One of the list's keys, and its direction."""

    key: str
    down: bool
    usual: Usual
    prefix: str = ""
    """Before the words of the address, where two lists stand on one page."""

    @classmethod
    def read(cls, values: Mapping[str, str], usual: Usual, prefix: str = "") -> "Sorting":
        """From an address. A direction without a key is that of the usual key."""
        said, order = values.get(f"{prefix}sort", ""), values.get(f"{prefix}order", "")
        key = said if said in usual else next(iter(usual))
        return cls(key, order == DOWN if order in {UP, DOWN} else usual[key], usual, prefix)

    def as_query(self) -> dict[str, str]:
        """The part of an address that says this, without what is said anyway."""
        found = {}
        if self.key != next(iter(self.usual)):
            found[f"{self.prefix}sort"] = self.key
        if self.down is not self.usual[self.key]:
            found[f"{self.prefix}order"] = DOWN if self.down else UP
        return found

    def turned(self, key: str) -> dict[str, str | None]:
        """What the heading of a column leads to: that column as it usually runs, or, where it is
        the one already, the other way. None takes a word out of an address."""
        down = not self.down if key == self.key else self.usual[key]
        nothing = dict.fromkeys(f"{self.prefix}{word}" for word in ("sort", "order", "page"))
        return nothing | Sorting(key, down, self.usual, self.prefix).as_query()

    def aria(self, key: str) -> str:
        """What `aria-sort` says of a column; empty: the list is not sorted by it."""
        if key != self.key:
            return ""
        return "descending" if self.down else "ascending"


@dataclass(frozen=True)
class Headings:
    """The headings of a list whose orders have each a name of its own, which `sort` alone says."""

    order: str
    """In which the list is shown."""
    usual: str
    """The one that needs no word in the address."""
    columns: Mapping[str, tuple[str, str]]
    """By a column's key, its orders upwards and downwards."""
    downward: AbstractSet[str] = frozenset()
    """Keys of columns that usually run downwards."""
    prefix: str = ""

    def turned(self, key: str) -> dict[str, str | None]:
        """As `Sorting.turned`: the column as it usually runs, or the other way."""
        up, down = self.columns[key]
        first, other = (down, up) if key in self.downward else (up, down)
        order = other if self.order == first else first
        return {"sort": None if order == self.usual else order, "page": None, "from": None}

    def aria(self, key: str) -> str:
        """As `Sorting.aria`."""
        up, down = self.columns[key]
        return {up: "ascending", down: "descending"}.get(self.order, "")


@dataclass(frozen=True)
class Asked:
    """All that is asked of a list."""

    text: str
    """As typed; empty: everything."""
    sorting: Sorting
    number: int
    """Of the page, from 1; there may be fewer."""

    @classmethod
    def read(cls, values: Mapping[str, str], usual: Usual, prefix: str = "") -> "Asked":
        """From an address."""
        return cls(
            text=values.get(f"{prefix}q", "")[:MAX_SEARCH_CHARACTERS].strip(),
            sorting=Sorting.read(values, usual, prefix),
            number=page_number(values.get(f"{prefix}page", "")),
        )

    def as_query(self) -> dict[str, str]:
        """The part of an address that says this; of every page."""
        said = {f"{self.sorting.prefix}q": self.text} if self.text else {}
        return said | self.sorting.as_query()


def page_number(text: str) -> int:
    """From 1; what is no number is the first page."""
    digits = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    return max(1, int(text)) if digits else 1
