"""Small secrets under a data key: AES-256-GCM, bound to their owner and purpose.

    version (1) | nonce (12, random) | ciphertext | tag (16)

Random nonces are safe here: an owner has far fewer than 2^32 secrets (NIST SP 800-38D, 8.3).
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.datakeys import OwnedKey
from storage.vault_errors import SealBroken

_VERSION = b"\x01"
_NONCE_BYTES, _TAG_BYTES = 12, 16


def seal(key: OwnedKey, plaintext: bytes, context: bytes) -> bytes:
    """Encrypt for the key's owner and this purpose."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + _cipher(key).encrypt(nonce, plaintext, _bound_to(key, context))


def unseal(key: OwnedKey, sealed: bytes, context: bytes) -> bytes:
    """The secret again. Raises SealBroken."""
    message = f"sealed value of {key.owner_kind} {key.owner_id}"
    version, nonce, rest = sealed[:1], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if version != _VERSION or len(rest) < _TAG_BYTES:
        raise SealBroken(message)
    try:
        return _cipher(key).decrypt(nonce, rest, _bound_to(key, context))
    except InvalidTag as error:
        raise SealBroken(message) from error


def derived(key: OwnedKey, purpose: bytes) -> bytes:
    """32 bytes that tell nothing of the key, nor of what is derived for another purpose."""
    return HKDF(SHA256(), 32, None, b"musubi vault derived: " + purpose).derive(key.key)


def _cipher(key: OwnedKey) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, None, b"musubi vault seal").derive(key.key))


def _bound_to(key: OwnedKey, context: bytes) -> bytes:
    return b"\x00".join((key.owner_kind.encode(), key.owner_id.bytes, context))
