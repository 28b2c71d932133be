"""Finding words in a document's pages, as people type them: width, case and blanks do not count."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from domain.limits import FOUND_PLACES

MAX_QUERY_CHARACTERS = 100
_BROKEN = re.compile("(?<=[\u3000-\u9fff\uf900-\ufaff])\\s*\n\\s*(?=[\u3000-\u9fff\uf900-\ufaff])")
"""The end of a line within Japanese, which is no blank."""
_AROUND = 30
"""Characters of a hit's surroundings on either side."""


@dataclass(frozen=True)
class Place:
    """One hit: the page from 1, and the words with what stands around them."""

    page: int
    before: str
    words: str
    after: str


def find(texts: Sequence[str | None], query: str) -> tuple[Place, ...]:
    """Places in the order of the pages, FOUND_PLACES at most; pages without words hold none."""
    letters = "".join(_even(query).split())[:MAX_QUERY_CHARACTERS]
    if not letters:
        return ()
    # A line may break anywhere in Japanese, so a blank may stand between any two letters.
    pattern = re.compile(" ?".join(map(re.escape, letters)), re.IGNORECASE)
    return tuple(islice(_places(texts, pattern), FOUND_PLACES))


def _places(texts: Sequence[str | None], pattern: re.Pattern[str]) -> Iterator[Place]:
    for number, text in enumerate(texts, start=1):
        even = " ".join(_BROKEN.sub("", _even(text or "")).split())
        for hit in pattern.finditer(even):
            yield Place(
                page=number,
                before=even[max(0, hit.start() - _AROUND) : hit.start()],
                words=hit.group(),
                after=even[hit.end() : hit.end() + _AROUND],
            )


def _even(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
