"""The payload codec: Temporal's server stores only ciphertext.

AES-256-GCM per payload, a fresh 96-bit nonce each (NIST SP 800-38D, 8.2.2), the key's id in the
metadata and as associated data. Decoding never raises, since a raising codec blocks a workflow:
whatever did not come from a holder of the key turns into `domain.messages.Untrusted`, whatever
type was expected, and every reader refuses that.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import PayloadCodec

from domain.messages import Untrusted

ENCODING = b"binary/musubi-aes256gcm"
NONCE_BYTES = 12
KEY_BYTES = 32
UNTRUSTED = Payload(metadata={"encoding": b"json/plain"}, data=b'{"untrusted":true}')


class CautiousPayloadConverter(PydanticPayloadConverter):
    """Pydantic messages; what the codec did not trust is `Untrusted` whatever type is asked for.

    A step's result that somebody else reported would otherwise fail to become the step's type,
    and a failure to decode blocks its workflow for ever.
    """

    def from_payloads(
        self, payloads: Sequence[Payload], type_hints: list[type] | None = None
    ) -> list[Any]:
        """One value per payload."""
        hints = type_hints or []
        values: list[Any] = []
        for position, payload in enumerate(payloads):
            if payload == UNTRUSTED:
                values.append(Untrusted(untrusted=True))
            else:
                values += super().from_payloads([payload], hints[position : position + 1] or None)
        return values


class CodecKeyError(ValueError):
    """The key file holds no usable key; the process must not start."""


def new_key() -> str:
    """A line for the key file: 256 random bits, URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def read_keys(path: Path) -> tuple[bytes, ...]:
    """The keys of a file, one per line; the first encrypts, all decrypt."""
    lines = [line.strip() for line in path.read_text().splitlines() if line.strip()]
    try:
        keys = tuple(base64.urlsafe_b64decode(line) for line in lines)
    except ValueError as error:
        message = f"{path}: not URL-safe base64"
        raise CodecKeyError(message) from error
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        message = f"{path}: expected one key of {KEY_BYTES} bytes per line"
        raise CodecKeyError(message)
    return keys


class EncryptingCodec(PayloadCodec):
    """Encrypts with the first key; decrypts with any, so that keys can be rotated."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = {hashlib.sha256(key).digest()[:8]: AESGCM(key) for key in keys}
        self._current = hashlib.sha256(keys[0]).digest()[:8]

    async def encode(self, payloads: Iterable[Payload]) -> list[Payload]:
        """Ciphertext for each payload."""
        return [self._encrypt(payload) for payload in payloads]

    async def decode(self, payloads: Iterable[Payload]) -> list[Payload]:
        """Plaintext, or UNTRUSTED for what no key of ours made."""
        return [self.decrypt(payload) for payload in payloads]

    def _encrypt(self, payload: Payload) -> Payload:
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(
            nonce, payload.SerializeToString(), self._current
        )
        return Payload(metadata={"encoding": ENCODING, "key": self._current}, data=nonce + sealed)

    def decrypt(self, payload: Payload) -> Payload:
        """One payload; see `decode`."""
        key_id = payload.metadata.get("key", b"")
        cipher = self._ciphers.get(key_id)
        if payload.metadata.get("encoding") != ENCODING or cipher is None:
            return UNTRUSTED
        nonce, sealed = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
        try:
            return Payload.FromString(cipher.decrypt(nonce, sealed, key_id))
        except (InvalidTag, ValueError):
            return UNTRUSTED
