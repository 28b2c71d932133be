"""The archive revision: security store and archive timestamp, PAdES B-LTA, verified from bytes.

And the one after it, where the first could only store revocation data that are older than the
timestamps: see signing/freshness.py.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from domain.limits import SIGNATURE_RESERVED_BYTES
from domain.ports.signatures import NotFresherYet, SignatureInvalid, TimestampUnavailable
from signing.frames import Frame
from signing.freshness import Demand, Holdings, fresher_at
from signing.pool import ChildPool
from signing.revocation import RevocationData, gather
from signing.timestamps import TimestampClient, authority_of, is_authority
from signing.trust import SigningIdentity, TrustMaterial
from signing.verify import DocumentReport, Level, problems_of, verify_file

_LONGEST_WAIT = 5.0


class _UnknownAuthority(Exception):
    """A token came from a certificate whose revocation data are not in the store yet."""


class PoolArchiver:
    """DocumentArchiver: network and judgement in the parent, PDF work in children."""

    def __init__(  # noqa: PLR0913 - the wiring of one room, done once
        self,
        pool: ChildPool,
        identity: SigningIdentity,
        timestamps: TimestampClient,
        trust: TrustMaterial,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pool = pool
        self._identity = identity
        self._timestamps = timestamps
        self._trust = trust
        self._now = now
        self._sleep = sleep

    def archive(self, base: bytes, signature_fields: Sequence[str]) -> bytes:
        """The tail of the archive revision, verified (B-LTA, ENTIRE_FILE, exactly these
        signatures). Raises TimestampUnavailable (also when revocation data are not to be had),
        SignatureInvalid, or ChildDied (try again)."""
        return self._archived(base, signature_fields, (), ())

    def fresher_at(self, archived: bytes) -> datetime | None:
        """When revocation data will exist that are newer than the timestamps which they speak
        of; None if the archived file has them all."""
        demands, holdings = self._holdings(archived)
        return fresher_at(demands, holdings)

    def renew(self, base: bytes, signature_fields: Sequence[str]) -> bytes:
        """The tail of one more archive revision, with newer data. Raises NotFresherYet while the
        authorities have none, and what `archive` raises."""
        demands, holdings = self._holdings(base)
        return self._archived(base, signature_fields, demands, holdings.certificates)

    def _archived(
        self,
        base: bytes,
        signature_fields: Sequence[str],
        demands: Sequence[Demand],
        stored: Sequence[bytes],
    ) -> bytes:
        found = self._pool.run("survey", {"fields": list(signature_fields)}, (base,))
        _require_ours_last(found.fields["signatures"], signature_fields)
        self._outwait(found.fields["newest"])
        tail = self._build(base, found, demands, stored)
        report = verify_file(base + tail, self._pool, self._trust)
        _require_archived(report, signature_fields)
        return tail

    def _holdings(self, archived: bytes) -> tuple[Sequence[Demand], Holdings]:
        answer = self._pool.run("holdings", {}, (archived,))
        since = [datetime.fromisoformat(moment) for moment in answer.fields["since"]]
        first = len(since) + int(answer.fields["certificates"])
        second = first + int(answer.fields["ocsps"])
        demands = [Demand(*row) for row in zip(answer.parts, since, strict=False)]
        return demands, Holdings(
            answer.parts[len(since) : first], answer.parts[first:second], answer.parts[second:]
        )

    def _build(
        self, base: bytes, found: Frame, demands: Sequence[Demand], stored: Sequence[bytes]
    ) -> bytes:
        count = int(found.fields["leaves"])
        known = dict.fromkeys(
            [
                *found.parts[:count],
                *(demand.certificate for demand in demands),
                *self._timestamps.authorities_seen(),
                *(der for der in self._trust.tsa_certificates if is_authority(der)),
            ]
        )
        others = [*self._identity.chain[1:], *self._trust.tsa_certificates, *found.parts[count:]]
        name = f"ArchiveTS{len(found.fields['timestamps']) + 1:02d}"
        for _ in range(len(self._timestamps.urls) + 1):
            data = gather(tuple(known), [*others, *stored], self._trust)
            _require_fresh(demands, data)
            try:
                return self._stamped(base, name, data, known)
            except _UnknownAuthority as unknown:
                known[unknown.args[0]] = None
        raise TimestampUnavailable("authorities_change")

    def _stamped(
        self, base: bytes, name: str, data: RevocationData, known: dict[bytes, None]
    ) -> bytes:
        def stamp(digest: bytes) -> bytes:
            token = self._timestamps.stamp(digest).token
            authority = authority_of(token)
            if authority not in known:
                raise _UnknownAuthority(authority)
            return token

        fields = {
            "field_name": name,
            "reserved": max(self._identity.reserved, SIGNATURE_RESERVED_BYTES),
            "certificates": len(data.certificates),
            "ocsps": len(data.ocsps),
        }
        parts = (base, *data.certificates, *data.ocsps, *data.crls)
        return self._pool.run("archive", fields, parts, timestamp=stamp).parts[0]

    def _outwait(self, newest: str | None) -> None:
        """ThisUpdate has whole seconds: ask only in the second after the newest signature's."""
        if newest is None:
            raise SignatureInvalid("no_signature")
        ready = datetime.fromisoformat(newest).replace(microsecond=0) + timedelta(seconds=1)
        wait = (ready - self._now()).total_seconds()
        if wait > 0:
            self._sleep(min(wait, _LONGEST_WAIT))


def _require_fresh(demands: Sequence[Demand], data: RevocationData) -> None:
    """Before a timestamp is asked for: with the same old data it would be for nothing."""
    at = fresher_at(demands, Holdings(data.certificates, data.ocsps, data.crls))
    if at is not None:
        raise NotFresherYet(at)


def _require_ours_last(found: Sequence[str], signature_fields: Sequence[str]) -> None:
    """Foreign signatures may only be older than all of ours: an upload brought them along."""
    ours = found[len(found) - len(signature_fields) :]
    if sorted(ours) != sorted(signature_fields) or len(set(found)) != len(found):
        raise SignatureInvalid("other_signatures")


def _require_archived(report: DocumentReport, signature_fields: Sequence[str]) -> None:
    """Whatever foreign signatures are worth, ours must be without any fault."""
    names = [row.field for row in report.signatures if row.kind == "signature"]
    _require_ours_last(names, signature_fields)
    first = min(
        number for number, row in enumerate(report.signatures) if row.field in signature_fields
    )
    rows = report.signatures[first:]
    problems = problems_of(rows)
    if problems:
        raise SignatureInvalid(",".join(problem.value for problem in problems))
    if any(row.level is not Level.B_LTA for row in rows if row.kind == "signature"):
        raise SignatureInvalid("not_b_lta")
    newest = rows[-1]
    if newest.kind != "timestamp" or newest.covers != "entire_file":
        raise SignatureInvalid("coverage")
