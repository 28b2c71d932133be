"""Recovery codes: what opens an account whose authenticator app is lost. Each works once.

A code begins with a part by which its row is found, so that one hash is judged and not ten. The
rest has 50 random bits and is kept as Argon2id hash only (ASVS 5.0, 6.5.2).
"""

import secrets
import unicodedata
from typing import NamedTuple

from identity.codes import hash_code, verify_code

CODES = 10
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 that are told apart when they are read from paper: no 0, 1, I, O."""
_FINDER, _SECRET = 4, 10
_LENGTH = _FINDER + _SECRET


class RecoveryCode(NamedTuple):
    """One code as it is shown, once; and what is kept of it."""

    shown: str
    finder: str
    stored: str


def new_codes() -> list[RecoveryCode]:
    """Ten, none found like another."""
    found: dict[str, RecoveryCode] = {}
    while len(found) < CODES:
        text = "".join(secrets.choice(LETTERS) for _ in range(_LENGTH))
        shown = f"{text[:4]}-{text[4:9]}-{text[9:]}"
        found.setdefault(text[:_FINDER], RecoveryCode(shown, text[:_FINDER], hash_code(text)))
    return list(found.values())


def read_recovery(typed: str) -> str:
    """The code's letters however it was typed; empty for what cannot be one."""
    plain = unicodedata.normalize("NFKC", typed[:100]).upper()
    letters = "".join(letter for letter in plain if letter not in " -‐―ー\u3000\t")
    whole = len(letters) == _LENGTH and all(letter in LETTERS for letter in letters)
    return letters if whole else ""


def finder_of(code: str) -> str:
    """By which its row is found; `code` comes from `read_recovery`."""
    return code[:_FINDER]


def verify_recovery(stored: str, code: str) -> bool:
    """Whether it is the code of the hash."""
    return verify_code(stored, code)
