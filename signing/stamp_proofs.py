"""Detached time-stamps for as long as their contracts are kept: what speaks for an authority, and a
chain of tokens judged one by the other (domain.stamp_proofs).
"""

import base64
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from asn1crypto import cms, crl, ocsp, tsp, x509

from domain.events import Event
from domain.stamp_proofs import Datum, DatumKind, ProvedStamp, Stamped, manifest
from signing.revocation import RevocationUnavailable, gather
from signing.timestamps import KeptToken, authority_of, judge_token
from signing.trust import TrustMaterial

_KEPT_SECONDS = 600.0
"""Of one authority's data: hundreds of tokens come together."""


class TokenProver:
    """domain.ports.signatures.StampProver. Thread-safe."""

    def __init__(self, trust: TrustMaterial) -> None:
        self._trust = trust
        self._lock = threading.Lock()
        self._kept: dict[bytes, tuple[float, tuple[Datum, ...]]] = {}

    def data(self, token: bytes) -> tuple[Datum, ...]:
        """Chain and revocation data of today. Raises TimestampUnavailable, or SignatureInvalid for
        an authority that is revoked."""
        authority = authority_of(token)
        with self._lock:
            at, data = self._kept.get(authority, (-_KEPT_SECONDS, ()))
            if time.monotonic() - at < _KEPT_SECONDS:
                return self._answer(data)
        others = [*self._trust.tsa_certificates, *_certificates(token)]
        try:
            found = gather((authority,), others, self._trust)
        except RevocationUnavailable:
            # Hundreds would wait for the same silence, one after the other, before people's acts.
            with self._lock:
                self._kept[authority] = time.monotonic(), ()
            raise
        data = (
            *(Datum(DatumKind.CERTIFICATE, der) for der in found.certificates),
            *(Datum(DatumKind.OCSP, der) for der in found.ocsps),
            *(Datum(DatumKind.CRL, der) for der in found.crls),
        )
        with self._lock:
            self._kept[authority] = time.monotonic(), data
        return data

    def _answer(self, data: tuple[Datum, ...]) -> tuple[Datum, ...]:
        if not data:
            raise RevocationUnavailable("revocation: silent a moment ago")
        return data

    def lasts(self, token: bytes) -> tuple[datetime, datetime]:
        """Its genTime, and when the first certificate of its chain ends, roots aside."""
        signed = cms.ContentInfo.load(token)["content"]
        info = signed["encap_content_info"]["content"].parse(tsp.TSTInfo)
        at: datetime = info["gen_time"].native
        known = [*self._trust.tsa_certificates, *_certificates(token)]
        return at, min(row.not_valid_after for row in _chain(authority_of(token), known))


def _certificates(token: bytes) -> Sequence[bytes]:
    found = cms.ContentInfo.load(token)["content"]["certificates"]
    return [row.chosen.dump() for row in found if row.name == "certificate"]


def _chain(leaf: bytes, known: Sequence[bytes]) -> Sequence[x509.Certificate]:
    """From the authority up to what a root has issued."""
    rows = [x509.Certificate.load(der) for der in dict.fromkeys(known)]
    found = [x509.Certificate.load(leaf)]
    for _ in rows:
        issuer = found[-1].issuer
        above = next((row for row in rows if row.subject == issuer and row.ca), None)
        if above is None or above.self_issued:
            break
        found.append(above)
    return found


def judge_chain(
    stamps: Sequence[ProvedStamp],
    digest: bytes,
    trust: TrustMaterial,
    moment: datetime | None = None,
) -> tuple[KeptToken, ...]:
    """Every token: over what it should be, and good at the time of the next one; the newest at
    `moment` (today). Any bytes get an answer."""
    judged: list[KeptToken] = []
    today = moment or datetime.now(UTC)
    at = today
    for number in reversed(range(len(stamps))):
        stamp = stamps[number]
        later = stamps[number + 1].before if number + 1 < len(stamps) else ()
        over = _over(stamps, number, digest)
        data = _in_force((*stamp.data, *later), at)
        found = judge_token(stamp.token, over, trust, at, data)
        judged.append(found)
        # A token that does not hold proves no moment: what is before it is judged by today.
        at = found.at if found.good and found.at is not None else today
    return tuple(reversed(judged))


def _in_force(data: Sequence[Datum], moment: datetime) -> Sequence[Datum]:
    """Certificates, and what speaks of that moment: what newer data had followed by then says no
    more. Bytes that are none of these say nothing."""
    found = []
    for datum in data:
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            ends = _ends(datum)
            if ends is None or moment <= ends:
                found.append(datum)
    return found


def _ends(datum: Datum) -> datetime | None:
    """When newer data were to come; None for a certificate, and where nothing says so."""
    if datum.kind is DatumKind.CERTIFICATE:
        x509.Certificate.load(datum.der).native  # noqa: B018 - parses all of it, or raises here
        return None
    if datum.kind is DatumKind.CRL:
        listed = crl.CertificateList.load(datum.der)["tbs_cert_list"]
        found: datetime | None = listed["next_update"].native
        return found
    answers = ocsp.OCSPResponse.load(datum.der).response_data["responses"]
    plans = [one["next_update"].native for one in answers]
    return min((plan for plan in plans if plan is not None), default=None)


def _over(stamps: Sequence[ProvedStamp], number: int, digest: bytes) -> bytes:
    """The digest that a token is to be over; none where its list is not of what is there."""
    if not number:
        return digest
    said = stamps[number].manifest
    if said != manifest(digest, stamps[:number], stamps[number].before):
        return b""
    return sha256(said.encode()).digest()


def stamps_in(row: Mapping[str, Any]) -> tuple[ProvedStamp, ...]:
    """Of a record's import or consent that has a token, oldest first. A record of before there were
    any further ones has just that. Raises KeyError, TypeError or ValueError for another shape."""
    first = base64.b64decode(row["token"])
    told = row.get("proofs") or [{"token": None, "manifest": "", "before": [], "data": []}]
    return tuple(
        ProvedStamp(
            base64.b64decode(one["token"]) if one["token"] is not None else first,
            _data(one["data"]),
            one["manifest"],
            _data(one["before"]),
        )
        for one in told
    )


def _data(told: Sequence[Sequence[str]]) -> tuple[Datum, ...]:
    return tuple(Datum(DatumKind(kind), base64.b64decode(der)) for kind, der in told)


def further_hold(record: Mapping[str, Any], kind: Stamped, rows: Mapping[str, Any]) -> bool:
    """Whether the further tokens of these subjects, by their ids, are those that the ledger noted
    when they came. Raises KeyError or TypeError for a record of another shape."""
    noted = [
        (said["subject"], said["number"], said["manifest_sha256"], said["token_sha256"])
        for event in record["ledger"]
        if event["tag"] == Event.STAMP_RENEWED.value and (said := event["data"])["kind"] == kind
    ]
    kept = [
        (
            key,
            one["number"],
            sha256(one["manifest"].encode()).hexdigest(),
            sha256(base64.b64decode(one["token"])).hexdigest(),
        )
        for key, row in rows.items()
        for one in row.get("proofs", ())
        if one["token"] is not None
    ]
    return sorted(noted) == sorted(kept)
