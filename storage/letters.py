"""The domain's question whether a text can be drawn, answered with the documents' typeface."""

from collections.abc import Sequence

from domain.lettering import LetteringProblem, NotPrintable, TooMuch
from runtime import lettering


def choice_size(options: Sequence[str], width: float, height: float) -> float:
    """The size in points of a choice's words on the page; the smallest where they do not fit."""
    try:
        return lettering.row_size(options, width, height)
    except (lettering.Unprintable, lettering.DoesNotFit):
        return lettering.SMALLEST


class FontLettering:
    """domain.lettering.Lettering on runtime.lettering: web and signing worker ask alike."""

    def normalised(self, text: str) -> str:
        """NFC that keeps the shapes of characters in names."""
        return lettering.normalised(text)

    def problem(
        self, text: str, width: float, height: float, *, multiline: bool
    ) -> LetteringProblem | None:
        """Why the text cannot be drawn into `width` x `height` points; None if it can."""
        try:
            lettering.fit(text, width, height, multiline=multiline)
        except lettering.Unprintable as unprintable:
            return NotPrintable(unprintable.characters)
        except lettering.DoesNotFit as longer:
            return TooMuch(longer.excess)
        return None
