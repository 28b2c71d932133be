"""Access codes that a sender may choose: not what somebody would try first.

zxcvbn estimates the guesses, as for passwords. Below MIN_CODE_GUESSES a code is refused: the few
tries of a day would not protect it.
"""

import re
import unicodedata
from typing import Any

from domain.factors import MIN_CODE_GUESSES, Easy, code_problem, easy_words, read_code
from domain.refusals import Words
from identity.passwords import FAMILIAR, JUDGED

_SEPARATORS = re.compile(r"[\s@._+\-・／/()（）]+")
_ERA = re.compile(r"(?:令和|平成|昭和|大正|[rhst])(?:\d{1,2}|元)[-./]?\d{1,2}[-./]?\d{1,2}")
"""A date of the Japanese calendar, which no foreign list knows."""
_WHY = {
    "date": Easy.DATE,
    "repeat": Easy.REPEATED,
    "sequence": Easy.SEQUENCE,
    "spatial": Easy.SEQUENCE,
}


def access_code_problem(typed: str, *known: str) -> Words | None:
    """What is wrong with an access code; `known` is what whoever has the mail knows already: names,
    addresses, telephone numbers, titles, the message."""
    problem = code_problem(typed)
    if problem is not None:
        return problem
    why = _easy(read_code(typed).casefold(), known)
    return easy_words(why) if why is not None else None


def _easy(code: str, known: tuple[str, ...]) -> Easy | None:
    # 2026年11月25日 is 2026-11-25; of an era's date too the signs between make no difference.
    code = re.sub("[年月]", "-", code).replace("日", "")
    if _ERA.fullmatch(code):
        return Easy.DATE
    from zxcvbn import zxcvbn  # its lists are for the few moments in which a code is chosen

    if any(code in _plain(text) for text in known):
        return Easy.KNOWN
    near = _parts(known)
    judged = zxcvbn(code[:JUDGED], user_inputs=[*near, *FAMILIAR])
    if judged["guesses"] >= MIN_CODE_GUESSES:
        return None
    return _why(judged["sequence"], near)


def _why(matches: list[dict[str, Any]], near: set[str]) -> Easy:
    """By the longest part that is not a mere heap of characters."""
    found = [match for match in matches if match["pattern"] != "bruteforce"]
    longest = max(found, key=lambda match: len(match["token"]), default=None)
    if longest is None:
        return Easy.COMMON
    if longest["pattern"] == "dictionary" and longest["matched_word"] in near:
        return Easy.KNOWN
    return _WHY.get(longest["pattern"], Easy.COMMON)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _parts(known: tuple[str, ...]) -> set[str]:
    # Of any length: a long title, too, is a word that everybody has.
    plain = [_plain(word).strip() for word in known]
    parts = {part for word in plain for part in (word, *_SEPARATORS.split(word))}
    numbers = {re.sub(r"\D", "", word) for word in plain}
    return {unicodedata.normalize("NFKC", part) for part in parts | numbers if len(part) > 1}
