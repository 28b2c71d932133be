"""Passwords: Argon2id, and which ones are too easy to guess.

Sources: ASVS 5.0, 6.2 (length, common passwords, no composition rules) and 11.4.2 (Argon2id).
"""

import unicodedata
from enum import StrEnum
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from domain.limits import MAX_PASSWORD_CHARACTERS, MIN_PASSWORD_CHARACTERS

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)

COMMON = frozenset(
    [
        "123456789012",
        "1234567890123",
        "12345678901234",
        "123456123456",
        "111111111111",
        "000000000000",
        "password1234",
        "passwordpassword",
        "password12345",
        "password123456",
        "passw0rd1234",
        "p@ssw0rd1234",
        "qwertyuiop12",
        "qwertyuiop123",
        "qwertyuiop[]",
        "qwertyqwerty",
        "1qaz2wsx3edc",
        "1qazxsw23edc",
        "1q2w3e4r5t6y",
        "asdfghjkl123",
        "asdfghjkl;12",
        "zxcvbnm12345",
        "iloveyou1234",
        "administrator",
        "administrator1",
        "admin1234567",
        "adminadmin12",
        "letmeinletmein",
        "welcome12345",
        "changeme1234",
        "changemenow1",
        "abcdefghijkl",
        "abcdefghijklm",
        "abcd12345678",
        "abc123456789",
        "sakura123456",
        "nippon123456",
        "japan1234567",
        "tokyo1234567",
        "musubimusubi",
        "musubi123456",
        "test12345678",
        "testtesttest",
        "demo12345678",
        "master123456",
        "superman1234",
        "football1234",
        "baseball1234",
        "princess1234",
        "sunshine1234",
        "dragon123456",
        "monkey123456",
        "secret123456",
    ]
)
"""Frequent passwords of at least twelve characters; shorter ones fall to the length rule."""


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
    folded = plain.casefold()
    parts = {part.casefold() for word in known for part in (word, word.partition("@")[0]) if part}
    if folded in COMMON or folded in parts or len(set(folded)) <= 2:
        return PasswordProblem.TOO_COMMON
    return None


def hash_password(password: str) -> str:
    """An Argon2id hash with its salt and costs."""
    return _HASHER.hash(_prepared(password))


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password belongs to the hash.

    An unknown person (`stored` None) costs the same time as a known one.
    """
    if len(password) > MAX_PASSWORD_CHARACTERS:
        password = ""
    try:
        _HASHER.verify(stored or _nobody(), _prepared(password))
    except (Argon2Error, InvalidHashError):
        return False
    return stored is not None


def needs_new_hash(stored: str) -> bool:
    """Whether the hash was made with older costs."""
    return _HASHER.check_needs_rehash(stored)


def _prepared(password: str) -> str:
    """The same characters from every keyboard (RFC 8265, OpaqueString)."""
    return unicodedata.normalize("NFC", password)


@cache
def _nobody() -> str:
    return _HASHER.hash("the password of nobody at all")
