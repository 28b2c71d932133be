"""Pictures of pages, held against each other in a child."""

from collections.abc import Sequence

from domain.limits import PLACES_PER_PAGE
from domain.page_changes import Look, Place
from signing.judging import judged_parts
from signing.pool import ChildPool

_MILLION, _THOUSAND = 1_000_000, 1_000


class PoolComparer:
    """domain.ports.comparisons.PictureComparer over a pool of children."""

    def __init__(self, pool: ChildPool) -> None:
        self._pool = pool

    def differ(self, pictures: Sequence[tuple[bytes, bytes]]) -> tuple[Look, ...]:
        """Raises Refusal as intake does: a picture may show what a stranger's file made of it."""
        parts = [picture for pair in pictures for picture in pair]
        answer = judged_parts(self._pool, "differ", {}, parts)
        return tuple(_look(row) for row in answer.fields["looks"][: len(pictures)])


def _look(row: Sequence[object]) -> Look:
    """What a child says is bounded: numbers that a page can have, and no more places than shown."""
    look = Look.of(row)
    places = tuple(
        Place(*(min(max(part, 0), _THOUSAND) for part in place))
        for place in look.places[:PLACES_PER_PAGE]
    )
    return Look(min(max(look.differs, 0), _MILLION), places)
