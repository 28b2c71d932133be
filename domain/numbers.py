"""Numbers as people write them, as they are kept, and as they are drawn. Exact: never a float."""

import re
import unicodedata
from decimal import Decimal, localcontext

from domain.kinds import FieldKind, Language
from domain.limits import MAX_DIGITS
from domain.refusals import Words

TOO_LARGE = Decimal(10) ** MAX_DIGITS
"""The first whole number that has too many digits."""
PRECISION = 1000
"""Digits of every intermediate result: more than the product of all terms of a field can have."""
_MAX_TYPED = 60
_NUMBER = re.compile(r"(-?)((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?)")
_MINUS = re.compile("^[\u2010-\u2015\u2212▲△]")
_YEN = re.compile("金?(-?)¥?(-?)(.*?)円?")

NOT_A_NUMBER = Words(
    "数字で入力してください。例：1,234", "Enter a number in digits. Example: 1,234"
)
NOT_AN_AMOUNT = Words(
    "金額を数字で入力してください。例：1,234,567",
    "Enter an amount in digits. Example: 1,234,567",
)
NO_DECIMALS = Words("小数点以下は入力できません。", "Decimals cannot be entered here.")
TOO_MANY_DIGITS = Words(
    f"桁数が多すぎます。整数部分は{MAX_DIGITS}桁までです。",
    f"These are too many digits: at most {MAX_DIGITS} before the point.",
)


class NotANumber(ValueError):
    """What was typed is none; `words` say what is wanted."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


def number_of(kind: FieldKind, typed: str) -> Decimal | None:
    """The number that was meant; None for nothing. Raises NotANumber.

    Full-width digits are digits, commas may group by three, and an amount may bear its unit.
    """
    text = _MINUS.sub("-", unicodedata.normalize("NFKC", typed[: _MAX_TYPED + 1]).strip())
    if not text:
        return None
    if kind is FieldKind.MONEY and (found := _YEN.fullmatch(text)):
        text = found[1] + found[2] + found[3].strip()
    found = _NUMBER.fullmatch(text) if len(typed) <= _MAX_TYPED else None
    if found is None:
        raise NotANumber(NOT_AN_AMOUNT if kind is FieldKind.MONEY else NOT_A_NUMBER)
    with localcontext(prec=PRECISION):
        value = Decimal(found[1] + found[2].replace(",", ""))
    if abs(value) >= TOO_LARGE:
        raise NotANumber(TOO_MANY_DIGITS)
    return value


def plain(value: Decimal) -> str:
    """As it is kept: `-1234.5`; one text for each number."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def decimals_of(value: Decimal) -> int:
    """How many digits it needs after the point."""
    return len(plain(value).partition(".")[2])


def grouped(value: Decimal) -> str:
    """`-1,234,567.5`."""
    whole, point, rest = plain(value).partition(".")
    return f"{int(whole):,}" + point + rest if whole != "-0" else f"-0{point}{rest}"


def written(kind: FieldKind, value: Decimal, language: Language) -> str:
    """As people read it: `1,234,567円`, `¥1,234,567`, `1,234.5`."""
    if kind is not FieldKind.MONEY:
        return grouped(value)
    if language is Language.EN:
        return ("-" if value < 0 else "") + f"¥{grouped(abs(value))}"
    return f"{grouped(value)}円"


def too_small(kind: FieldKind, least: Decimal) -> Words:
    """What is said below the least that the sender allows."""
    return Words(
        f"{written(kind, least, Language.JA)}以上にしてください。",
        f"This must be at least {written(kind, least, Language.EN)}.",
    )


def too_great(kind: FieldKind, most: Decimal) -> Words:
    """What is said above the most."""
    return Words(
        f"{written(kind, most, Language.JA)}以下にしてください。",
        f"This must be at most {written(kind, most, Language.EN)}.",
    )


def too_fine(decimals: int) -> Words:
    """What is said where there are more decimals than wanted."""
    if not decimals:
        return NO_DECIMALS
    return Words(
        f"小数点以下は{decimals}桁までです。",
        f"At most {decimals} {'digit' if decimals == 1 else 'digits'} after the point.",
    )
