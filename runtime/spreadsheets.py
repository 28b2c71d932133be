"""Tables for spreadsheets: two encodings, and texts that no spreadsheet takes for formulas."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from domain.tables import FORMULA_MARKS

ENCODINGS = {"utf-8": "utf-8-sig", "shift_jis": "cp932"}
"""With a byte order mark, by which spreadsheets know it; and what older Japanese software reads."""
_FORMULA = (*FORMULA_MARKS, "\t", "\r")
_MISSING = "〓"
"""Printers' mark for a letter that is not in the case."""
_SAME = str.maketrans(
    {
        "—": "―", "¥": "￥", "‾": "￣", "¯": "￣", "〜": "～", "⁓": "～", "¦": "￤",
        "«": "≪", "»": "≫", "µ": "μ", "•": "・", "·": "・", "⋯": "…", "≤": "≦", "≥": "≧",
        "\u2011": "\u2010", "\u2012": "\u2010", "\u2013": "\u2010", "⁄": "/", "∕": "/",
        **dict.fromkeys("\u00a0\u2002\u2003\u2004\u2005\u2007\u2009\u200a\u202f", " "),
        # Nothing of these is seen: what a letter may look like, and where a word may break.
        **dict.fromkeys((*map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE01F0))), ""),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
    }
)  # fmt: skip
"""Letters that Unicode has twice, or nearly so, and code page 932 once; no name is spelt anew."""
_VOICED = re.compile("[^\u3099\u309a][\u3099\u309a]")
"""A kana with its mark apart, as file names of a Macintosh have them."""


def mimetype(encoding: str) -> str:
    """Of a table in one of them."""
    return f"text/csv; charset={'utf-8' if encoding == 'utf-8-sig' else 'Shift_JIS'}"


def csv_lines(rows: Iterable[Sequence[str]], encoding: str) -> Iterator[bytes]:
    """A whole table, line by line."""
    for number, cells in enumerate(rows):
        yield _line(cells, encoding, first=number == 0)


def _line(cells: Sequence[str], encoding: str, *, first: bool) -> bytes:
    """The first one carries the byte order mark."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    if encoding == "utf-8-sig":
        return text.getvalue().encode(encoding if first else "utf-8")
    joined = _VOICED.sub(lambda kana: unicodedata.normalize("NFC", kana[0]), text.getvalue())
    return "".join(
        letter if _fits(letter, encoding) else _MISSING for letter in joined.translate(_SAME)
    ).encode(encoding)


def _fits(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def harmless(text: str) -> str:
    """No spreadsheet takes it for a formula (OWASP, CSV injection): an apostrophe in front says
    that it is a text."""
    even = " ".join(text.split("\n"))
    return f"'{even}" if even.startswith(_FORMULA) else even
