"""What a signature was made with, and whether that still withstands forgers."""

from asn1crypto import cms, keys

_STRONG_DIGESTS = frozenset(
    {"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512", "shake256"}
)
_SMALLEST = {"rsa": 2048, "rsassa_pss": 2048, "dsa": 2048, "ec": 224}
"""Bits of a key: NIST SP 800-131A Rev. 2, table 2. Other kinds have one size each."""


def algorithm_of(info: cms.SignerInfo) -> str:
    """Names of signature and digest algorithm; a number where the library knows no name."""
    return "/".join(_names(info))


def is_known(info: cms.SignerInfo) -> bool:
    """Algorithms without a name in the library, only a number, cannot be checked."""
    return not any("." in name for name in _names(info))


def is_strong(info: cms.SignerInfo, key: keys.PublicKeyInfo) -> bool:
    """Digest and key; or of a kind that nobody here can judge."""
    digest = _names(info)[1]
    if digest not in _STRONG_DIGESTS and "." not in digest:
        return False
    try:
        return bool(key.bit_size >= _SMALLEST.get(key.algorithm, 0))
    except (ValueError, KeyError):
        return True


def key_of(key: keys.PublicKeyInfo) -> str:
    """As people name it: `RSA 3072`, `EC secp256r1`."""
    kind = str(key.algorithm)
    try:
        if kind == "ec":
            return f"EC {key.curve[1]}"
        return f"{kind.removesuffix('ssa_pss').upper()} {key.bit_size}"
    except (ValueError, KeyError):
        return kind


def _names(info: cms.SignerInfo) -> tuple[str, str]:
    signature, digest = info["signature_algorithm"], info["digest_algorithm"]
    return str(signature["algorithm"].native), str(digest["algorithm"].native)
