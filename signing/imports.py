"""A contract from elsewhere against its record: its bytes, its time-stamp, and what was noted.

The token is detached (RFC 3161, over the SHA-256 of the whole file), so that signatures which the
file brought along, and every byte of it, stay what they were.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from domain.events import Event, utc_text
from domain.findings import Finding
from domain.stamp_proofs import Stamped
from domain.verification import Judgement, Stamp
from signing.stamp_proofs import further_hold, judge_chain, stamps_in
from signing.timestamps import KeptToken
from signing.trust import TrustMaterial

IMPORT = "import"
"""What the record of one has, and no other."""


def import_holds(record: Mapping[str, Any]) -> bool:
    """Whether what the record says of an import is what the ledger noted when it was taken and when
    its time-stamp came. One of an envelope that was sent from here says nothing. Raises KeyError or
    TypeError for a record of another shape."""
    row = record.get(IMPORT)
    taken, stamped = (
        [event["data"] for event in record["ledger"] if event["tag"] == tag.value]
        for tag in (Event.IMPORT_TAKEN, Event.IMPORT_STAMPED)
    )
    if row is None:
        return not taken and not stamped
    if [one["sha256"] for one in taken] != [row["sha256"]]:
        return False
    if row["token"] is None:
        return not stamped
    noted = [(one["sha256"], one["token_sha256"], one["token_time"]) for one in stamped]
    token = sha256(base64.b64decode(row["token"])).hexdigest()
    if noted != [(row["sha256"], token, row["token_time"])]:
        return False
    return further_hold(record, Stamped.IMPORT, {record["envelope"]["id"]: row})


def judge_import(
    data: bytes, record: Mapping[str, Any], trust: TrustMaterial, moment: datetime | None = None
) -> Judgement:
    """Of the bytes that the vault gave back, at `moment` (today); signatures of others in them are
    not judged."""
    row, findings = record[IMPORT], list[Finding]()
    digest = sha256(data)
    if digest.hexdigest() != row["sha256"]:
        findings.append(Finding.IMPORT_DIFFERS)
    if not row["token"]:
        return Judgement((*findings, Finding.IMPORT_UNSTAMPED))
    tokens = judge_chain(stamps_in(row), digest.digest(), trust, moment)
    if not all(token.good for token in tokens):
        findings.append(Finding.STAMP_UNPROVEN)
    first = tokens[0]
    if first.good and first.at is not None and utc_text(first.at) != row["token_time"]:
        findings.append(Finding.IMPORT_DIFFERS)
    stamps = tuple(stamp_of(token) for token in tokens)
    return Judgement(tuple(dict.fromkeys(findings)), 0, stamps, any(one.trial for one in tokens))


def stamp_of(token: KeptToken, field: str = "") -> Stamp:
    """For the report."""
    at = utc_text(token.at) if token.at else ""
    return Stamp("timestamp", field, at, token.authority, token.good)
