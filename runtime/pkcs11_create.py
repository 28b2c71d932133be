"""Making tokens and keys. PINs go through memory only: a command line is readable by everyone."""

import secrets
from pathlib import Path
from typing import Any

import pkcs11
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pkcs11 import Attribute, KeyType, ObjectClass
from pkcs11.constants import MechanismFlag, TokenFlag
from pkcs11.exceptions import PKCS11Error
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

from runtime.pkcs11_errors import KeyUnfit, TokenFailed
from runtime.pkcs11_library import library

_CURVES = {"ecdsa-p256": "secp256r1", "ecdsa-p384": "secp384r1"}
_RSA_BITS = 3072
_PRIVATE = {
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.PRIVATE: True,
    Attribute.TOKEN: True,
}


def has_token(module: Path, label: str) -> bool:
    """Whether a token bears this label and has its user's PIN."""
    return _has(module, label, TokenFlag.USER_PIN_INITIALIZED)


def initialise_token(module: Path, label: str, so_pin: str, user_pin: str) -> None:
    """Initialise the module's first free slot, or finish a token whose making was broken off
    before it got the user's PIN. Raises TokenFailed.

    Not by softhsm2-util, which wants PINs in its arguments: every process could read them there.
    """
    opened = library(module)
    if not _has(module, label, TokenFlag.TOKEN_INITIALIZED):
        with opened.inside() as loaded:
            loaded.init_token(_free_slot(loaded.functions.get_slots()), label, so_pin)
        # SoftHSM numbers its slots anew, and shows the token after the next C_Initialize.
        opened.restart(opened.generation)
    with opened.inside():
        try:
            session = opened.token(label).open(rw=True, so_pin=so_pin)
            try:
                session.init_pin(user_pin)
            finally:
                session.close()
        except PKCS11Error as error:
            message = f"{label}: {type(error).__name__}"
            raise TokenFailed(message) from error


def _has(module: Path, label: str, flag: TokenFlag) -> bool:
    with library(module).inside() as loaded:
        return any(t.flags & flag for t in list(loaded.functions.get_tokens(token_label=label)))


def _free_slot(slots: list[pkcs11.Slot]) -> int:
    for slot in slots:
        if not slot.get_token().flags & TokenFlag.TOKEN_INITIALIZED:
            return int(slot.slot_id)
    message = "no free slot for a new token"
    raise TokenFailed(message)


def generate_pair(session: pkcs11.Session, label: str, algorithm: str) -> bytes:
    """A key pair for signing only. Returns DER SubjectPublicKeyInfo."""
    if algorithm in _CURVES:
        curve = encode_named_curve_parameters(_CURVES[algorithm])
        maker = session.create_domain_parameters(
            KeyType.EC, {Attribute.EC_PARAMS: curve}, local=True
        )
        public, _ = maker.generate_keypair(**_pair_options(label))
    elif algorithm.startswith("rsa3072"):
        public, _ = session.generate_keypair(KeyType.RSA, _RSA_BITS, **_pair_options(label))
    else:
        message = f"no key can be generated for {algorithm!r}"
        raise KeyUnfit(message)
    return public_key_info(public)


def _pair_options(label: str) -> dict[str, Any]:
    return {
        "label": label,
        "id": secrets.token_bytes(8),
        "store": True,
        "capabilities": MechanismFlag.SIGN | MechanismFlag.VERIFY,
        "private_template": _PRIVATE,
    }


def generate_aes(session: pkcs11.Session, label: str) -> None:
    """An AES-256 key that wraps and unwraps, and does nothing else."""
    session.generate_key(
        KeyType.AES,
        256,
        label=label,
        id=secrets.token_bytes(8),
        store=True,
        capabilities=MechanismFlag.WRAP | MechanismFlag.UNWRAP,
        template=_PRIVATE,
    )


def public_key_info(key: pkcs11.Object) -> bytes:
    """DER SubjectPublicKeyInfo of a public key object."""
    if not isinstance(key, pkcs11.PublicKey) or key.object_class is not ObjectClass.PUBLIC_KEY:
        message = "not a public key"
        raise KeyUnfit(message)
    if key.key_type is KeyType.EC:
        return bytes(encode_ec_public_key(key))
    modulus, exponent = (
        int.from_bytes(key[attribute], "big")
        for attribute in (Attribute.MODULUS, Attribute.PUBLIC_EXPONENT)
    )
    return (
        RSAPublicNumbers(exponent, modulus)
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
