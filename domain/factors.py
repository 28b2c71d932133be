"""Factors (本人確認) beside the mailed link: what is asked of whom, when, and how often he may try.

A mail link alone is one factor. What the sender demands of a person is asked when he opens the
link, and again at the moment of his act; each passing is a row that names the act.
"""

import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise

from domain.refusals import Words


class Factor(StrEnum):
    """Something that a person proves besides holding the link."""

    ACCESS_CODE = "access_code"
    """アクセスコード: the sender chose it and told it, never by this service's mail."""
    MAIL_CODE = "mail_code"
    """確認コード: eight digits that a mail brings, for one browser and one moment."""
    SMS_CODE = "sms_code"
    """The same by SMS, to the mobile number that the sender knows."""
    APP_CODE = "app_code"
    """認証アプリ: six digits of the app that a member has registered for his login."""
    PASSKEY = "passkey"
    """パスキー: an authenticator that the person registered, after he was verified by it."""


class Moment(StrEnum):
    """When it is asked."""

    OPENING = "opening"
    SIGNING = "signing"
    REGISTERING = "registering"
    """A code by mail, before a first passkey is registered."""


FACTOR_WORDS = {
    Factor.ACCESS_CODE: Words("アクセスコード", "Access code"),
    Factor.MAIL_CODE: Words("確認コード（メール）", "One-time code by mail"),
    Factor.SMS_CODE: Words("確認コード（SMS）", "One-time code by SMS"),
    Factor.APP_CODE: Words("認証アプリ", "Authenticator app"),
    Factor.PASSKEY: Words("パスキー", "Passkey"),
}
MOMENT_WORDS = {
    Moment.OPENING: Words("リンクを開くとき", "when the link was opened"),
    Moment.SIGNING: Words("手続きを確定するとき", "at the moment of the act"),
    Moment.REGISTERING: Words("パスキーを登録するとき", "when a passkey was registered"),
}

MIN_CODE_CHARACTERS = 6
"""Of an access code: with ten tries a day, six random digits are guessed with a chance of 1 in
100,000; people do not choose at random, see MIN_CODE_GUESSES."""
MIN_CODE_GUESSES = 10**5
"""What an access code must cost to guess: with TRIES_A_DAY, a day's chance is 1 in 10,000."""
MAX_CODE_CHARACTERS = 40
FEWEST_DIFFERENT = 3

SENT_FACTORS = frozenset({Factor.MAIL_CODE, Factor.SMS_CODE})
"""Codes that somebody has sent to himself before he enters them."""

MAIL_CODE_DIGITS = 8
"""26 bits. Of a code by SMS too, as what follows."""
MAIL_CODE_LIFE = timedelta(minutes=10)
MAIL_CODES_AN_HOUR = 3
"""Of one person, for opening and for the act each."""
MAIL_CODE_PAUSE = timedelta(seconds=20)
"""A button that is pressed twice sends one mail."""
SMS_CODES_A_DAY = 10
"""Of one person, for both moments together, beside the hour's three: each costs somebody money."""

TRIES = 5
"""Wrong codes in a row, then a wait; twice as many in a day."""
TRIES_A_DAY = 10
WAIT_MINUTES = 15

_TOO_SHORT = Words(
    f"アクセスコードは{MIN_CODE_CHARACTERS}文字以上にしてください。",
    f"An access code has at least {MIN_CODE_CHARACTERS} characters.",
)
_TOO_LONG = Words(
    f"アクセスコードは{MAX_CODE_CHARACTERS}文字以内にしてください。",
    f"An access code has at most {MAX_CODE_CHARACTERS} characters.",
)


class Easy(StrEnum):
    """What makes an access code easy to guess."""

    REPEATED = "repeated"
    SEQUENCE = "sequence"
    DATE = "date"
    COMMON = "common"
    KNOWN = "known"
    """The person's or the organisation's own: whoever has the mail knows it."""


_WHY_EASY = {
    Easy.REPEATED: ("同じ文字の繰り返し", "characters that repeat"),
    Easy.SEQUENCE: ("続き番号やキーの並び", "successive characters or neighbouring keys"),
    Easy.DATE: ("日付に見える並び", "what looks like a date"),
    Easy.COMMON: ("よく使われる言葉や番号", "a word or number that many people use"),
    Easy.KNOWN: ("お名前、会社名、メール、電話番号など", "a name, company, mail address or number"),
}


def easy_words(why: Easy) -> Words:
    """To the sender who chose it."""
    ja, en = _WHY_EASY[why]
    return Words(
        f"推測されやすいアクセスコードです（{ja}）。別のものにしてください。",
        f"This access code is easy to guess ({en}). Choose another one.",
    )


_UNTYPABLE = Words(
    "アクセスコードに使えない文字（改行や制御文字）が含まれています。",
    "The access code contains characters that nobody can type (line breaks, control characters).",
)


def read_code(typed: str) -> str:
    """The code however it was typed: full-width and half-width are the same, blanks around it are
    nothing. Longer than any code becomes a text that is none."""
    if len(typed) > 4 * MAX_CODE_CHARACTERS:
        return ""
    return unicodedata.normalize("NFKC", typed).strip()


def digits_from(digest: bytes) -> str:
    """`12345678` from the bytes of a keyed hash."""
    return f"{int.from_bytes(digest, 'big') % 10**MAIL_CODE_DIGITS:0{MAIL_CODE_DIGITS}d}"


def read_digits(typed: str) -> str:
    """A one-time code however it was typed: any width, blanks and hyphens between."""
    return "".join(letter for letter in read_code(typed) if letter not in " -\u2010\u2212\u30fc")


def code_problem(typed: str) -> Words | None:
    """What is wrong with an access code that a sender chose, as far as its form says; what people
    are known to choose, `identity.access_codes` knows."""
    code = read_code(typed)
    if len(typed) > 4 * MAX_CODE_CHARACTERS or len(code) > MAX_CODE_CHARACTERS:
        return _TOO_LONG
    if len(code) < MIN_CODE_CHARACTERS:
        return _TOO_SHORT
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in code):
        return _UNTYPABLE
    steps = {ord(after) - ord(before) for before, after in pairwise(code)}
    if len(set(code.casefold())) < FEWEST_DIFFERENT:
        return easy_words(Easy.REPEATED)
    return easy_words(Easy.SEQUENCE) if steps in ({1}, {-1}) else None


def method(factors: Iterable[Factor], opened: str = "link") -> str:
    """The method of an act's evidence: `link`, `link+access_code`, `login+mail_code` ..., after how
    its visit was opened."""
    return "+".join([opened, *(factor.value for factor in factors)])
