"""Whether a text can be drawn into its place: the question, and the words of the answer.

The answer itself needs a font, which the domain has not (runtime.lettering has it).
"""

import unicodedata
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from domain.refusals import Words

MAX_NAMED_CHARACTERS = 10
"""How many of the characters that cannot be printed a sentence names."""


@dataclass(frozen=True)
class TooMuch:
    """The text does not fit even in the smallest letters; about `over` characters too many."""

    over: int


@dataclass(frozen=True)
class NotPrintable:
    """What the font cannot show, each once, in the order of the text: mostly one character, or
    one with the selector behind it."""

    characters: tuple[str, ...]


LetteringProblem: TypeAlias = TooMuch | NotPrintable


class Lettering(Protocol):
    """Knows the font that documents are filled in with."""

    def normalised(self, text: str) -> str:
        """NFC with LF for every line break and a space for a tab, without losing the shapes of
        characters in people's names that NFC alone would replace."""

    def problem(
        self, text: str, width: float, height: float, *, multiline: bool
    ) -> LetteringProblem | None:
        """Why the text cannot be drawn into a box of `width` x `height` points; None if it can."""


def lettering_words(problem: LetteringProblem, text: str = "") -> Words:
    """What is wrong, and what to do; `text` is named where several could be meant."""
    ja, en = (f"「{text}」：", f"“{text}”: ") if text else ("", "")
    if isinstance(problem, TooMuch):
        return Words(
            f"{ja}枠に収まりません。あと{problem.over}文字ほど短くしてください。",
            f"{en}This does not fit into its box. Make it about {problem.over} "
            f"{'character' if problem.over == 1 else 'characters'} shorter.",
        )
    shown = problem.characters[:MAX_NAMED_CHARACTERS]
    more = len(problem.characters) - len(shown)
    codes = "、".join(map(_named, shown))
    codes_en = ", ".join(map(_named, shown))
    return Words(
        f"{ja}印字できない文字があります：{codes}{f'、ほか{more}文字' if more else ''}。"
        "別の文字に置き換えてください。",
        f"{en}These characters cannot be printed: {codes_en}"
        f"{f' and {more} more' if more else ''}. Please use others.",
    )


def _named(cluster: str) -> str:
    """The character and its code point; the code point alone where a screen shows nothing."""
    codes = "+".join(f"U+{ord(character):04X}" for character in cluster)
    seen = len(cluster) == 1 and cluster.isprintable() and not unicodedata.combining(cluster)
    return f"{cluster} ({codes})" if seen and cluster.strip() else codes
