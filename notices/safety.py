"""Makes text that other people typed safe for headers and for one line of a mail.

Names and titles are typed by senders and signers. email.message refuses line breaks in headers
by raising; a mail that cannot be sent helps nobody, so they are made harmless before.
"""

import unicodedata

MAX_HEADER_CHARACTERS = 120
"""Of one name inside a header. RFC 5322 sets no limit, but mail servers refuse huge headers."""

_BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
"""They reorder the text around them: `gpj.exe` would read `exe.jpg` (Unicode TR36, 3.1)."""

_UNSAFE_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Controls (CR and LF among them), lone surrogates, line and paragraph separators."""


def one_line(text: str) -> str:
    """The same words on one line, without controls or marks that reorder text."""
    kept = (" " if _is_unsafe(character) else character for character in text)
    return " ".join("".join(kept).split())


def header_text(text: str) -> str:
    """`one_line`, cut to what a header can carry; a cut is shown by 「…」.

    What looks like an encoded word (RFC 2047) is taken apart: email.message decodes it when it
    folds the header, and what it decodes to may be a line break and a header of its own.
    """
    line = one_line(text).replace("=?", "= ?").replace("?=", "? =")
    if len(line) <= MAX_HEADER_CHARACTERS:
        return line
    return line[: MAX_HEADER_CHARACTERS - 1].rstrip() + "…"


def paragraphs(text: str) -> tuple[str, ...]:
    """Lines of a longer text, each made safe; blank lines at both ends are dropped."""
    return tuple(one_line(line) for line in text.strip().splitlines())


def _is_unsafe(character: str) -> bool:
    return character in _BIDI_CONTROLS or unicodedata.category(character) in _UNSAFE_CATEGORIES
