"""Named shapes (形式) of a line of text: what was meant is recognised and written one way.

Names instead of free regular expressions: a sender chooses from a list, and everybody who types
something else is told in words what is wanted.
"""

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum

from domain.refusals import Words


class TextPattern(StrEnum):
    """What a line of text must look like. The values are stored: never rename one."""

    DIGITS = "digits"
    KATAKANA = "katakana"
    POSTAL_CODE = "postal_code"
    PHONE = "phone"


PATTERN_WORDS = {
    TextPattern.DIGITS: Words("数字だけ", "Digits only"),
    TextPattern.KATAKANA: Words("カタカナだけ", "Katakana only"),
    TextPattern.POSTAL_CODE: Words("郵便番号", "Postal code"),
    TextPattern.PHONE: Words("電話番号", "Telephone number"),
}
PATTERN_HINTS = {
    TextPattern.DIGITS: Words("数字だけで入力してください。", "Digits only."),
    TextPattern.KATAKANA: Words("カタカナで入力してください。例：ヤマダ タロウ", "In katakana."),
    TextPattern.POSTAL_CODE: Words("例：100-0001", "Example: 100-0001"),
    TextPattern.PHONE: Words("例：03-1234-5678", "Example: 03-1234-5678"),
}
WRONG_SHAPE = {
    TextPattern.DIGITS: Words(
        "数字だけで入力してください。例：0123", "Enter digits only. Example: 0123"
    ),
    TextPattern.KATAKANA: Words(
        "カタカナだけで入力してください。例：ヤマダ タロウ",
        "Enter katakana only. Example: ヤマダ タロウ",
    ),
    TextPattern.POSTAL_CODE: Words(
        "郵便番号を7桁の数字で入力してください。例：100-0001",
        "Enter a postal code of seven digits. Example: 100-0001",
    ),
    TextPattern.PHONE: Words(
        "電話番号を市外局番から入力してください。例：03-1234-5678、+81-3-1234-5678",
        "Enter a telephone number with its area code. Example: 03-1234-5678, +81-3-1234-5678",
    ),
}
_HYPHENS = re.compile("[-\u2010-\u2015\u2212\u30fc]")
"""What Japanese keyboards give for a hyphen between digits."""
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc-\u30fe\u30fb ]+")
_HIRAGANA = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
_POSTAL_CODE = re.compile("〒?([0-9]{3})-?([0-9]{4})")
_PHONE = re.compile(r"\+?[0-9]+(?:-[0-9]+)*")
_DOMESTIC_DIGITS = range(10, 12)
_INTERNATIONAL_DIGITS = range(8, 16)
"""ITU-T E.164: fifteen at most, the country's among them."""


def shaped(pattern: TextPattern, text: str) -> str | None:
    """The text as it is kept and drawn; None if it has not this shape. Full-width and half-width
    do not matter, and whatever this returns, it returns again for itself."""
    return _SHAPES[pattern](unicodedata.normalize("NFKC", text).strip())


def _digits(text: str) -> str | None:
    return text if re.fullmatch("[0-9]+", text) else None


def _katakana(text: str) -> str | None:
    found = text.translate(_HIRAGANA)
    return found if _KATAKANA.fullmatch(found) else None


def _postal_code(text: str) -> str | None:
    found = _POSTAL_CODE.fullmatch(_HYPHENS.sub("-", text).replace(" ", ""))
    return f"{found[1]}-{found[2]}" if found else None


def _phone(text: str) -> str | None:
    plain = re.sub("[-() ]+", "-", _HYPHENS.sub("-", text)).strip("-")
    digits = sum(character.isdigit() for character in plain)
    wanted = _INTERNATIONAL_DIGITS if plain.startswith("+") else _DOMESTIC_DIGITS
    good = _PHONE.fullmatch(plain) and plain[0] in "+0" and digits in wanted
    return plain if good else None


_SHAPES: dict[TextPattern, Callable[[str], str | None]] = {
    TextPattern.DIGITS: _digits,
    TextPattern.KATAKANA: _katakana,
    TextPattern.POSTAL_CODE: _postal_code,
    TextPattern.PHONE: _phone,
}
