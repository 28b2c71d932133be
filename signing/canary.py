"""The health check of the signing key's token: a real signature, by a key of its own.

The canary key has its own certificate, so a health check can never be mistaken for a person's
act, and the signing key is used for nothing but acts.
"""

import secrets
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ALGORITHM = "ecdsa-p256"


class CanarySilent(Exception):
    """The token gave no signature that verifies."""


class SignsData(Protocol):
    """The part of a token that the canary needs."""

    def sign(self, key_label: str, data: bytes, algorithm: str) -> bytes:
        """The value as CMS holds it."""


class Canary:
    """Signs random bytes and checks the signature with the canary's certificate."""

    def __init__(self, token: SignsData, key_label: str, certificate_file: Path) -> None:
        self._token = token
        self._key_label = key_label
        [certificate, *_] = x509.load_pem_x509_certificates(certificate_file.read_bytes())
        key = certificate.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey):
            message = "the canary's certificate holds no elliptic-curve key"
            raise CanarySilent(message)
        self._public_key = key

    def sing(self) -> None:
        """Raises CanarySilent, or what the token raises."""
        data = secrets.token_bytes(32)
        signature = self._token.sign(self._key_label, data, ALGORITHM)
        try:
            self._public_key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature as error:
            message = "the signature does not verify"
            raise CanarySilent(message) from error
