"""Digests of names and keys by which OCSP responses may be found, beyond SHA-1 and SHA-256.

The library's objects know these two only, and one response in a stranger's security store that is
filed under another (RFC 6960, 4.1.1 allows any) would end the validation of every signature.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from asn1crypto.keys import PublicKeyInfo
from asn1crypto.x509 import Name

_MORE = ("sha384", "sha512")


def install() -> None:
    """For this process. May be repeated."""
    for algorithm in _MORE:
        for kind, content in ((Name, _whole), (PublicKeyInfo, _key)):
            setattr(kind, algorithm, property(_digest(algorithm, content)))


def _digest(algorithm: str, content: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    return lambda value: hashlib.new(algorithm, content(value)).digest()


def _whole(name: Name) -> bytes:
    return bytes(name.dump())


def _key(info: PublicKeyInfo) -> bytes:
    return bytes(info["public_key"])
