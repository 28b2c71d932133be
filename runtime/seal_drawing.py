"""A seal (印影) made from a name: round for people, square for companies, in vermilion.

Letters run down the columns and the columns from right to left, as on seals that are carved;
each takes an equal part of its column. Latin names stand in one line.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from io import BytesIO
from itertools import accumulate, pairwise
from math import ceil, hypot, sqrt
from pathlib import Path

from fontTools.ttLib import TTCollection
from PIL import Image, ImageDraw, ImageFont

FONT = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc")
"""Of Debian's fonts-noto-cjk; the first face of the collection is the Japanese one."""
SIDE = 480
"""Pixels of the finished picture."""
INK = (203, 44, 29)
_FINER = 3
"""Drawn so much larger, and reduced: curves without steps."""
_EM = 512
_IN_ONE_COLUMN = 3
"""Letters of a round seal."""
_LINE_LETTERS = "ーｰ〜～-–—…‥"
"""They lie in a line, and stand in a column."""


class SealForm(StrEnum):
    """The outline."""

    ROUND = "round"
    SQUARE = "square"


LONGEST = {SealForm.ROUND: 6, SealForm.SQUARE: 25}
"""Letters: more could not be read at the size of a seal."""
LONGEST_LINE = 14
"""The same of Latin letters, which stand in one line."""


class NoSeal(ValueError):
    """`missing` are characters that the typeface lacks; without any, the text is empty or longer
    than LONGEST."""

    def __init__(self, missing: str = "") -> None:
        super().__init__(missing)
        self.missing = missing


@dataclass(frozen=True)
class _Place:
    letter: str
    box: tuple[float, float, float, float]
    """Left, top, width, height; the finished picture is 1 by 1."""
    turned: bool = False
    stretch: float = 1.7
    """Letters of seals fill their place; more than so much of their shape they do not give up."""


def letters_of(text: str) -> str:
    """What would be carved: without blanks, composed."""
    return "".join(unicodedata.normalize("NFC", text).split())


def draw_seal(text: str, form: SealForm) -> bytes:
    """PNG, SIDE by SIDE pixels, transparent but for the ink. Raises NoSeal."""
    letters = letters_of(text)
    if not 0 < len(letters) <= (LONGEST_LINE if letters.isascii() else LONGEST[form]):
        raise NoSeal
    missing = "".join(letter for letter in dict.fromkeys(letters) if ord(letter) not in _known())
    if missing:
        raise NoSeal(missing)
    ink = Image.new("L", (SIDE * _FINER, SIDE * _FINER), 0)
    _outline(ink, form)
    for place in _places(letters, form):
        _carve(ink, place)
    picture = Image.new("RGBA", (SIDE, SIDE), (*INK, 0))
    picture.putalpha(ink.resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    output = BytesIO()
    picture.save(output, "PNG")
    return output.getvalue()


def _outline(ink: Image.Image, form: SealForm) -> None:
    side, width = ink.width, ink.width // 24
    box = (width, width, side - width, side - width)
    draw = ImageDraw.Draw(ink)
    if form is SealForm.ROUND:
        draw.ellipse(box, outline=255, width=width)
    else:
        draw.rounded_rectangle(box, side // 24, outline=255, width=width)


def _places(letters: str, form: SealForm) -> Iterator[_Place]:
    if letters.isascii():
        yield _in_line(letters, form)
        return
    columns = _columns(letters, form)
    width, height = _room(form, len(columns), max(map(len, columns)))
    for number, column in enumerate(columns):
        part = width / len(columns)
        left = 0.5 + width / 2 - part * (number + 1)
        for row, letter in enumerate(column):
            tall = height / len(column)
            box = (left, 0.5 - height / 2 + tall * row, part, tall)
            yield _Place(letter, box, turned=letter in _LINE_LETTERS)


def _in_line(letters: str, form: SealForm) -> _Place:
    width = 0.74 if form is SealForm.ROUND else 0.76
    return _Place(letters, (0.5 - width / 2, 0.26, width, 0.48), stretch=1.0)


def _columns(letters: str, form: SealForm) -> list[str]:
    """From the right; the first ones are the longer ones."""
    round_one = form is SealForm.ROUND
    count = 1 + (len(letters) > _IN_ONE_COLUMN) if round_one else ceil(sqrt(len(letters)))
    short, longer = divmod(len(letters), count)
    ends = accumulate(short + (number < longer) for number in range(count))
    return [letters[start:end] for start, end in pairwise([0, *ends])]


def _room(form: SealForm, columns: int, rows: int) -> tuple[float, float]:
    """Width and height of the letters' rectangle: as much as the outline leaves."""
    if form is SealForm.SQUARE:
        return 0.78, 0.78
    diagonal = hypot(columns, rows * 0.95)
    return 0.8 * columns / diagonal, 0.8 * rows * 0.95 / diagonal


def _carve(ink: Image.Image, place: _Place) -> None:
    left, top, width, height = (part * ink.width for part in place.box)
    glyph = _glyph(place.letter)
    if place.turned:
        glyph = glyph.transpose(Image.Transpose.ROTATE_270)
    natural = glyph.width / glyph.height
    wide = min(width, height * natural * place.stretch)
    tall = min(height, width / natural * place.stretch)
    size = (max(1, round(wide * 0.96)), max(1, round(tall * 0.96)))
    at = (round(left + (width - size[0]) / 2), round(top + (height - size[1]) / 2))
    ink.paste(255, at, glyph.resize(size, Image.Resampling.LANCZOS))


def _glyph(letter: str) -> Image.Image:
    """A letter, or a line of them, in the em box: white is ink."""
    font = _font()
    width = max(1, round(font.getlength(letter)))
    glyph = Image.new("L", (width, _EM), 0)
    draw = ImageDraw.Draw(glyph)
    # 0.88 em above the baseline is where the em box of these fonts begins
    draw.text((0, round(0.88 * _EM)), letter, fill=255, font=font, anchor="ls")
    return glyph


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, _EM, index=0)


@cache
def _known() -> frozenset[int]:
    with TTCollection(FONT, lazy=True) as collection:
        return frozenset(collection.fonts[0].getBestCmap())
