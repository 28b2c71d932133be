"""The glyphs that one revision shows, embedded as a font of their own.

Outlines are taken from the whole typeface, which a child reads once; a font of the glyphs of one
form takes ten milliseconds and some kilobytes. Codes are CIDs of the typeface, so what a content
stream says does not depend on what else the revision shows.
"""

import copy
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from io import BytesIO
from itertools import groupby

from fontTools.cffLib import (
    CFFFontSet,
    CharStrings,
    FDArrayIndex,
    FDSelect,
    FontDict,
    GlobalSubrsIndex,
    PrivateDict,
    TopDict,
    TopDictIndex,
)
from fontTools.cffLib.transforms import desubroutinizeCharString
from fontTools.ttLib import TTFont

from runtime.lettering import ASCENT, DESCENT, Glyph, glyphs_of
from runtime.typeface import path
from signing.work.objects import Name, Part, Value

_POSTSCRIPT_NAME = "NotoSansCJKjp-Regular"
_CAP_HEIGHT = 733
_STEM = 63
_SYMBOLIC = 4
_TAG_LETTERS = 6


class Lettering:
    """Collects the glyphs of one revision. `font` may be referred to at once; it is filled by
    `close`, after the last text."""

    def __init__(self) -> None:
        self._glyphs: dict[int, Glyph] = {}
        self.font = Part({})

    def show(self, line: str) -> bytes:
        """The operand of Tj for one line. Raises Unprintable."""
        glyphs = glyphs_of(line)
        for glyph in glyphs:
            self._glyphs.setdefault(glyph.number, glyph)
        return b"<" + b"".join(b"%04x" % glyph.number for glyph in glyphs) + b">"

    def close(self) -> None:
        """Make the font."""
        glyphs = [self._glyphs[key] for key in sorted(self._glyphs)]
        if glyphs:
            self.font.entries = _font(glyphs)


def _font(glyphs: list[Glyph]) -> dict[str, Value]:
    """A Type 0 font dictionary (ISO 32000-2, 9.7.6)."""
    name = f"{_tag(glyphs)}+{_POSTSCRIPT_NAME}"
    descendant = Part(
        {
            "/Type": Name("/Font"),
            "/Subtype": Name("/CIDFontType0"),
            "/BaseFont": Name(f"/{name}"),
            "/CIDSystemInfo": {"/Registry": b"Adobe", "/Ordering": b"Identity", "/Supplement": 0},
            "/DW": 1000,
            "/W": _widths(glyphs),
            "/FontDescriptor": Part(_descriptor(name, glyphs)),
        }
    )
    return {
        "/Type": Name("/Font"),
        "/Subtype": Name("/Type0"),
        "/BaseFont": Name(f"/{name}-Identity-H"),
        "/Encoding": Name("/Identity-H"),
        "/DescendantFonts": [descendant],
        "/ToUnicode": Part({}, _to_unicode(glyphs)),
    }


def _descriptor(name: str, glyphs: list[Glyph]) -> dict[str, Value]:
    box: list[Value] = [int(value) for value in _outlines().FontBBox]
    program = _program(name, [glyph.number for glyph in glyphs])
    return {
        "/Type": Name("/FontDescriptor"),
        "/FontName": Name(f"/{name}"),
        "/Flags": _SYMBOLIC,
        "/FontBBox": box,
        "/ItalicAngle": 0,
        "/Ascent": ASCENT,
        "/Descent": -DESCENT,
        "/CapHeight": _CAP_HEIGHT,
        "/StemV": _STEM,
        "/FontFile3": Part({"/Subtype": Name("/CIDFontType0C")}, program),
    }


def _tag(glyphs: list[Glyph]) -> str:
    """Six letters that tell subsets apart: the same glyphs, the same letters."""
    digest = sha256(b"".join(b"%04x" % glyph.number for glyph in glyphs)).digest()
    return "".join(chr(ord("A") + byte % 26) for byte in digest[:_TAG_LETTERS])


def _widths(glyphs: list[Glyph]) -> list[Value]:
    """Runs of consecutive CIDs with their advances; full width is the default."""
    narrow = [glyph for glyph in glyphs if glyph.advance != 1000]
    rows: list[Value] = []
    for _, group in groupby(enumerate(narrow), lambda row: row[1].number - row[0]):
        run = [glyph for _, glyph in group]
        rows += [run[0].number, [glyph.advance for glyph in run]]
    return rows


def _to_unicode(glyphs: list[Glyph]) -> bytes:
    """So that a text can be searched and copied: with the selector of a variant."""
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <ffff> endcodespacerange",
    ]
    for start in range(0, len(glyphs), 100):
        block = glyphs[start : start + 100]
        lines.append(f"{len(block)} beginbfchar")
        lines += [f"<{row.number:04x}> <{row.text.encode('utf-16-be').hex()}>" for row in block]
        lines.append("endbfchar")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode()


@cache
def _outlines() -> TopDict:
    """The typeface's CFF table; its parts are read when they are asked for."""
    with TTFont(path(), lazy=True) as font:
        return font["CFF "].cff.topDictIndex[0]


class _NoBoxes:
    """What compiling asks of the font around a CFF table."""

    recalcBBoxes = False  # noqa: N815 - fontTools' word


def _program(name: str, numbers: Iterable[int]) -> bytes:
    """A CID-keyed CFF font of these glyphs and .notdef, without subroutines."""
    outlines = _outlines()
    names = [outlines.charset[number] for number in sorted({0, *numbers})]
    fonts = CFFFontSet()
    fonts.major, fonts.minor = 1, 0
    fonts.fontNames = [name]
    fonts.topDictIndex = TopDictIndex()
    fonts.GlobalSubrs = GlobalSubrsIndex()
    top = TopDict(GlobalSubrs=fonts.GlobalSubrs)
    top.ROS, top.CIDCount = outlines.ROS, outlines.CIDCount
    top.Notice, top.FontBBox = outlines.Notice, outlines.FontBBox
    top.charset, top.numGlyphs = names, len(names)
    top.FDArray, top.FDSelect, top.CharStrings = _charstrings(outlines, names, fonts.GlobalSubrs)
    fonts.topDictIndex.append(top)
    output = BytesIO()
    fonts.compile(output, _NoBoxes, isCFF2=False)
    return output.getvalue()


def _charstrings(
    outlines: TopDict, names: list[str], subroutines: GlobalSubrsIndex
) -> tuple[FDArrayIndex, FDSelect, CharStrings]:
    fonts, chosen = FDArrayIndex(), FDSelect(format=3)
    fonts.strings, fonts.GlobalSubrs = None, subroutines
    strings = CharStrings(None, names, subroutines, None, chosen, fonts)
    places: dict[int, int] = {}
    for name in names:
        original, font = outlines.CharStrings.getItemAndSelector(name)
        if font not in places:
            places[font] = len(places)
            fonts.append(_font_dict(outlines.FDArray[font]))
        desubroutinizeCharString(original)
        string = copy.copy(original)
        string.fdSelectIndex = places[font]
        string.private = fonts[places[font]].Private
        string.globalSubrs = subroutines
        strings.charStrings[name] = string
        chosen.append(places[font])
    return fonts, chosen, strings


def _font_dict(original: FontDict) -> FontDict:
    """Name and hints of one of the typeface's parts (kana, ideographs, Latin), no subroutines."""
    font, private = FontDict(), PrivateDict()
    font.FontName = original.FontName
    for key in original.Private.rawDict:
        if key != "Subrs":
            setattr(private, key, getattr(original.Private, key))
    font.Private = private
    return font
