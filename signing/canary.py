"""The health check of the signing key's token: a real signature, by a key of its own.

The canary key has its own certificate, so a health check can never be mistaken for a person's
act, and the signing key is used for nothing but acts.
"""

import secrets
from pathlib import Path
from typing import Protocol

from signing.cms import value_verifies
from signing.trust import SigningIdentity


class CanarySilent(Exception):
    """The token gave no signature that verifies."""


class SignsData(Protocol):
    """The part of a token that the canary needs."""

    def sign(self, key_label: str, data: bytes, algorithm: str) -> bytes:
        """The value as CMS holds it."""


class Canary:
    """Signs random bytes and checks the signature with the canary's certificate."""

    def __init__(
        self,
        token: SignsData,
        key_label: str,
        certificate_file: Path,
        algorithm: str = "ecdsa-p256",
    ) -> None:
        self._token = token
        # the algorithm of the signatures themselves: a token may offer one and not another
        self._identity = SigningIdentity.from_file(key_label, algorithm, certificate_file)

    def sing(self) -> None:
        """Raises CanarySilent, or what the token raises."""
        data = secrets.token_bytes(32)
        how = self._identity
        signature = self._token.sign(how.key_label, data, how.algorithm)
        if not value_verifies(how.certificate, how.algorithm, data, signature):
            message = "the signature does not verify"
            raise CanarySilent(message)
