"""What a correction changed, page by page: in the words, and in how the page looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from domain.events import Json
from domain.limits import COMPARED_CHARACTERS, COMPARED_STEPS, COMPARED_STEPS_EACH
from domain.page_pairs import PageMark, PagePair, pair_pages
from domain.text_changes import Part, Steps, TooMuch, even, text_changes


class Words(StrEnum):
    """What became of a page's words."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    """The page is new."""
    REMOVED = "removed"
    NONE = "none"
    """There are none on one page at least: a scan, or a page that was not looked at."""


class Place(NamedTuple):
    """A rectangle on a page's picture, in thousandths of its width and height."""

    x: int
    y: int
    width: int
    height: int


class Look(NamedTuple):
    """How a page looks against the one before: where it differs, in parts of a million of all
    (0: it looks the same), and the places."""

    differs: int
    places: tuple[Place, ...] = ()

    def as_json(self) -> Json:
        """What a row keeps."""
        return [self.differs, [list(place) for place in self.places]]

    @classmethod
    def of(cls, kept: Sequence[object]) -> "Look":
        """From a row's JSON."""
        differs, places = kept
        rows = places if isinstance(places, list) else []
        return cls(int(str(differs)), tuple(Place(*(int(part) for part in row)) for row in rows))


SAME_LOOK = Look(0)


@dataclass(frozen=True)
class PageChange:
    """One page of a corrected document against the page that it stands for."""

    pair: PagePair
    words: Words
    parts: tuple[Part, ...] = ()
    """What changed in the words, with what stands around it; empty where `cut`."""
    cut: bool = False
    """Too much changed in all for this page's words to be shown too."""
    look: Look | None = None
    """None where the pictures were not compared."""

    @property
    def changed(self) -> bool:
        """Whether anything is known to be different."""
        other = self.words in {Words.CHANGED, Words.ADDED, Words.REMOVED}
        return other or self.looks_different

    @property
    def looks_different(self) -> bool:
        """Whether the pictures differ."""
        return self.look is not None and self.look.differs > 0

    @property
    def key(self) -> str:
        """Names the pair among those of its document."""
        return f"{self.pair.before or 0}-{self.pair.after or 0}"


class Room:
    """How much may still be compared for one page of ours, in characters and in steps."""

    def __init__(self, characters: int = COMPARED_CHARACTERS, steps: int = COMPARED_STEPS) -> None:
        self._left = characters
        self.steps = steps

    def takes(self, characters: int) -> bool:
        """Whether there is still room; what is compared uses it up."""
        fits = self._left > 0
        self._left -= characters
        return fits

    def compared(self, before: str, after: str) -> tuple[Part, ...] | None:
        """What changed in a page's words; None where there is no room for them."""
        if not self.takes(len(before) + len(after)):
            return None
        steps = Steps(min(self.steps, COMPARED_STEPS_EACH))
        granted = steps.left
        try:
            return text_changes(before, after, steps)
        except TooMuch:
            return None
        finally:
            self.steps -= granted - max(steps.left, 0)


def page_changes(
    before: Sequence[PageMark],
    after: Sequence[PageMark],
    looks: Mapping[PagePair, Look],
    room: Room,
) -> tuple[PageChange, ...]:
    """Every page of both documents, in the order of the new one."""
    return tuple(
        _change(pair, before, after, looks.get(pair), room) for pair in pair_pages(before, after)
    )


def _change(
    pair: PagePair,
    before: Sequence[PageMark],
    after: Sequence[PageMark],
    look: Look | None,
    room: Room,
) -> PageChange:
    if pair.before is None:
        return PageChange(pair, Words.ADDED)
    if pair.after is None:
        return PageChange(pair, Words.REMOVED)
    one, two = before[pair.before - 1], after[pair.after - 1]
    if one.picture and one.picture == two.picture:
        look = SAME_LOOK
    if not one.text or not two.text:
        return PageChange(pair, Words.NONE, look=look)
    if even(one.text) == even(two.text):
        return PageChange(pair, Words.SAME, look=look)
    parts = room.compared(one.text, two.text)
    if parts is None:
        return PageChange(pair, Words.CHANGED, cut=True, look=look)
    return PageChange(pair, Words.CHANGED if parts else Words.SAME, parts, look=look)
