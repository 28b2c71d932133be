"""The one typeface that the service writes into documents: Noto Sans CJK JP, all of it.

Measures only, without a PDF: which characters it has, as which glyph, how wide. The web measures
with it what a person types, and a child draws with it what was measured.

No smaller font is cut from it beforehand. Character map and widths are read in 0.1 s, once in a
process, and the outlines of the few glyphs that a text needs are taken from the whole font in
some milliseconds: so the rarest character of a name costs as much as a kana.
"""

import unicodedata
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from fontTools.ttLib import TTFont

_FILE = "NotoSansCJKjp-Regular.otf"
_SHA256 = "68a3fc98800b2a27b371f2fb79991daf3633bd89309d4ffaa6946fd587f375b5"
"""Version 2.004. Another one may measure differently: what web and worker agreed on would part."""

UNITS = 1000
"""Units of an em; advances are in them."""
ASCENT, DESCENT = 880, 120
"""Of the em box, above and below the baseline."""

_COMPATIBILITY_IDEOGRAPHS = (*range(0xF900, 0xFB00), *range(0x2F800, 0x2FA20))


class TypefaceChanged(Exception):
    """The installed font is not the one that documents are written with."""


@dataclass(frozen=True)
class Typeface:
    """Character map and advances, by glyph number (which is its CID too)."""

    glyphs: Mapping[int, int]
    """Glyph of a code point."""
    variants: Mapping[tuple[int, int], int]
    """Glyph of a code point and the selector behind it."""
    advances: Sequence[int]
    sequences: Mapping[int, str]
    """For a compatibility ideograph whose shape NFC would lose: the same shape as a sequence."""
    lost: frozenset[int]
    """Compatibility ideographs whose shape only they themselves have."""


def path() -> Path:
    """Where the font is installed."""
    return Path(str(files("noto_cjk_sans_jp_regular"))) / _FILE


@cache
def typeface() -> Typeface:
    """Read once in a process. Raises TypefaceChanged for another font, OSError for none."""
    if sha256(path().read_bytes()).hexdigest() != _SHA256:
        raise TypefaceChanged(_FILE)
    with TTFont(path(), lazy=True) as font:
        # names that are numbers: else the whole CFF table would be read for its names
        font.setGlyphOrder([str(number) for number in range(font["maxp"].numGlyphs)])
        glyphs = {code: int(name) for code, name in font.getBestCmap().items()}
        variants = _variants(font, glyphs)
        advances = _advances(font)
    sequences, lost = _sequences(glyphs, variants)
    return Typeface(glyphs, variants, advances, sequences, lost)


def _variants(font: TTFont, glyphs: Mapping[int, int]) -> dict[tuple[int, int], int]:
    found = {}
    for selector, rows in font["cmap"].getcmap(0, 5).uvsDict.items():
        for code, name in rows:
            glyph = glyphs.get(code) if name is None else int(name)
            if glyph is not None:
                found[code, selector] = glyph
    return found


def _advances(font: TTFont) -> Sequence[int]:
    """From the table's bytes: pairs of advance and side bearing, big-endian; the last repeats."""
    pairs = array("H", font.reader["hmtx"][: 4 * font["hhea"].numberOfHMetrics])
    pairs.byteswap()
    advances = pairs[::2].tolist()
    rest = int(font["maxp"].numGlyphs) - len(advances)
    return tuple(advances + advances[-1:] * rest)


def _sequences(
    glyphs: Mapping[int, int], variants: Mapping[tuple[int, int], int]
) -> tuple[dict[int, str], frozenset[int]]:
    """NFC replaces U+FA19 by 神 (U+795E), in people's names too; a variation sequence survives."""
    chosen: dict[tuple[int, int], int] = {}
    for (code, selector), glyph in sorted(variants.items(), reverse=True):
        chosen[code, glyph] = selector
    kept: dict[int, str] = {}
    lost = set()
    for code in _COMPATIBILITY_IDEOGRAPHS:
        base = ord(unicodedata.normalize("NFC", chr(code))[0])
        shape = glyphs.get(code)
        if base == code or shape is None or glyphs.get(base) == shape:
            continue
        if (base, shape) in chosen:
            kept[code] = chr(base) + chr(chosen[base, shape])
        else:
            lost.add(code)
    return kept, frozenset(lost)
