"""Pages of long lists: which of them there are, and which one is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

RowT_co = TypeVar("RowT_co", covariant=True)


@dataclass(frozen=True)
class Page(Generic[RowT_co]):
    """One page; `number` counts from 1, `total` is that of all pages."""

    rows: Sequence[RowT_co]
    total: int
    number: int
    size: int
    more: bool = False
    """Whether there are more than were counted."""

    @property
    def last(self) -> int:
        """Number of the last page, at least 1."""
        return last_page(self.total, self.size)


def last_page(total: int, size: int) -> int:
    """Number of the last page, at least 1."""
    return max(1, -(-total // size))


def existing(number: int, total: int, size: int) -> int:
    """The page that is nearest to the one that was asked for."""
    return min(max(1, number), last_page(total, size))
