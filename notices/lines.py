"""Breaks the text part of a mail into lines of at most 76 columns.

Many programs show text parts as they are, in a window that somebody made wide: a line of 200
characters is no sentence any more. A wide character (a kanji) takes two columns.
"""

import re
import unicodedata
from collections.abc import Iterator

from runtime import linebreaks

COLUMNS = 76
"""RFC 5322, 2.1.1 advises 78 at most; the rest is room for the marks of a quoting answer."""

_LEAD = re.compile(r" *(?:・|\d+\. )?")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
"""Is never broken: half an address leads nowhere."""


def wrapped(text: str) -> str:
    """The same words; what belongs to an indented line or an item of a list stays under it."""
    return "\n".join(line for row in text.split("\n") for line in _lines(row))


def columns(text: str) -> int:
    """How many columns a text takes in a typewriter's letters."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    # "A" is ambiguous: wide among Japanese letters, which is the narrower case for us.
    return 2 if unicodedata.east_asian_width(character) in {"W", "F", "A"} else 1


def _lines(row: str) -> Iterator[str]:
    lead = _LEAD.match(row)
    assert lead is not None  # matches the empty text
    first = lead[0]
    rest = " " * columns(first)
    room = COLUMNS - columns(first)
    for line in linebreaks.broken(_pieces(row[len(first) :]), room, columns, whole=_is_address):
        yield (first + line).rstrip()
        first = rest


def _pieces(text: str) -> Iterator[str]:
    end = 0
    for address in _ADDRESS.finditer(text):
        yield from linebreaks.atoms(text[end : address.start()])
        yield address[0]
        end = address.end()
    yield from linebreaks.atoms(text[end:])


def _is_address(piece: str) -> bool:
    return _ADDRESS.match(piece) is not None
