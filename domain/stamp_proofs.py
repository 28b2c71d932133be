"""What keeps a detached time-stamp provable: its authority's chain and revocation data, and further
time-stamps over everything before them, as evidence records do it (RFC 4998, 5.2).

A token proves nothing once its authority's certificate has ended, unless another token shows that
it was there before. So each further one is over a list (`manifest`) of the SHA-256 of what was
stamped first, of all tokens so far and of the data that speak for them, and each is judged at the
moment that the next one proves; only the newest by today.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

RENEWED_BEFORE = timedelta(days=365)
"""The end of the authority's certificate: a year for whoever has to find another authority."""
LOOKED_AGAIN = timedelta(days=30)
"""After a look that had nothing of the authority, or found none whose certificate ends later."""
DOCUMENT = "document"
"""What the first token is over, in a manifest."""


class Stamped(StrEnum):
    """What has a detached time-stamp. Stored: never rename one."""

    IMPORT = "import"
    CONSENT = "consent"


class DatumKind(StrEnum):
    """What speaks for an authority (DER). Stored: never rename one."""

    CERTIFICATE = "certificate"
    OCSP = "ocsp"
    CRL = "crl"


class Datum(NamedTuple):
    """One of them."""

    kind: DatumKind
    der: bytes


@dataclass(frozen=True)
class ProvedStamp:
    """A token, and what was kept with it."""

    token: bytes
    data: tuple[Datum, ...] = ()
    """Of its own authority, from when it came."""
    manifest: str = ""
    """What it is over; empty for the first, which is over what was stamped."""
    before: tuple[Datum, ...] = ()
    """Of the authority of the token before it, from right before it was asked for."""


@dataclass(frozen=True)
class Owed:
    """What is still to be done for a time-stamp, as far as rows know."""

    kind: Stamped
    subject_id: UUID
    digest: bytes
    """SHA-256 of what the first token is over."""
    stamps: tuple[ProvedStamp, ...]
    """Oldest first; never empty."""
    bare: bool
    """Nothing is kept of the newest one's authority."""
    due: bool
    """A further token is to be asked for."""


@dataclass(frozen=True)
class Further:
    """A further token, checked, and all that is kept with it."""

    stamp: ProvedStamp
    at: datetime
    authority: str
    ends_at: datetime
    renew_at: datetime


def look_again_at(moment: datetime, ends: datetime) -> datetime:
    """More often, the nearer the end."""
    return moment + max(timedelta(days=1), min(LOOKED_AGAIN, (ends - moment) / 4))


def renew_at(stamped_at: datetime, ends: datetime) -> datetime:
    """When a further token is due: a year before the certificate ends, or after half of what was
    left of it."""
    return max(ends - RENEWED_BEFORE, stamped_at + (ends - stamped_at) / 2)


def manifest(digest: bytes, stamps: Sequence[ProvedStamp], before: Sequence[Datum]) -> str:
    """What the token after these is over: a line for each file, as sha256sum writes and reads it.
    `before`: what was gathered of the newest one's authority for it."""
    lines = [f"{digest.hex()}  {DOCUMENT}\n"]
    lines += [f"{sha256(data).hexdigest()}  {name}\n" for name, data in files(stamps, before)]
    return "".join(lines)


def files(
    stamps: Sequence[ProvedStamp], before: Sequence[Datum] = ()
) -> Iterator[tuple[str, bytes]]:
    """Each token with what it is over and the data that speak for it, by the names that manifests
    have: `0.tst`, `0-certificate-1.der`, `1.txt`, `1.tst` and so on."""
    for number, stamp in enumerate(stamps):
        if number:
            yield f"{number}.txt", stamp.manifest.encode()
        yield f"{number}.tst", stamp.token
        later = stamps[number + 1].before if number + 1 < len(stamps) else before
        for count, datum in enumerate(dict.fromkeys((*stamp.data, *later)), start=1):
            yield f"{number}-{datum.kind.value}-{count}.der", datum.der
