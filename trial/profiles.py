"""What each test certificate says. RFC 5280; RFC 6960 for OCSP responders; RFC 3161 for TSAs.

Two hierarchies: the TSAs have a root of their own, as they usually have in practice (and because
a shared root with CRLs misleads pyHanko's check of future validity). Every certificate below a
root can be checked by OCSP and by CRL.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

_YEAR = timedelta(days=365)
_ORGANISATION = "Musubi TEST"


class Use(StrEnum):
    """What a key may do."""

    CA = "ca"
    DOCUMENTS = "documents"
    TIME_STAMPS = "time_stamps"
    OCSP = "ocsp"


@dataclass(frozen=True)
class Profile:
    """One certificate. `path_length` counts the CAs that may follow."""

    name: str
    issuer: str
    common_name: str
    use: Use
    years: int
    path_length: int | None = None

    @property
    def is_root(self) -> bool:
        """Signed by its own key."""
        return self.name == self.issuer


ALL = (
    Profile("root", "root", "Musubi TEST Signing Root（試験用）", Use.CA, 20, 1),
    Profile("tsa-root", "tsa-root", "Musubi TEST TSA Root（試験用）", Use.CA, 20, 1),
    Profile("ca", "root", "Musubi TEST Signing CA（試験用）", Use.CA, 15, 0),
    Profile("tsa-ca", "tsa-root", "Musubi TEST TSA CA（試験用）", Use.CA, 15, 0),
    Profile("ocsp-root", "root", "Musubi TEST Signing Root OCSP（試験用）", Use.OCSP, 10),
    Profile("ocsp-tsa-root", "tsa-root", "Musubi TEST TSA Root OCSP（試験用）", Use.OCSP, 10),
    Profile("ocsp-ca", "ca", "Musubi TEST Signing CA OCSP（試験用）", Use.OCSP, 10),
    Profile("ocsp-tsa-ca", "tsa-ca", "Musubi TEST TSA CA OCSP（試験用）", Use.OCSP, 10),
    Profile("tsa1", "tsa-ca", "Musubi TEST TSA 1（試験用）", Use.TIME_STAMPS, 10),
    Profile("tsa2", "tsa-ca", "Musubi TEST TSA 2（試験用）", Use.TIME_STAMPS, 10),
    Profile("signing", "ca", "Musubi TEST 電子契約サービス（試験用）", Use.DOCUMENTS, 5),
    Profile("canary", "ca", "Musubi TEST Canary 動作確認（試験用）", Use.DOCUMENTS, 5),
)
"""Issuers first."""
ISSUERS = ("root", "tsa-root", "ca", "tsa-ca")


def build(  # noqa: PLR0913 - a certificate is made of these
    profile: Profile,
    key: CertificatePublicKeyTypes,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
    base_url: str,
    now: datetime,
) -> x509.Certificate:
    """Sign a certificate. It is valid since midnight UTC: clocks differ, and days are readable."""
    begins = now.replace(hour=0, minute=0, second=0, microsecond=0)
    ends = begins + profile.years * _YEAR
    if issuer is not None:
        # No certificate outlives its issuer (the shell model of validation).
        ends = min(ends, issuer.not_valid_after_utc)
        begins = max(begins, issuer.not_valid_before_utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(profile.common_name))
        .issuer_name(issuer.subject if issuer else _name(profile.common_name))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
    for extension, critical in _extensions(profile, key, issuer_key, base_url):
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA256())


def fits(
    current: x509.Certificate,
    profile: Profile,
    key: CertificatePublicKeyTypes,
    issuer: x509.Certificate | None,
    base_url: str,
) -> bool:
    """Whether a certificate still says what it should: this key, this issuer, these URLs."""
    if current.public_key() != key:
        return False
    try:
        current.verify_directly_issued_by(issuer or current)
    except (ValueError, TypeError, InvalidSignature):
        return False
    if profile.is_root or profile.use is Use.OCSP:
        return True
    access = current.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    return access == _access(profile.issuer, base_url)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _extensions(
    profile: Profile,
    key: CertificatePublicKeyTypes,
    issuer_key: ec.EllipticCurvePrivateKey,
    base_url: str,
) -> list[tuple[x509.ExtensionType, bool]]:
    is_ca = profile.use is Use.CA
    found: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(is_ca, profile.path_length), True),
        (_key_usage(profile.use), True),
        (x509.SubjectKeyIdentifier.from_public_key(key), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False),
    ]
    if profile.use is Use.TIME_STAMPS:
        # RFC 3161, 2.3: critical, and nothing but timeStamping.
        found.append((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True))
    if profile.use is Use.OCSP:
        found.append((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False))
        # RFC 6960, 4.2.2.2.1: nobody asks the responder about itself.
        found.append((x509.OCSPNoCheck(), False))
    elif not profile.is_root:
        found.append((_access(profile.issuer, base_url), False))
        found.append((_distribution(profile.issuer, base_url), False))
    return found


def _key_usage(use: Use) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=use is not Use.CA,
        # Also known as nonRepudiation: ETSI EN 319 412-2, 4.3.2 wants it on signers' certificates.
        content_commitment=use is Use.DOCUMENTS,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=use is Use.CA,
        crl_sign=use is Use.CA,
        encipher_only=False,
        decipher_only=False,
    )


def _access(issuer: str, base_url: str) -> x509.AuthorityInformationAccess:
    return x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                AuthorityInformationAccessOID.OCSP,
                x509.UniformResourceIdentifier(f"{base_url}/ocsp/{issuer}"),
            ),
            x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS,
                x509.UniformResourceIdentifier(f"{base_url}/ca/{issuer}.cer"),
            ),
        ]
    )


def _distribution(issuer: str, base_url: str) -> x509.CRLDistributionPoints:
    url = x509.UniformResourceIdentifier(f"{base_url}/crl/{issuer}.crl")
    return x509.CRLDistributionPoints([x509.DistributionPoint([url], None, None, None)])
