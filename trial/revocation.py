"""OCSP answers (RFC 6960) and CRLs, made at the moment they are asked for.

`revoked.json` in the trust folder lists revoked serial numbers; it is read for every answer, so
that tests and trials can revoke a certificate under a running service.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp

from runtime.files import write_durably
from trial.issue import TrustFolder

OCSP_VALIDITY = timedelta(hours=1)
CRL_VALIDITY = timedelta(days=1)
_REVOKED = "revoked.json"
_HASHES = (hashes.SHA1, hashes.SHA256)
"""Algorithms of CertID that clients use; it is an identifier, no signature."""


@dataclass(frozen=True)
class Issuer:
    """A CA, its responder, and what it has issued, by serial number."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    responder: x509.Certificate
    responder_key: ec.EllipticCurvePrivateKey
    issued: dict[int, x509.Certificate]
    folder: Path

    @classmethod
    def load(cls, folder: TrustFolder, name: str) -> "Issuer":
        """From a trust folder."""
        certificate = folder.certificate(name)
        return cls(
            certificate=certificate,
            key=folder.private_key(name),
            responder=folder.certificate(f"ocsp-{name}"),
            responder_key=folder.private_key(f"ocsp-{name}"),
            issued={c.serial_number: c for c in folder.issued() if c.issuer == certificate.subject},
            folder=folder.path,
        )


def revoke(trust_dir: Path, certificate: x509.Certificate, at: datetime | None = None) -> None:
    """Revoke (keyCompromise) in the next answers."""
    listed = _revoked(trust_dir)
    listed[certificate.serial_number] = at or datetime.now(UTC)
    text = json.dumps({format(number, "x"): when.isoformat() for number, when in listed.items()})
    write_durably(trust_dir / _REVOKED, text.encode())


def answer_ocsp(issuer: Issuer, request: bytes) -> bytes:
    """DER of the OCSP response to a DER request; malformed and foreign ones get an error status."""
    try:
        asked = ocsp.load_der_ocsp_request(request)
        nonce = _nonce(asked)
        about = issuer.issued.get(asked.serial_number)
        ours = about is not None and _names_issuer(asked, issuer.certificate)
    except (ValueError, NotImplementedError, x509.UnsupportedGeneralNameType):
        return _unsuccessful(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    if about is None or not ours:
        return _unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    now = datetime.now(UTC).replace(microsecond=0)
    revoked_at = _revoked(issuer.folder).get(about.serial_number)
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=about,
            issuer=issuer.certificate,
            algorithm=asked.hash_algorithm,
            cert_status=ocsp.OCSPCertStatus.REVOKED if revoked_at else ocsp.OCSPCertStatus.GOOD,
            this_update=now,
            next_update=now + OCSP_VALIDITY,
            revocation_time=revoked_at,
            revocation_reason=x509.ReasonFlags.key_compromise if revoked_at else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.responder)
        .certificates([issuer.responder])
    )
    if nonce is not None:
        builder = builder.add_extension(nonce, critical=False)
    response = builder.sign(issuer.responder_key, hashes.SHA256())
    return response.public_bytes(serialization.Encoding.DER)


def current_crl(issuer: Issuer) -> bytes:
    """DER of a CRL of this second."""
    now = datetime.now(UTC).replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now)
        .next_update(now + CRL_VALIDITY)
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
            critical=False,
        )
    )
    for number, when in _revoked(issuer.folder).items():
        if number in issuer.issued:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(number)
                .revocation_date(when)
                .add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
                .build()
            )
    crl = builder.sign(issuer.key, hashes.SHA256())
    return crl.public_bytes(serialization.Encoding.DER)


def _revoked(trust_dir: Path) -> dict[int, datetime]:
    try:
        listed = json.loads((trust_dir / _REVOKED).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {int(number, 16): datetime.fromisoformat(when) for number, when in listed.items()}


def _nonce(asked: ocsp.OCSPRequest) -> x509.OCSPNonce | None:
    try:
        return asked.extensions.get_extension_for_class(x509.OCSPNonce).value
    except x509.ExtensionNotFound:
        return None


def _names_issuer(asked: ocsp.OCSPRequest, issuer: x509.Certificate) -> bool:
    if not isinstance(asked.hash_algorithm, _HASHES):
        raise NotImplementedError
    hashed = hashes.Hash(asked.hash_algorithm)
    hashed.update(issuer.subject.public_bytes())
    return hashed.finalize() == asked.issuer_name_hash


def _unsuccessful(status: ocsp.OCSPResponseStatus) -> bytes:
    response = ocsp.OCSPResponseBuilder.build_unsuccessful(status)
    return response.public_bytes(serialization.Encoding.DER)
