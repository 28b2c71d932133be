"""Keys that never leave their token: the one door to PKCS#11 (python-pkcs11 stays behind it).

`open_token` gives one Token per module, label and process; it logs in at its first use, so
it may be made before a fork. All methods are safe for threads and raise TokenError only.
"""

import hashlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pkcs11
from pkcs11 import MGF, Attribute, KeyType, Mechanism, ObjectClass
from pkcs11 import exceptions as p11
from pkcs11.util.ec import encode_ecdsa_signature

from runtime.pkcs11_create import generate_aes, generate_pair, public_key_info
from runtime.pkcs11_errors import (
    KeyMissing,
    KeyUnfit,
    PinFileUnusable,
    PinRefused,
    TokenError,
    TokenFailed,
    TokenMissing,
    WrappedKeyInvalid,
)
from runtime.pkcs11_library import Library, library
from runtime.pkcs11_pin import PinFile
from runtime.pkcs11_sessions import OpenSession, Sessions

__all__ = [
    "ALGORITHMS",
    "KeyMissing",
    "KeyUnfit",
    "PinFileUnusable",
    "PinRefused",
    "Token",
    "TokenError",
    "TokenFailed",
    "TokenMissing",
    "WrappedKeyInvalid",
    "open_token",
]


@dataclass(frozen=True)
class Algorithm:
    """How a word of the setting `signature_algorithm` maps to PKCS#11."""

    key_type: KeyType
    mechanism: Mechanism
    parameter: tuple[Any, ...] | None
    raw_bytes: int
    """Length of what C_Sign returns; another length means another key."""
    hash_first: Callable[[bytes], Any] | None = None


_PSS = (Mechanism.SHA256, MGF.SHA256, 32)
ALGORITHMS = {
    # Raw ECDSA over a hash made here: SoftHSM has no other, and every HSM has this one.
    "ecdsa-p256": Algorithm(KeyType.EC, Mechanism.ECDSA, None, 64, hashlib.sha256),
    "ecdsa-p384": Algorithm(KeyType.EC, Mechanism.ECDSA, None, 96, hashlib.sha384),
    "rsa3072-pss": Algorithm(KeyType.RSA, Mechanism.SHA256_RSA_PKCS_PSS, _PSS, 384),
    "rsa3072-pkcs1": Algorithm(KeyType.RSA, Mechanism.SHA256_RSA_PKCS, None, 384),
}
"""Words for `Token.sign`; SHA-256 except for ecdsa-p384 (SHA-384), PSS with a salt of 32."""


class Token:
    """One PKCS#11 token, logged in by its PIN file."""

    def __init__(self, module: Library, label: str, pin: PinFile) -> None:
        self.label = label
        self._sessions = Sessions(module, label, pin)

    def sign(self, key_label: str, data: bytes, algorithm: str) -> bytes:
        """Sign `data` (not its digest): one C_Sign. Returns the CMS form: ECDSA as DER
        SEQUENCE of r and s, RSA as the big-endian integer. Raises KeyMissing, KeyUnfit."""
        if algorithm not in ALGORITHMS:
            message = f"unknown signature algorithm {algorithm!r}; known: {', '.join(ALGORITHMS)}"
            raise KeyUnfit(message)
        how = ALGORITHMS[algorithm]
        return self._sessions.run(lambda session: _sign(session, key_label, data, how))

    def wrap(self, kek_label: str, key: bytes) -> bytes:
        """Wrap a data key (RFC 5649, AES key wrap with padding) by a key inside the token."""
        return self._sessions.run(lambda session: _wrap(session, kek_label, key))

    def unwrap(self, kek_label: str, wrapped: bytes) -> bytes:
        """The data key. Raises WrappedKeyInvalid when it was altered or is not this KEK's."""
        return self._sessions.run(lambda session: _unwrap(session, kek_label, wrapped))

    def public_key(self, key_label: str) -> bytes:
        """DER SubjectPublicKeyInfo. Raises KeyMissing."""
        return self._sessions.run(
            lambda session: public_key_info(session.find(ObjectClass.PUBLIC_KEY, key_label))
        )

    def has_key(self, key_label: str) -> bool:
        """Whether a private or secret key bears this label."""
        kinds = (ObjectClass.PRIVATE_KEY, ObjectClass.SECRET_KEY)
        return self._sessions.run(
            lambda session: any(
                list(session.raw.get_objects({Attribute.CLASS: kind, Attribute.LABEL: key_label}))
                for kind in kinds
            )
        )

    def generate_signing_key(self, key_label: str, algorithm: str) -> bytes:
        """Generate a key pair inside the token: sensitive, not extractable, for signing only.
        Returns the public key as DER SubjectPublicKeyInfo. Raises KeyUnfit if the label exists."""
        self._require_free(key_label)
        return self._sessions.run(
            lambda session: generate_pair(session.raw, key_label, algorithm), writing=True
        )

    def generate_wrapping_key(self, key_label: str) -> None:
        """Generate an AES-256 key inside the token, for wrapping only."""
        self._require_free(key_label)
        self._sessions.run(lambda session: generate_aes(session.raw, key_label), writing=True)

    def close(self) -> None:
        """Log out. The next call logs in again."""
        self._sessions.close()

    def _require_free(self, key_label: str) -> None:
        if self.has_key(key_label):
            message = f"{self.label} already holds a key labelled {key_label}"
            raise KeyUnfit(message)


