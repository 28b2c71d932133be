"""Mobile numbers: read however they were typed, kept as E.164, shown by their last digits only.

The numbering plans of countries are the `phonenumbers` library's matter; it is pure Python and
reads nothing but its own tables, so that rules may use it.
"""

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from domain.refusals import Words

HOME_REGION = "JP"
"""Where a number without a country's code is."""
MAX_PHONE_CHARACTERS = 16
"""E.164: a plus and at most fifteen digits."""
SHOWN_DIGITS = 4
_MAX_TYPED = 40
_TYPED = re.compile(r"\+?[0-9() .\-]+")
_DASHES = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\uff70", "-")
)
"""Japanese keyboards write them between digits; NFKC leaves them as they are."""
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_WITH_SMS = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
"""Of some countries (the USA among them) a number does not tell which of the two it is."""

NO_PHONE = Words("携帯電話番号を入力してください。", "Enter a mobile number.")
BAD_PHONE = Words(
    "携帯電話番号の形が正しくありません。例：090-1234-5678（国外の番号は + と国番号から）",
    "This is not a mobile number. Example: 090-1234-5678, or + and the country's code.",
)
BAD_TELEPHONE = Words(
    "電話番号の形が正しくありません。例：03-1234-5678（国外の番号は + と国番号から）",
    "This is not a telephone number. Example: 03-1234-5678, or + and the country's code.",
)
NOT_MOBILE = Words(
    "SMSを受け取れる携帯電話の番号ではありません（固定電話や050の番号には送れません）。",
    "This is no mobile number that can get an SMS (landlines and 050 numbers cannot).",
)


def read_mobile(typed: str) -> str | Words:
    """`+819012345678` from 「０９０−１２３４−５６７８」 and the like, or what is wrong with it."""
    number = _parsed(typed)
    if number is None:
        return BAD_PHONE if typed.strip() else NO_PHONE
    if phonenumbers.number_type(number) not in _WITH_SMS:
        return NOT_MOBILE
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def read_phone(typed: str) -> str | Words:
    """The same for a telephone of any kind."""
    number = _parsed(typed)
    if number is None:
        return BAD_TELEPHONE
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def plain_number(typed: str) -> str:
    """In plain digits, and with whatever a keyboard put between them as a hyphen."""
    return unicodedata.normalize("NFKC", typed).translate(_DASHES).strip()


def _parsed(typed: str) -> PhoneNumber | None:
    """A number that exists in its country's plan; None for whatever else."""
    plain = plain_number(typed[: _MAX_TYPED + 1])
    # Letters would be read as digits of a keypad, controls and marks would be dropped in silence.
    if len(plain) > _MAX_TYPED or not _TYPED.fullmatch(plain):
        return None
    try:
        number = phonenumbers.parse(plain, HOME_REGION)
    except NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def is_e164(number: str) -> bool:
    """Whether it may be handed to a provider as it is."""
    return _E164.fullmatch(number) is not None


def masked_phone(number: str) -> str:
    """`****5678`: what evidence and ledger keep of a number, and all that its page shows."""
    return "****" + number[-SHOWN_DIGITS:]


def shown_phone(number: str) -> str:
    """`090-1234-5678`, or `+44 7911 123456`: for the sender, who typed it."""
    try:
        parsed = phonenumbers.parse(number, HOME_REGION)
    except NumberParseException:
        return number
    home = phonenumbers.region_code_for_number(parsed) == HOME_REGION
    style = PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)
