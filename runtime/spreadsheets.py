"""Tables for spreadsheets: two encodings, and texts that no spreadsheet takes for formulas."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

ENCODINGS = {"utf-8": "utf-8-sig", "shift_jis": "cp932"}
"""With a byte order mark, by which spreadsheets know it; and what older Japanese software reads."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MISSING = "〓"
"""Printers' mark for a letter that is not in the case."""


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
    return "".join(
        letter if _fits(letter, encoding) else _MISSING for letter in text.getvalue()
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
