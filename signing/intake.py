"""Intake: one uploaded file, inspected in a child. For any bytes there is an answer."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from domain.found_places import read_places
from domain.limits import PAGE_CHARACTERS
from domain.mends import Mend
from domain.ports.signatures import InspectedPdf, TakenPlace
from domain.refusals import Refusal, RefusalCode
from signing.judging import judged
from signing.pool import ChildPool


class PoolInspector:
    """DocumentInspector over a pool of children."""

    def __init__(self, pool: ChildPool) -> None:
        self._pool = pool

    def inspect(self, data: bytes, *, repair: bool = False) -> InspectedPdf:
        """What was found; with `repair` also the repaired copy of a file that needs one.

        Raises Refusal with a reason code; never another exception for any input. ChildDied only
        when no child could be started, whatever the file.
        """
        if not data:
            raise Refusal(RefusalCode.EMPTY_FILE)
        answer = judged(self._pool, "inspect", {"repair": repair}, data)
        fields = answer.fields
        mends = tuple(Mend(code) for code in fields["mends"])
        parts = iter(answer.parts)
        copy = next(parts) if mends else None
        return _inspected(fields, parts, mends, copy)

    def inspect_kept(self, data: bytes) -> InspectedPdf:
        """A file that stays as it came. Raises as `inspect` does."""
        if not data:
            raise Refusal(RefusalCode.EMPTY_FILE)
        answer = judged(self._pool, "keep", {}, data)
        return _inspected(answer.fields, iter(answer.parts), (), None)

    def draw(self, data: bytes, pages: range, *, kept: bool = False) -> tuple[bytes, ...]:
        """Images of the first of these pages. Raises Refusal as `inspect` does."""
        fields = {"first": pages.start, "end": pages.stop, "kept": kept}
        return judged(self._pool, "illustrate", fields, data).parts


def _inspected(
    fields: Mapping[str, Any], parts: Iterator[bytes], mends: tuple[Mend, ...], copy: bytes | None
) -> InspectedPdf:
    """What a child says: the words of the pages, what wants to be filled in, then the images."""
    pages = int(fields["pages"])
    texts = _texts(next(parts), pages)
    found = read_places(next(parts), pages)
    return InspectedPdf(
        pages,
        tuple((float(width), float(height)) for width, height in fields["sizes"]),
        tuple(parts),
        signed=fields["signed"] is True,
        mends=mends,
        repaired=copy,
        taken=tuple(
            TakenPlace(int(page), (float(x), float(y), float(width), float(height)))
            for page, x, y, width, height in fields["taken"]
        ),
        texts=texts,
        found=found,
    )


def _texts(encoded: bytes, pages: int) -> tuple[str | None, ...]:
    """What a child says of words is a stranger's: only texts, and no more than was agreed."""
    texts = json.loads(encoded)
    return tuple(
        text[:PAGE_CHARACTERS] if isinstance(text, str) else None for text in texts[:pages]
    )
