"""Text anchors on the pages of a base: where words stand that ask for a field."""

import time
from collections.abc import Sequence
from io import BytesIO
from typing import NamedTuple

import pikepdf
import pypdfium2
import pypdfium2.raw

from domain.anchors import Anchor, anchors_in
from domain.found_places import FoundPlace, FoundPlaces, Rect
from domain.limits import MAX_PROPOSALS, PAGE_CHARACTERS, PROPOSAL_SECONDS
from signing.work.geometry import displayed, displayed_size

_LOOKED_FURTHER = 200
"""Letters behind an anchor among which the next words of its line are looked for."""
_EDGE = 28.0
"""Points at a page's edge where nothing is written."""


def anchor_places(base: bytes, texts: Sequence[str | None]) -> FoundPlaces:
    """Page by page, in the order of the text. `texts` are the pages' words (see page_texts): pages
    without an anchor in them are not opened again."""
    found, until = list[FoundPlace](), time.process_time() + PROPOSAL_SECONDS
    pages = [number for number, text in enumerate(texts) if text and any(anchors_in(text))]
    if not pages:
        return FoundPlaces()
    document = pypdfium2.PdfDocument(base)
    try:
        with pikepdf.open(BytesIO(base)) as pdf:
            for number in pages:
                found += _on_page(document, pdf.pages[number], number, until)
                if time.process_time() > until or len(found) > MAX_PROPOSALS:
                    return FoundPlaces(tuple(found[:MAX_PROPOSALS]), more=True)
    finally:
        document.close()
    return FoundPlaces(tuple(found))


def _on_page(
    document: pypdfium2.PdfDocument, page: pikepdf.Page, number: int, until: float
) -> list[FoundPlace]:
    found: list[FoundPlace] = []
    try:
        drawn = document[number]
        try:
            words = drawn.get_textpage()
            letters = _Letters(words, page, _text(words))
            for anchor in anchors_in(letters.text):
                if time.process_time() > until or len(found) > MAX_PROPOSALS:
                    break
                place = _place(letters, number, anchor)
                found += [place] if place else []
            words.close()
        finally:
            drawn.close()
    except (pypdfium2.PdfiumError, ValueError, TypeError, OverflowError):
        return found
    return found


def _text(words: pypdfium2.PdfTextPage) -> str:
    """One letter for each that the renderer counts: its own texts leave some out."""
    count = min(words.count_chars(), PAGE_CHARACTERS)
    codes = (pypdfium2.raw.FPDFText_GetUnicode(words.raw, index) for index in range(count))
    return "".join(chr(code) if 0 < code < 0x110000 else " " for code in codes)


class _Letters(NamedTuple):
    """The letters of a page."""

    words: pypdfium2.PdfTextPage
    page: pikepdf.Page
    text: str

    def place(self, index: int) -> Rect | None:
        """Of one letter, as displayed; None for a blank, and beside the visible page."""
        if self.text[index].isspace():
            return None
        left, bottom, right, top = self.words.get_charbox(index)
        return displayed(self.page, (left, bottom, right, top))


def _place(letters: _Letters, page: int, anchor: Anchor) -> FoundPlace | None:
    """None where no viewer shows it."""
    span = range(anchor.start, anchor.end)
    places = [place for index in span if (place := letters.place(index))]
    if not places:
        return None
    line, sideways = places[0], _is_sideways(places)
    for letter in places:
        if _beside(line, letter, sideways=sideways):
            line = _both(line, letter)
    # as the grammar reads it: a break of the line within a word is none of its letters
    words = " ".join("".join(letters.text[anchor.start : anchor.end].splitlines()).split())
    room = 0.0 if sideways else _room(letters, anchor, line)
    return FoundPlace(page, line, words=words, room=room)


def _is_sideways(places: Sequence[Rect]) -> bool:
    """Whether the second letter stands above or below the first: turned, or written downwards."""
    if len(places) < 2:
        return False
    (one_x, one_y), (two_x, two_y) = (
        (x + width / 2, y + height / 2) for x, y, width, height in places[:2]
    )
    return abs(two_y - one_y) > abs(two_x - one_x)


def _room(letters: _Letters, anchor: Anchor, line: Rect) -> float:
    """Points between an anchor's line and the next words on it."""
    right = line[0] + line[2]
    for index in range(anchor.end, min(anchor.end + _LOOKED_FURTHER, len(letters.text))):
        letter = letters.place(index)
        if letter and _beside(line, letter) and letter[0] >= right - 1:
            return round(max(0.0, letter[0] - right), 2)
        if letters.text[index] in "\r\n":
            break
    return round(max(0.0, displayed_size(letters.page)[0] - _EDGE - right), 2)


def _beside(line: Rect, letter: Rect, *, sideways: bool = False) -> bool:
    """Whether a letter stands on the line, by its middle."""
    at, size = (0, 2) if sideways else (1, 3)
    middle = letter[at] + letter[size] / 2
    return line[at] - line[size] / 2 <= middle <= line[at] + 1.5 * line[size]


def _both(one: Rect, other: Rect) -> Rect:
    left, top = min(one[0], other[0]), min(one[1], other[1])
    right, bottom = (
        max(one[0] + one[2], other[0] + other[2]),
        max(one[1] + one[3], other[1] + other[3]),
    )
    return round(left, 2), round(top, 2), round(right - left, 2), round(bottom - top, 2)
