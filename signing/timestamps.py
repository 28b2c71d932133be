"""RFC 3161 tokens from the configured authorities, each answer verified before use.

The plain client of the PDF library accepts a token over another imprint; ours accepts nothing
that it has not checked: status, nonce, imprint, signature, chain, key usage, clock.
"""

import asyncio
import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

import httpx
from asn1crypto import cms, core, crl, ocsp, tsp, x509
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext

from domain.clocks import ClockDiffers, agrees
from domain.limits import MAX_TSA_ANSWER_BYTES, TSA_REST_SECONDS, TSA_SECONDS
from domain.ports.signatures import Timestamp, TimestampUnavailable
from domain.stamp_proofs import Datum, DatumKind
from runtime.telemetry import logger
from signing.trust import TRIAL_MARK, TrustMaterial, common_name

_logger = logger(__name__)

_HEADERS = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
}


class _Answer(core.Sequence):  # type: ignore[misc] # asn1crypto has no type information
    """TimeStampResp of RFC 3161, 2.4.2: a refusal has no token, which asn1crypto insists on."""

    _fields = [  # noqa: RUF012 - how asn1crypto describes a structure
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


CLOCK = "clock"
"""Code of a token of another time than ours: one of the two clocks is wrong."""

Post = Callable[[str, bytes], bytes]
"""Sends a request to a URL and returns the body of the answer. Raises TokenRejected."""


class TokenRejected(Exception):
    """One authority's answer is of no use; `args[0]` is a short code, for logs and pages."""


@cache
def _http() -> httpx.Client:
    """One for the process: each new client reads all trusted roots of TLS anew. Connections are not
    kept, because an authority may close one in the moment in which it is used again."""
    return httpx.Client(
        headers=_HEADERS, timeout=TSA_SECONDS, limits=httpx.Limits(max_keepalive_connections=0)
    )


def post(url: str, body: bytes) -> bytes:
    """Over HTTP, with time-outs and a cap on the answer."""
    answer = bytearray()
    until = time.monotonic() + TSA_SECONDS
    try:
        with _http().stream("POST", url, content=body) as response:
            if response.status_code != httpx.codes.OK:
                raise TokenRejected(f"http_{response.status_code}")
            for chunk in response.iter_bytes():
                answer += chunk
                if len(answer) > MAX_TSA_ANSWER_BYTES:
                    raise TokenRejected("too_large")
                if time.monotonic() > until:
                    raise TokenRejected("timeout")
    except httpx.TimeoutException:
        raise TokenRejected("timeout") from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise TokenRejected("unreachable") from None
    return bytes(answer)


@dataclass
class TimestampClient:
    """Several authorities in order. Thread-safe."""

    urls: Sequence[str]
    trust: TrustMaterial
    post: Post = post
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _resting: dict[str, float] = field(default_factory=dict)
    _seen: dict[bytes, None] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def stamp(self, digest: bytes) -> Timestamp:
        """A checked token over a SHA-256 digest. Raises TimestampUnavailable with the codes;
        ClockDiffers where no other authority gave a token, and one's time is not ours."""
        codes = []
        for url in self._in_order():
            try:
                return self._stamp(url, digest)
            except TokenRejected as rejected:
                codes.append(str(rejected))
                _logger.warning("timestamp_rejected", authority=url, cause=str(rejected))
                with self._lock:
                    self._resting[url] = time.monotonic() + TSA_REST_SECONDS
        if CLOCK in codes:
            raise ClockDiffers("timestamps")
        raise TimestampUnavailable(", ".join(codes) or "no_authority")

    def authorities_seen(self) -> tuple[bytes, ...]:
        """DER certificates of the authorities whose tokens this process has used."""
        with self._lock:
            return tuple(self._seen)

    def _in_order(self) -> list[str]:
        with self._lock:
            moment = time.monotonic()
            return sorted(self.urls, key=lambda url: self._resting.get(url, 0.0) > moment)

    def _stamp(self, url: str, digest: bytes) -> Timestamp:
        nonce = secrets.randbits(63) | (1 << 62)
        asked = self.now()
        der = _token_of(self.post(url, _request(digest, nonce)))
        token = cms.ContentInfo.load(der)
        authority, at = asyncio.run(
            check_token(token, digest, nonce, self.trust, (asked, self.now()))
        )
        with self._lock:
            self._seen[authority.dump()] = None
            self._resting.pop(url, None)
        return Timestamp(der, at, common_name(authority))


def _request(digest: bytes, nonce: int) -> bytes:
    request = tsp.TimeStampReq(
        {
            "version": 1,
            "message_imprint": {
                "hash_algorithm": {"algorithm": "sha256"},
                "hashed_message": digest,
            },
            "nonce": nonce,
            "cert_req": True,
        }
    )
    encoded: bytes = request.dump()
    return encoded


def _token_of(body: bytes) -> bytes:
    """The token's own bytes, taken before it is read to the last leaf: afterwards asn1crypto
    encodes everything anew, which takes far longer than the authority does."""
    try:
        answer = _Answer.load(body, strict=True)
        if answer["status"]["status"].native not in ("granted", "granted_with_mods"):
            raise TokenRejected("refused")
        token = answer["time_stamp_token"]
        encoded: bytes = token.dump()
        token.native  # noqa: B018 - parses all of it, or raises here
        if token["content_type"].native != "signed_data":
            raise TokenRejected("garbage")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise TokenRejected("garbage") from None
    return encoded


async def check_token(
    token: cms.ContentInfo,
    digest: bytes,
    nonce: int,
    trust: TrustMaterial,
    asked: tuple[datetime, datetime],
) -> tuple[x509.Certificate, datetime]:
    """The authority's certificate and genTime; `asked` is when the question went out, and when the
    answer was there. Raises TokenRejected with a short code."""
    signed = token["content"]
    try:
        info = signed["encap_content_info"]["content"].parsed
        imprint = info["message_imprint"]
        at = info["gen_time"].native
        authority = extract_certificate_info(signed).signer_cert
    except Exception:  # noqa: BLE001 - the library raises many kinds on odd structures
        raise TokenRejected("garbage") from None
    if info["nonce"].native != nonce:
        raise TokenRejected("nonce")
    if imprint["hash_algorithm"]["algorithm"].native != "sha256":
        raise TokenRejected("imprint")
    if imprint["hashed_message"].native != digest:
        raise TokenRejected("imprint")
    if not agrees(asked[0], at, asked[1]):
        raise TokenRejected(CLOCK)  # before the chain, which is judged by our clock
    await _check_signature(signed, digest, trust, authority)
    return authority, at


async def _check_signature(  # noqa: PLR0913 - a token, and by what and when it is judged
    signed: cms.SignedData,
    digest: bytes,
    trust: TrustMaterial,
    authority: x509.Certificate,
    moment: datetime | None = None,
    data: Sequence[Datum] = (),
) -> None:
    usage = authority.extended_key_usage_value
    if usage is None or usage.native != ["time_stamping"]:
        raise TokenRejected("usage")  # RFC 3161, 2.3: only this usage
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(der) for der in trust.roots],
        other_certs=[
            x509.Certificate.load(der)
            for der in (*trust.tsa_certificates, *_of(DatumKind.CERTIFICATE, data))
        ],
        ocsps=[ocsp.OCSPResponse.load(der) for der in _of(DatumKind.OCSP, data)],
        crls=[crl.CertificateList.load(der) for der in _of(DatumKind.CRL, data)],
        allow_fetching=False,
        revocation_mode="soft-fail",
        moment=moment,
    )
    try:
        status = await validate_tst_signed_data(signed, context, lambda _: digest)
    except Exception:  # noqa: BLE001 - as above
        raise TokenRejected("signature") from None
    if not (status["intact"] and status["valid"]):
        raise TokenRejected("signature")
    if status.get("trust_problem_indic") is not None or status.get("validation_path") is None:
        raise TokenRejected("untrusted")