_tokens: dict[tuple[Path, str, Path], Token] = {}
_registry = threading.Lock()


def open_token(module: Path, label: str, pin_file: Path, *, mark_file: Path | None = None) -> Token:
    """The process's Token for a label. `mark_file` (default: beside the PIN file) remembers a
    refused PIN; put it on a disk when the PIN file's folder is read-only. Nothing is loaded
    before the first use."""
    with _registry:
        key = (module.resolve(), label, pin_file.resolve())
        if key not in _tokens:
            _tokens[key] = Token(library(module), label, PinFile.beside(pin_file, mark_file))
        return _tokens[key]


def _after_fork() -> None:
    global _registry  # noqa: PLW0603 - the parent's lock may be held for ever
    _registry = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)


def _sign(session: OpenSession, label: str, data: bytes, how: Algorithm) -> bytes:
    key = session.find(ObjectClass.PRIVATE_KEY, label)
    if not isinstance(key, pkcs11.PrivateKey) or key.key_type != how.key_type:
        message = f"{label} is no {how.key_type.name} key"
        raise KeyUnfit(message)
    digest = how.hash_first(data).digest() if how.hash_first else data
    value: bytes = key.sign(  # type: ignore[attr-defined]  # the class has it when CKA_SIGN is set
        digest, mechanism=how.mechanism, mechanism_param=how.parameter
    )
    if len(value) != how.raw_bytes:
        message = f"{label}: a signature of {len(value)} bytes instead of {how.raw_bytes}"
        raise KeyUnfit(message)
    return encode_ecdsa_signature(value) if how.key_type is KeyType.EC else value


def _wrap(session: OpenSession, label: str, data_key: bytes) -> bytes:
    kek = session.find(ObjectClass.SECRET_KEY, label)
    plain = session.raw.create_object(
        {
            Attribute.CLASS: ObjectClass.SECRET_KEY,
            Attribute.KEY_TYPE: KeyType.AES,
            Attribute.TOKEN: False,
            Attribute.SENSITIVE: False,
            Attribute.EXTRACTABLE: True,
            Attribute.VALUE: data_key,
        }
    )
    try:
        wrapped: bytes = kek.wrap_key(plain, mechanism=Mechanism.AES_KEY_WRAP_PAD)  # type: ignore[attr-defined]  # the class has it only when CKA_WRAP is set
    finally:
        plain.destroy()
    return wrapped


_ALTERED = (p11.WrappedKeyInvalid, p11.WrappedKeyLenRange, p11.EncryptedDataInvalid)


def _unwrap(session: OpenSession, label: str, wrapped: bytes) -> bytes:
    kek = session.find(ObjectClass.SECRET_KEY, label)
    try:
        plain = kek.unwrap_key(  # type: ignore[attr-defined]  # the class has it only when CKA_UNWRAP is set
            ObjectClass.SECRET_KEY,
            KeyType.AES,
            wrapped,
            mechanism=Mechanism.AES_KEY_WRAP_PAD,
            template={
                Attribute.TOKEN: False,
                Attribute.SENSITIVE: False,
                Attribute.EXTRACTABLE: True,
            },
        )
    except (*_ALTERED, p11.GeneralError) as error:
        if isinstance(error, p11.GeneralError):
            # SoftHSM's word for a wrong check value, and for much else: is the key itself well?
            _wrap(session, label, bytes(32))
        message = f"not wrapped by {label}, or altered"
        raise WrappedKeyInvalid(message) from error
    try:
        value: bytes = plain[Attribute.VALUE]
    finally:
        plain.destroy()
    return value
