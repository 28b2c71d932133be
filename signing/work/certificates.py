"""Certificates parsed once per child, and the contexts in which they are judged."""

from collections.abc import Sequence
from functools import lru_cache

from asn1crypto import x509
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore


@lru_cache(maxsize=256)
def certificate(der: bytes) -> x509.Certificate:
    """A certificate from its DER. Cached: parsing keys again costs more than a signature."""
    return x509.Certificate.load(der)


def certificates(ders: Sequence[bytes]) -> list[x509.Certificate]:
    """Certificates from their DER."""
    return [certificate(der) for der in ders]


@lru_cache(maxsize=16)
def registry(ders: tuple[bytes, ...]) -> SimpleCertificateStore:
    """What goes into a CMS beside the signer's own certificate."""
    store: SimpleCertificateStore = SimpleCertificateStore.from_certs(certificates(ders))
    return store


def chain_context(roots: Sequence[bytes], others: Sequence[bytes]) -> ValidationContext:
    """Chains up to our roots, now, offline, without revocation: for a signature just made."""
    return ValidationContext(
        trust_roots=certificates(roots),
        other_certs=certificates(others),
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
