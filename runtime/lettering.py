"""How a text is set into a box: which lines, how large, or why it cannot be.

No PDF here. The web asks before it accepts what a person typed, and the child that draws asks
again with the same words and the same box: both get the same answer.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from runtime import linebreaks
from runtime.linebreaks import SELECTORS, clusters
from runtime.typeface import ASCENT, DESCENT, UNITS, typeface

LARGEST = 11.0
"""Points: as large as the text of most contracts."""
SMALLEST = 6.0
"""Points: the smallest that is still read on paper; the fine print of Japanese forms has it."""
_STEP = 0.5
PADDING = 2.0
"""Points between a box and its text, on each side."""
_LEADING = 1.3
"""Baseline to baseline, in sizes; dense, since boxes on forms are small."""

_NEWLINES = str.maketrans({"\v": "\n", "\f": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n"})


class Unprintable(ValueError):
    """Characters that no document can show as they were typed; `characters`, each once, in order.

    What the font lacks (emoji, Arabic), control and other invisible characters, accents and
    selectors that combine with nothing, shapes that Unicode's normal form would lose.
    """

    def __init__(self, characters: Sequence[str]) -> None:
        super().__init__(" ".join(_named(item) for item in characters))
        self.characters = tuple(characters)

    @property
    def names(self) -> tuple[str, ...]:
        """For people: a visible character itself, an invisible one as U+200B."""
        return tuple(_named(item) for item in self.characters)

    @property
    def right_to_left(self) -> bool:
        """Whether a script that runs from right to left is among them: none is supported."""
        return any(unicodedata.bidirectional(item[0]) in {"R", "AL"} for item in self.characters)


class DoesNotFit(ValueError):
    """Too long, at the smallest size too. `excess` is how many characters must go, at least 1;
    `room` is how many there is room for (of this text: Latin letters take less)."""

    def __init__(self, room: int, excess: int) -> None:
        super().__init__(f"{excess} characters too many")
        self.room = room
        self.excess = excess


@dataclass(frozen=True)
class Fitted:
    """A text as it is drawn: `lines` from the top, `size` and `leading` (baseline to baseline) in
    points."""

    lines: tuple[str, ...]
    size: float
    leading: float

    @property
    def height(self) -> float:
        """From the top of the first line to the bottom of the last, in points."""
        return self.leading * (len(self.lines) - 1) + self.size

    @property
    def width(self) -> float:
        """Of the longest line, in points."""
        return max((width_of(line, self.size) for line in self.lines), default=0.0)


@dataclass(frozen=True)
class Glyph:
    """One glyph of the typeface: its number, its advance in units, and what it stands for."""

    number: int
    advance: int
    text: str


def normalised(text: str) -> str:
    """NFC with LF for every line break and a space for a tab; no space at the end of a line.

    Shapes of compatibility ideographs (U+FA19, U+FA1B in people's names) that NFC would replace
    are kept as variation sequences.
    """
    sequences = typeface().sequences
    unified = text.replace("\r\n", "\n").replace("\r", "\n").translate(_NEWLINES)
    unified = unified.replace("\t", " ")
    kept = "".join(sequences.get(ord(character), character) for character in unified)
    lines = unicodedata.normalize("NFC", kept).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def fit(
    text: str,
    width: float,
    height: float,
    *,
    multiline: bool,
    sizes: tuple[float, float] = (LARGEST, SMALLEST),
) -> Fitted:
    """Set a text into a box of `width` x `height` points, its padding included.

    Shrinks from the first of `sizes` (points) to the second, then raises DoesNotFit; Unprintable
    for what cannot be shown. Without `multiline` a line break is unprintable too.
    """
    paragraphs = _paragraphs(normalised(text), multiline=multiline)
    inner_width, inner_height = width - 2 * PADDING, height - 2 * PADDING
    ems = sum(_ems("".join(atoms)) for atoms in paragraphs)
    for size in _sizes(*sizes):
        if ems > inner_width / size * (_lines_in(inner_height + PADDING, size) or 1):
            continue  # more text than area: a page pasted into a small box is refused at once
        lines = _set(paragraphs, inner_width / size, multiline=multiline)
        fitted = Fitted(tuple(lines), size, round(size * _LEADING, 2))
        # half the padding above and below is enough for a low box: the em box has air of its own
        if _fits(fitted, inner_width, inner_height + PADDING):
            return fitted
    smallest = sizes[1]
    most = _lines_in(inner_height + PADDING, smallest)
    raise _too_long(paragraphs, inner_width / smallest, most, multiline=multiline)


def row_size(rows: Sequence[str], width: float, height: float, slack: float = 0.0) -> float:
    """The size in points in which every row of a choice fits: a box's `height` is shared evenly,
    and the mark before a row takes a square of its height. `slack` is what each side may be short
    of by rounding. Raises DoesNotFit and Unprintable."""
    row = height / len(rows)
    room = width - row + slack, row + slack
    return min(fit(text, *room, multiline=False).size for text in rows)


def glyphs_of(text: str) -> tuple[Glyph, ...]:
    """The glyphs of one normalised line. Raises Unprintable."""
    found, missing = [], dict[str, None]()
    for cluster in clusters(text):
        glyph = _glyph(cluster)
        if glyph is None:
            missing[cluster] = None
        else:
            found.append(glyph)
    if missing:
        raise Unprintable(tuple(missing))
    return tuple(found)


def width_of(text: str, size: float) -> float:
    """Width in points of one normalised line. Raises Unprintable."""
    return sum(glyph.advance for glyph in glyphs_of(text)) * size / UNITS


def _named(cluster: str) -> str:
    if len(cluster) == 1 and cluster.isprintable() and unicodedata.category(cluster)[0] != "M":
        return cluster
    return "+".join(f"U+{ord(character):04X}" for character in cluster)


@cache
def _glyph(cluster: str) -> Glyph | None:
    """None for what cannot be shown."""
    face = typeface()
    code = ord(cluster[0])
    if len(cluster) > 2 or code in SELECTORS or code in face.lost:
        return None
    if unicodedata.category(cluster[0]) in _INVISIBLE_OR_COMBINING:
        return None
    if len(cluster) == 2:
        number = face.variants.get((code, ord(cluster[1])))
    else:
        number = face.glyphs.get(code)
    return None if not number else Glyph(number, face.advances[number], cluster)


_INVISIBLE_OR_COMBINING = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "Mc", "Zl", "Zp"})


def _sizes(largest: float, smallest: float) -> Iterator[float]:
    size = largest
    while size >= smallest:
        yield size
        size -= _STEP


def _paragraphs(text: str, *, multiline: bool) -> list[list[str]]:
    """What may not be parted, paragraph by paragraph."""
    rows = text.split("\n") if multiline else [text]
    missing = dict[str, None]()
    for row in rows:
        try:
            glyphs_of(row)
        except Unprintable as unprintable:
            missing |= dict.fromkeys(unprintable.characters)
    if missing:
        raise Unprintable(tuple(missing))
    return [linebreaks.atoms(row) for row in rows]


def _ems(text: str) -> float:
    return width_of(text, 1.0)


def _set(paragraphs: Sequence[list[str]], ems: float, *, multiline: bool) -> list[str]:
    """Lines of at most `ems`, as far as atoms allow; a single line is never broken."""
    if not multiline:
        return ["".join(atoms) for atoms in paragraphs]
    return [line for atoms in paragraphs for line in linebreaks.broken(atoms, ems, _ems)]


def _lines_in(height: float, size: float) -> int:
    return int((height - size) / (size * _LEADING) + 1.01) if height >= size else 0


def _fits(fitted: Fitted, width: float, height: float) -> bool:
    return fitted.height <= height + 0.01 and fitted.width <= width + 0.01


def _too_long(
    paragraphs: Sequence[list[str]], ems: float, most: int, *, multiline: bool
) -> DoesNotFit:
    """`ems` and `most`: how long a line may be at the smallest size, and how many there may be."""
    total = sum(len(list(clusters("".join(atoms)))) for atoms in paragraphs)
    lines = _set(paragraphs, ems, multiline=multiline)
    shown = (linebreaks.head(line, ems, _ems) for line in lines[:most])
    room = sum(len(list(clusters(line))) for line in shown)
    return DoesNotFit(room, max(1, total - room))


__all__ = [
    "ASCENT",
    "DESCENT",
    "LARGEST",
    "PADDING",
    "SMALLEST",
    "UNITS",
    "DoesNotFit",
    "Fitted",
    "Glyph",
    "Unprintable",
    "fit",
    "glyphs_of",
    "normalised",
    "row_size",
    "width_of",
]
