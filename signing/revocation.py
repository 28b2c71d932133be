"""Fresh revocation data for chains that we know: ours and those of the time-stamping authorities.

Only URLs in certificates that were verified up to a configured root are asked, for OCSP and CRL;
issuer certificates are never fetched. OCSP is preferred where a certificate offers it.
"""

import asyncio
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import certifi
from aiohttp import ClientSession, TCPConnector
from asn1crypto import x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, RevokedError
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.fetchers.api import FetchLimits

from domain.limits import REVOCATION_SECONDS
from domain.ports.signatures import SignatureInvalid, TimestampUnavailable
from signing.trust import TrustMaterial

_LIMITS = FetchLimits(max_requests=100, max_cert_requests=0)
_TOLERANCE = timedelta(seconds=60)
"""A CRL may be published while we ask, by a clock that is not ours."""


class RevocationUnavailable(TimestampUnavailable):
    """An OCSP responder or CRL did not answer. Like a silent TSA: the step is repeated later."""


@dataclass(frozen=True)
class RevocationData:
    """DER of what a security store needs."""

    certificates: tuple[bytes, ...]
    ocsps: tuple[bytes, ...]
    crls: tuple[bytes, ...]


def gather(
    leaves: Iterable[bytes], others: Iterable[bytes], trust: TrustMaterial
) -> RevocationData:
    """For each leaf its path, and revocation data for every certificate of it below the root.

    Raises RevocationUnavailable, or SignatureInvalid("revoked").
    """
    try:
        return asyncio.run(_gather(list(leaves), list(others), trust))
    except RevokedError:
        raise SignatureInvalid("revoked") from None
    except PathError as error:
        raise RevocationUnavailable(f"revocation: {type(error).__name__}") from error


async def _gather(leaves: list[bytes], others: list[bytes], trust: TrustMaterial) -> RevocationData:
    async with ClientSession(connector=TCPConnector(ssl=_tls())) as session:
        return await _gather_by(session, leaves, others, trust)


@cache
def _tls() -> ssl.SSLContext:
    """One for the process: each new one reads all trusted roots of TLS anew."""
    return ssl.create_default_context(cafile=certifi.where())


async def _gather_by(
    session: ClientSession, leaves: list[bytes], others: list[bytes], trust: TrustMaterial
) -> RevocationData:
    intermediates = [x509.Certificate.load(der) for der in others]
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(der) for der in trust.roots],
        other_certs=intermediates,
        allow_fetching=True,
        revocation_mode="require",
        time_tolerance=_TOLERANCE,
        fetcher_backend=AIOHttpFetcherBackend(session, REVOCATION_SECONDS, limits=_LIMITS),
    )
    used: dict[bytes, None] = {}
    for leaf in leaves:
        validator = CertificateValidator(
            x509.Certificate.load(leaf), intermediates, validation_context=context
        )
        path = await validator.async_validate_usage(key_usage=set())
        used |= {certificate.dump(): None for certificate in path}
    return RevocationData(
        certificates=tuple(used),
        ocsps=tuple(response.dump() for response in context.ocsps),
        crls=tuple(found.dump() for found in context.crls),
    )
