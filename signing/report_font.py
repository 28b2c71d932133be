"""The service's typeface for reportlab, which embeds TrueType outlines only.

Ours has cubic ones (CFF). Those of the letters that a report shows are turned into quadratic ones,
which takes some milliseconds a letter, and no eye sees the difference (a thousandth of an em).
"""

import io
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable
from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfbase.ttfonts import TTFont as EmbeddedFont

from runtime.typeface import path, typeface

logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of each table

MISSING = "〓"
"""Printers' mark for a letter that is not in the case."""
POSTSCRIPT_NAME = 6
"""Of the name table (ISO 14496-22, 5.2.6)."""
_numbers = count(1)
_ERROR = 1.0
"""Units of a thousandth of an em."""


_map_to_unicode = ttfonts.makeToUnicodeCMap


def _map_to_utf16(name: str, subset: list[int]) -> str:
    """ISO 32000-2, 9.10.3 has UTF-16; reportlab writes a letter beyond the first plane (𠮷) as five
    digits, and whoever copied the name or searched for it got another letter."""
    return re.sub(
        r"(?<=> <)[0-9A-F]{5,6}(?=>)",
        lambda digits: chr(int(digits[0], 16)).encode("utf-16-be").hex().upper(),
        _map_to_unicode(name, subset),
    )


ttfonts.makeToUnicodeCMap = _map_to_utf16


def shown(text: str) -> str:
    """The text in letters that the typeface has."""
    glyphs = typeface().glyphs
    return "".join(letter if ord(letter) in glyphs else MISSING for letter in text)


@contextmanager
def lettering(letters: Iterable[str]) -> Iterator[str]:
    """A font of these letters, known to reportlab by the name that is given, and no longer."""
    name = f"MusubiReport{next(_numbers)}"
    font = EmbeddedFont(name, _cut(name, letters))
    pdfmetrics.registerFont(font)
    try:
        yield name
    finally:
        font.unregister()


def _cut(name: str, letters: Iterable[str]) -> io.BytesIO:
    file = io.BytesIO()
    with TTFont(path(), lazy=True) as font:
        options = Options(layout_features=[], notdef_outline=True, hinting=False)
        options.drop_tables += ["VORG", "vhea", "vmtx", "BASE", "GPOS", "GSUB"]
        subsetter = Subsetter(options)
        subsetter.populate(text="".join({*letters, MISSING, " "}))
        subsetter.subset(font)
        _make_quadratic(font)
        # reportlab takes two fonts of one PostScript name for the same
        font["name"].setName(name, POSTSCRIPT_NAME, 3, 1, 0x409)
        font.save(file)
    file.seek(0)
    return file


def _make_quadratic(font: TTFont) -> None:
    outlines, order = font.getGlyphSet(), font.getGlyphOrder()
    glyphs = {}
    for glyph in order:
        pen = TTGlyphPen(outlines)
        # TrueType fills clockwise outlines, CFF the others.
        outlines[glyph].draw(Cu2QuPen(pen, _ERROR, reverse_direction=True))
        glyphs[glyph] = pen.glyph()
    font["loca"] = newTable("loca")
    font["glyf"] = table = newTable("glyf")
    table.glyphOrder, table.glyphs = order, glyphs
    del font["CFF "]
    largest = font["maxp"]
    largest.tableVersion = 0x00010000
    for name in (
        "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs",
        "maxStackElements", "maxSizeOfInstructions", "maxComponentElements", "maxComponentDepth",
        "maxPoints", "maxContours", "maxCompositePoints", "maxCompositeContours",
    ):  # fmt: skip
        setattr(largest, name, 0)
    largest.maxZones = 1
    post = font["post"]
    post.formatType, post.extraNames, post.mapping, post.glyphOrder = 2.0, [], {}, order
    font.sfntVersion = "\x00\x01\x00\x00"
