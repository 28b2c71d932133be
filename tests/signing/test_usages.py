"""The shortened search for paths finds what the library's own finds."""

from collections.abc import Callable

import pytest
from pyhanko.pdf_utils.generic import Reference
from pyhanko.pdf_utils.reader import HistoricalResolver

from signing.work.inspection_trial import untouched_signatures
from signing.work.reading import borne, with_forbearance
from signing.work.usages import paths_to
from tests.files.bookmarks import tangled_bookmarks, tangled_structure
from tests.files.signed import EXTENDABLE, signed

_FILES: dict[str, Callable[[], bytes]] = EXTENDABLE | {
    "bookmarks": lambda: signed(signed(tangled_bookmarks(3)), "Second"),
    "structure": lambda: signed(signed(tangled_structure(3)), "Second"),
}


@pytest.mark.parametrize("name", _FILES)
def test_the_paths_to_all_objects_are_those_that_the_library_finds(name: str) -> None:
    reader = with_forbearance(_FILES[name]())
    for revision in range(reader.xrefs.total_revisions):
        old = reader.get_historical_resolver(revision)
        theirs = _theirs(reader.get_historical_resolver(revision))
        assert paths_to(old, set(theirs)) == theirs
        for reference in theirs:
            alone = paths_to(old, {reference})
            assert alone == {reference: theirs[reference]}


def _theirs(resolver: HistoricalResolver) -> dict[Reference, set[object]]:
    resolver._load_reverse_xref_cache()
    found = resolver._indirect_object_access_cache
    assert found
    return dict(found)  # type: ignore[arg-type] # paths are compared, nothing else


def test_many_bookmarks_that_lead_to_each_other_take_no_time() -> None:
    """The library alone would follow more paths than there are atoms in a page."""
    data = signed(signed(tangled_bookmarks(60)), "Second")
    assert borne(data, untouched_signatures) == {"Foreign", "Second"}
