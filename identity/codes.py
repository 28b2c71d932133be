"""Access codes and one-time codes: only their Argon2id hash is kept.

An access code is hashed at the moment at which it is typed. A one-time code is derived by the
process that mails it, from an id that nobody else can turn into digits.
"""

import hmac
from functools import cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from domain import mailbox
from domain.factors import digits_from, read_code, read_digits
from domain.ports.notices import IssuedCode

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
"""As for passwords: ASVS 5.0, 11.4.2."""


def hash_code(code: str) -> str:
    """An Argon2id hash with its salt and costs."""
    return _HASHER.hash(read_code(code))


def verify_code(stored: str, typed: str) -> bool:
    """Whether what was typed is the code of the hash."""
    try:
        return _HASHER.verify(stored, read_code(typed))
    except (Argon2Error, InvalidHashError):
        return False


MIN_KEY_BYTES = 32
_DOMAIN = b"musubi one-time code 1\x00"
_MAILBOX_DOMAIN = b"musubi mailbox code 1\x00"
"""Keep these HMACs apart from each other, and from link tokens, which the same key makes."""


class CodeMinter:
    """Implements domain.ports.notices.CodeMint."""

    def __init__(self, key: bytes) -> None:
        """`key` is at least 32 random bytes; a shorter one raises ValueError."""
        self._key = _long_enough(key)

    def issue(self, code_id: UUID) -> IssuedCode:
        """Eight digits, and their hash."""
        digits = digits_from(hmac.digest(self._key, _DOMAIN + code_id.bytes, "sha256"))
        return IssuedCode(digits, hash_code(digits))


class MailboxMinter:
    """Implements domain.ports.notices.MailboxMint."""

    def __init__(self, key: bytes) -> None:
        """As CodeMinter, with the same key."""
        self._key = _long_enough(key)

    def issue(self, code_id: UUID) -> IssuedCode:
        """Six digits, and their hash."""
        digest = hmac.digest(self._key, _MAILBOX_DOMAIN + code_id.bytes, "sha256")
        digits = mailbox.digits_from(digest)
        return IssuedCode(digits, hash_code(digits))


def _long_enough(key: bytes) -> bytes:
    if len(key) < MIN_KEY_BYTES:
        message = f"a link key has at least {MIN_KEY_BYTES} bytes"
        raise ValueError(message)
    return key


def verify_digits(stored: str, typed: str) -> bool:
    """Whether what was typed is the one-time code of the hash."""
    return verify_code(stored, read_digits(typed))


@cache
def _nobodys() -> str:
    return hash_code("nobody's")


def verify_mailbox_digits(stored: str | None, typed: str) -> bool:
    """The same for あなたの文書. Where no code was mailed, it takes as long and is never right."""
    right = verify_digits(stored or _nobodys(), typed)
    return right and stored is not None
