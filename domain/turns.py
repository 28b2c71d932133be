"""Which form of one page came later: forms that save themselves overtake each other on their way.

A page names itself by a random word of its own, its pen, and counts what it sends. Without a
script there is neither: such a page sends one form and is left.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_PEN = re.compile("[0-9a-f]{32}")
MAX_TURN = 2**31 - 1


@dataclass(frozen=True)
class Turn:
    """One form of one page."""

    pen: str
    number: int


def turn_of(form: Mapping[str, str]) -> Turn | None:
    """As a form says it; None where it says nothing that counts."""
    pen, number = form.get("pen", ""), form.get("turn", "")
    if not _PEN.fullmatch(pen) or not number.isascii() or not number.isdecimal():
        return None
    if len(number) > len(str(MAX_TURN)) or not 0 < int(number) <= MAX_TURN:
        return None
    return Turn(pen, int(number))
