"""The parts of a CMS signature (RFC 5652) that parent and child must see alike. No PDF here."""

from hashlib import sha256

from asn1crypto import algos, cms, core, x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import ExternalSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.trust import DIGESTS

_PSS_SALT_BYTES = 32


def mechanism(algorithm: str) -> algos.SignedDigestAlgorithm:
    """The CMS signatureAlgorithm of one of our four algorithms."""
    if algorithm == "rsa3072-pss":
        return algos.SignedDigestAlgorithm(
            {"algorithm": "rsassa_pss", "parameters": _pss_parameters()}
        )
    names = {
        "ecdsa-p256": "sha256_ecdsa",
        "ecdsa-p384": "sha384_ecdsa",
        "rsa3072-pkcs1": "sha256_rsa",
    }
    return algos.SignedDigestAlgorithm({"algorithm": names[algorithm]})


def external_signer(
    certificate: x509.Certificate,
    registry: SimpleCertificateStore,
    algorithm: str,
    value: bytes | None = None,
) -> ExternalSigner:
    """PyHanko's signer for a value that is made elsewhere."""
    return ExternalSigner(
        signing_cert=certificate,
        cert_registry=registry,
        signature_value=value,
        signature_mechanism=mechanism(algorithm),
        embed_roots=False,
    )


def attributes_are_ours(der: bytes, document_digest: bytes, certificate: bytes) -> bool:
    """Whether these signed attributes say exactly what we sign, and nothing else.

    Exactly three (EN 319 142-1, 6.3): content-type data, message-digest of this document, ESS
    signing-certificate-v2 of our certificate with SHA-256.
    """
    try:
        attributes = cms.CMSAttributes.load(der, strict=True)
        found = {row["type"].native: row["values"] for row in attributes}
        if len(attributes) != 3 or set(found) != _EXACTLY:
            return False
        if any(len(values) != 1 for values in found.values()):
            return False
        return (
            found["content_type"][0].native == "data"
            and found["message_digest"][0].native == document_digest
            and _names(found["signing_certificate_v2"][0], certificate)
        )
    except (ValueError, TypeError, KeyError, SigningError):
        return False


_EXACTLY = {"content_type", "message_digest", "signing_certificate_v2"}


def _names(value: core.Sequence, certificate: bytes) -> bool:
    ids = value["certs"]
    if len(ids) != 1:
        return False
    return bool(
        ids[0]["hash_algorithm"]["algorithm"].native == "sha256"
        and ids[0]["cert_hash"].native == sha256(certificate).digest()
    )


def value_verifies(certificate: bytes, algorithm: str, data: bytes, value: bytes) -> bool:
    """Whether a signature value is one over `data` by the certificate's key."""
    info = x509.Certificate.load(certificate).public_key.dump()
    key = serialization.load_der_public_key(info)
    digest = hashes.SHA384() if DIGESTS[algorithm] == "sha384" else hashes.SHA256()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(value, data, ec.ECDSA(digest))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(value, data, _rsa_padding(algorithm), digest)
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _rsa_padding(algorithm: str) -> padding.AsymmetricPadding:
    if algorithm == "rsa3072-pss":
        return padding.PSS(padding.MGF1(hashes.SHA256()), _PSS_SALT_BYTES)
    return padding.PKCS1v15()


def _pss_parameters() -> algos.RSASSAPSSParams:
    return algos.RSASSAPSSParams(
        {
            "hash_algorithm": {"algorithm": "sha256"},
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
            "salt_length": _PSS_SALT_BYTES,
        }
    )
