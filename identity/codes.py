"""Access codes: only their Argon2id hash is kept, from the moment at which they are typed."""

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from domain.factors import read_code

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