def _of(kind: DatumKind, data: Sequence[Datum]) -> Sequence[bytes]:
    return [datum.der for datum in data if datum.kind is kind]


@dataclass(frozen=True)
class KeptToken:
    """What a token that is kept says, and whether it holds over a digest today."""

    good: bool
    at: datetime | None = None
    authority: str = ""
    trial: bool = False


def judge_token(
    der: bytes,
    digest: bytes,
    trust: TrustMaterial,
    moment: datetime | None = None,
    data: Sequence[Datum] = (),
) -> KeptToken:
    """Imprint, signature, usage and chain of a token that was checked when it came, by the data
    that were kept of its authority, at `moment` (today); any bytes get an answer."""
    try:
        signed = cms.ContentInfo.load(der)["content"]
        info = signed["encap_content_info"]["content"].parse(tsp.TSTInfo)
        imprint, at = info["message_imprint"], info["gen_time"].native
        authority = extract_certificate_info(signed).signer_cert
        over = imprint["hashed_message"].native
        if imprint["hash_algorithm"]["algorithm"].native != "sha256" or over != digest:
            return KeptToken(good=False)
        asyncio.run(_check_signature(signed, digest, trust, authority, moment, data))
    except Exception:  # noqa: BLE001 - the library raises many kinds on odd structures
        return KeptToken(good=False)
    trial = TRIAL_MARK in authority.subject.human_friendly
    return KeptToken(good=True, at=at, authority=common_name(authority), trial=trial)


def authority_of(token: bytes) -> bytes:
    """DER certificate of the authority that made a (checked) token."""
    signed = cms.ContentInfo.load(token)["content"]
    encoded: bytes = extract_certificate_info(signed).signer_cert.dump()
    return encoded


def is_authority(certificate: bytes) -> bool:
    """Whether a certificate is one that stamps, not one that issues."""
    usage = x509.Certificate.load(certificate).extended_key_usage_value
    return usage is not None and "time_stamping" in usage.native


def imprint_of(data: bytes) -> bytes:
    """The digest that a token is asked for."""
    return hashlib.sha256(data).digest()
