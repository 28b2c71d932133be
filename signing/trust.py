"""What is trusted, and with which certificate we sign. Read from PEM files once per process."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from asn1crypto import pem, x509

from domain.limits import RSA_SIGNATURE_RESERVED_BYTES, SIGNATURE_RESERVED_BYTES

TRIAL_MARK = "試験用"
"""Stands in the subjects of the test authority's certificates, and of no real one."""


def read_certificates(file: Path) -> tuple[bytes, ...]:
    """DER of every certificate in a PEM file. Raises ValueError or OSError."""
    found = tuple(
        der
        for kind, _, der in pem.unarmor(file.read_bytes(), multiple=True)
        if kind == "CERTIFICATE"
    )
    for der in found:
        x509.Certificate.load(der, strict=True).native  # noqa: B018 - parses all of it now
    return found


@dataclass(frozen=True)
class TrustMaterial:
    """DER certificates: the roots of signers and TSAs, and what tokens may lack between."""

    roots: tuple[bytes, ...]
    tsa_certificates: tuple[bytes, ...] = ()

    @classmethod
    def from_files(cls, roots: Path, tsa_certificates: Path | None = None) -> "TrustMaterial":
        """Raises ValueError when there is no root."""
        found = read_certificates(roots)
        if not found:
            raise ValueError(f"no certificate in {roots.name}")
        return cls(found, read_certificates(tsa_certificates) if tsa_certificates else ())


@dataclass(frozen=True)
class SigningIdentity:
    """A key in the token and the chain that speaks for it (the leaf first, without the root)."""

    key_label: str
    algorithm: str
    chain: tuple[bytes, ...]

    @classmethod
    def from_file(cls, key_label: str, algorithm: str, chain: Path) -> "SigningIdentity":
        """Raises ValueError when the file holds no certificate or the algorithm is unknown."""
        if algorithm not in DIGESTS:
            raise ValueError(f"unknown signature algorithm {algorithm}")
        found = read_certificates(chain)
        if not found:
            raise ValueError(f"no certificate in {chain.name}")
        return cls(key_label, algorithm, found)

    @property
    def certificate(self) -> bytes:
        """DER of our own certificate."""
        return self.chain[0]

    @property
    def certificate_sha256(self) -> str:
        """Fingerprint, as it stands in drafts and evidence."""
        return sha256(self.certificate).hexdigest()

    @property
    def reserved(self) -> int:
        """Hex digits to reserve for the CMS."""
        if self.algorithm.startswith("rsa"):
            return RSA_SIGNATURE_RESERVED_BYTES
        return SIGNATURE_RESERVED_BYTES


DIGESTS = {
    "ecdsa-p256": "sha256",
    "ecdsa-p384": "sha384",
    "rsa3072-pss": "sha256",
    "rsa3072-pkcs1": "sha256",
}
"""The digest that goes with each signature algorithm, over the document and in the signature."""


def common_name(certificate: x509.Certificate) -> str:
    """What a person would call the holder."""
    return common_name_of(certificate.subject)


def common_name_of(name: x509.Name) -> str:
    """The part of a distinguished name that people read."""
    parts = name.native
    return str(parts.get("common_name") or parts.get("organization_name") or "")
