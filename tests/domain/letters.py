"""A font that has every character of one width, except those that it lacks."""

import unicodedata

from domain.lettering import LetteringProblem, NotPrintable, TooMuch

EM = 6.0
"""Points, at the smallest size."""


class SquareLettering:
    """Characters are squares of 6 points; emoji are lacking."""

    def normalised(self, text: str) -> str:
        unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
        return unicodedata.normalize("NFC", unified)

    def problem(
        self, text: str, width: float, height: float, *, multiline: bool
    ) -> LetteringProblem | None:
        missing = [character for character in dict.fromkeys(text) if ord(character) >= 0x1F000]
        if missing:
            return NotPrintable(tuple(missing))
        room = int(width / EM) * (int(height / EM) if multiline else 1)
        return TooMuch(len(text) - room) if len(text) > room else None
