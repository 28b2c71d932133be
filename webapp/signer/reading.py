"""The reading page's facts: tabs, the open document's pages, and the list of what is asked."""

from dataclasses import dataclass

from domain.kinds import SlotState
from storage.shown import ShownDocument
from storage.tables import Document
from storage.visits import Visiting
from webapp.signer.queries import Person

A4 = (595.0, 842.0)
"""Points; for a page whose size intake did not keep."""


@dataclass(frozen=True)
class Tab:
    """One document above the reader; `opened` once this visit has fetched it."""

    number: int
    document: Document
    opened: bool


@dataclass(frozen=True)
class Sheet:
    """One page: its number from 1, its size in points, whether intake drew a picture of it."""

    number: int
    width: int
    height: int
    picture: bool


@dataclass(frozen=True)
class ReadingPage:
    """Everything the template shows."""

    tabs: tuple[Tab, ...]
    current: Tab
    sheets: tuple[Sheet, ...]
    size: int
    """Bytes of the open document."""
    done_before: tuple[Person, ...]

    @property
    def done(self) -> int:
        """Items whose document was opened before."""
        return sum(tab.opened for tab in self.tabs)


def reading_page(
    visiting: Visiting,
    documents: tuple[ShownDocument, ...],
    wanted: int,
    people: tuple[Person, ...],
) -> ReadingPage:
    """The page for document number `wanted`, from 1; a number out of range opens the first."""
    tabs = tuple(
        Tab(number, shown.document, shown.document.id in visiting.viewed)
        for number, shown in enumerate(documents, start=1)
    )
    current = tabs[wanted - 1] if 1 <= wanted <= len(tabs) else tabs[0]
    finished = tuple(
        person for person in people if person.state in {SlotState.ACTED, SlotState.DONE}
    )
    size = documents[current.number - 1].revision.size
    return ReadingPage(tabs, current, _sheets(current.document), size, finished)


def _sheets(document: Document) -> tuple[Sheet, ...]:
    pictures = len(document.thumbnail_blob_ids)
    sizes = [tuple(size) for size in document.page_sizes]
    return tuple(
        _sheet(number, sizes[number - 1] if number <= len(sizes) else A4, number <= pictures)
        for number in range(1, document.pages + 1)
    )


def _sheet(number: int, size: tuple[float, ...], picture: bool) -> Sheet:
    return Sheet(number, max(1, round(size[0])), max(1, round(size[1])), picture)
