"""Whether revocation data are newer than what they speak of, and when newer ones will exist.

A certificate that was good before a signature may have been revoked before it. Only data issued
at or after the timestamp prove that it was not (ETSI EN 319 102-1, 5.2.5). OCSP mostly does; a CRL
of yesterday does not, and neither do the data of an authority that stamped only afterwards.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from asn1crypto import crl, ocsp, x509

_WITHOUT_PLAN = timedelta(days=1)
"""For data that do not say when the next ones come (RFC 5280 wants it of CRLs, RFC 6960 leaves it
open for OCSP)."""


@dataclass(frozen=True)
class Demand:
    """A leaf certificate (DER), and the moment that its chain's data must not be older than."""

    certificate: bytes
    since: datetime


@dataclass(frozen=True)
class Holdings:
    """DER of certificates, OCSP responses and CRLs, from a security store or just gathered."""

    certificates: tuple[bytes, ...]
    ocsps: tuple[bytes, ...]
    crls: tuple[bytes, ...]


@dataclass(frozen=True)
class _Datum:
    this_update: datetime
    next_update: datetime | None


def fresher_at(demands: Sequence[Demand], holdings: Holdings) -> datetime | None:
    """When newer data will exist for everything that has too old ones; None if nothing has.

    A certificate without any data (roots, OCSP responders with id-pkix-ocsp-nocheck) asks for
    nothing.
    """
    known = [x509.Certificate.load(der) for der in holdings.certificates]
    waits = []
    for demand in demands:
        # thisUpdate has whole seconds
        since = demand.since.replace(microsecond=0)
        for certificate, issuer in _chain(x509.Certificate.load(demand.certificate), known):
            newest = max(
                _data(certificate, issuer, holdings),
                key=lambda datum: datum.this_update,
                default=None,
            )
            if newest is not None and newest.this_update < since:
                waits.append(newest.next_update or newest.this_update + _WITHOUT_PLAN)
    return max(waits, default=None)


def _chain(
    leaf: x509.Certificate, known: Sequence[x509.Certificate]
) -> Iterator[tuple[x509.Certificate, x509.Certificate]]:
    """Each certificate below the root with its issuer."""
    current = leaf
    for _ in range(len(known) + 1):
        issuer = next((row for row in known if row.subject == current.issuer), None)
        if issuer is None or current.self_issued:
            return
        yield current, issuer
        current = issuer


def _data(
    certificate: x509.Certificate, issuer: x509.Certificate, holdings: Holdings
) -> Iterator[_Datum]:
    for der in holdings.ocsps:
        for single in ocsp.OCSPResponse.load(der).response_data["responses"]:
            named = single["cert_id"]
            if named["serial_number"].native == certificate.serial_number and named[
                "issuer_key_hash"
            ].native in (issuer.public_key.sha1, issuer.public_key.sha256):
                yield _Datum(single["this_update"].native, single["next_update"].native)
    for der in holdings.crls:
        signed = crl.CertificateList.load(der)["tbs_cert_list"]
        if signed["issuer"] == certificate.issuer:
            yield _Datum(signed["this_update"].native, signed["next_update"].native)
