"""Passwords: Argon2id, and which ones are too easy to guess.

Sources: ASVS 5.0, 6.2 (length, common passwords, no composition rules) and 11.4.2 (Argon2id).
"""

import re
import unicodedata
from enum import StrEnum
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from domain.limits import MAX_PASSWORD_CHARACTERS, MIN_PASSWORD_CHARACTERS

_SEPARATORS = re.compile(r"[\s@._+-]+")
_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)

MIN_GUESSES = 10**9
"""What a password must cost to guess, by zxcvbn's estimate. Its lists hold the 30,000 most frequent
passwords and English words and names, and it knows keyboards, dates, repetitions and l33t: each of
the top 3,000 (ASVS 6.2.4), made longer in the usual ways, stays below."""
JUDGED = 72
"""Characters that the estimate looks at: its cost grows faster than the length, and it refuses
more. Counted after casefold(), which makes two or three of some."""
FAMILIAR = (
    *(
        "musubi",
        "keiyaku",
        "denshi",
        "densi",
        "nippon",
        "nihon",
        "japan",
        "tokyo",
        "osaka",
        "kyoto",
    ),
    *("sakura", "himawari", "arigato", "konnichiwa", "ohayou", "aishiteru", "pokemon", "doraemon"),
    *("hanako", "tarou", "taro", "yamada", "tanaka", "suzuki", "satou", "sato", "takahashi"),
    *("kanri", "kanrisha", "himitsu", "pasuwado", "yakusho", "shiyakusho", "reiwa", "heisei"),
    *("パスワード", "ぱすわーど", "あいうえお", "かきくけこ", "いろはにほへと", "ひみつ", "さくら"),
)
"""Words that people here take, and that no English list has."""


class PasswordProblem(StrEnum):
    """Why a password may not be chosen."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TOO_COMMON = "too_common"


def password_problem(password: str, *known: str) -> PasswordProblem | None:
    """What is wrong with a new password; `known` are words close to the person (mail, name)."""
    plain = _prepared(password)
    if len(plain) < MIN_PASSWORD_CHARACTERS:
        return PasswordProblem.TOO_SHORT
    if len(plain) > MAX_PASSWORD_CHARACTERS:
        return PasswordProblem.TOO_LONG
    return PasswordProblem.TOO_COMMON if _guesses(plain, known) < MIN_GUESSES else None


def _guesses(password: str, known: tuple[str, ...]) -> int:
    """How many tries a clever stranger needs, who knows the person."""
    from zxcvbn import zxcvbn  # its lists are for the few moments in which a password is chosen

    parts = {part for word in known for part in (word, *_SEPARATORS.split(word)) if len(part) > 1}
    near = [unicodedata.normalize("NFC", word).casefold() for word in (*FAMILIAR, *parts)]
    return int(zxcvbn(password.casefold()[:JUDGED], user_inputs=near)["guesses"])


def hash_password(password: str) -> str:
    """An Argon2id hash with its salt and costs."""
    return _HASHER.hash(_prepared(password))


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password belongs to the hash.

    An unknown person (`stored` None), and one who has no password, cost the same time as others.
    """
    if len(password) > MAX_PASSWORD_CHARACTERS:
        password = ""
    known = stored is not None and stored.startswith("$")
    try:
        _HASHER.verify(stored if known and stored else _nobody(), _prepared(password))
    except (Argon2Error, InvalidHashError):
        return False
    return known


def needs_new_hash(stored: str) -> bool:
    """Whether the hash was made with older costs."""
    return _HASHER.check_needs_rehash(stored)


def _prepared(password: str) -> str:
    """The same characters from every keyboard (RFC 8265, OpaqueString)."""
    return unicodedata.normalize("NFC", password)


@cache
def _nobody() -> str:
    return _HASHER.hash("the password of nobody at all")
