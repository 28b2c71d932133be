"""Finding words in a document's pages, as people type them: width, case and blanks do not count."""

from collections.abc import Sequence

from domain.limits import FOUND_PLACES
from domain.text_search import Place, letters, pattern_of, places

MAX_QUERY_CHARACTERS = 100


def find(texts: Sequence[str | None], query: str) -> tuple[Place, ...]:
    """Places in the order of the pages, FOUND_PLACES at most; pages without words hold none."""
    query = query[:MAX_QUERY_CHARACTERS]
    return places(texts, [pattern_of(query)], FOUND_PLACES) if letters(query) else ()
