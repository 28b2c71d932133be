"""Consents of an evidence record against its ledger, its acts and its time-stamps.

Whoever holds the record alone can see that each statement is what the ledger noted and what the
token is over, and that each act stands on a consent that held when it was posted.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from asn1crypto import cms, tsp

from domain.consents import CONSENTED_ACTS, ConsentKind, ConsentText
from domain.events import Event, utc_text
from domain.stamp_proofs import Stamped
from domain.verification import Stamp
from signing.stamp_proofs import further_hold, judge_chain, stamps_in
from signing.trust import TrustMaterial

_SAID = {
    Event.CONSENT_GIVEN.value: ConsentKind.GIVEN.value,
    Event.CONSENT_WITHDRAWN.value: ConsentKind.WITHDRAWN.value,
}
CONSENT = "consent"
"""Kind of their time-stamps in a report."""
_STATED = ("kind", "withdraws", "at", "language", "participant")
"""What row and statement both say."""


def consents_hold(record: Mapping[str, Any]) -> bool:
    """Whether everything that the record says of consents agrees. A record of before there were
    any says nothing. Raises KeyError, TypeError or ValueError for a record of another shape."""
    rows = {row["id"]: row for row in record.get("consents", [])}
    noted = {row["data"]["consent"]: row for row in record["ledger"] if row["tag"] in _SAID}
    tokens = {
        row["data"]["consent"]: row["data"]["token_sha256"]
        for row in record["ledger"]
        if row["tag"] == Event.CONSENT_STAMPED.value
    }
    envelope = record["envelope"].get("id")
    return (
        noted.keys() <= rows.keys()
        and all(_is_whole(row) for row in rows.values())
        and all(_is_noted(rows[key], event) for key, event in noted.items())
        and all(key in rows and _token_sha256(rows[key]) == hash_ for key, hash_ in tokens.items())
        and all(
            key in noted or json.loads(row["statement"])["envelope"] != envelope
            for key, row in rows.items()
        )
        and all(_stands(act, rows) for act in record["acts"])
        and further_hold(record, Stamped.CONSENT, {key: rows[key] for key in noted})
    )


def _is_whole(row: Mapping[str, Any]) -> bool:
    """Statement, text and token belong together."""
    stated, text = json.loads(row["statement"]), row["text"]
    digest = sha256(row["statement"].encode())
    if digest.hexdigest() != row["statement_sha256"] or stated["consent"] != row["id"]:
        return False
    if any(stated[name] != row[name] for name in _STATED):
        return False
    written = ConsentText(text["ja"], text["en"], text["lasting"]).sha256
    if not written == text["sha256"] == stated["text_sha256"]:
        return False
    return row["token"] is None or _imprint(row["token"]) == digest.digest()


def consent_stamps(
    record: Mapping[str, Any], trust: TrustMaterial, moment: datetime
) -> Iterator[Stamp]:
    """Every token over what a party said, further ones too: imprint, signature, chain and usage, as
    of `moment`. What has none yet is not among them; what is no token does not hold."""
    for row in record.get("consents", ()):
        if row.get("token"):
            yield from _judged(row, trust, moment)


def _judged(row: Mapping[str, Any], trust: TrustMaterial, moment: datetime) -> Iterator[Stamp]:
    try:
        stamps, digest = stamps_in(row), sha256(row["statement"].encode()).digest()
    except (KeyError, TypeError, ValueError):
        yield Stamp(CONSENT, str(row.get("id", "")), "", "", good=False)
        return
    for token in judge_chain(stamps, digest, trust, moment):
        at = utc_text(token.at) if token.at else ""
        yield Stamp(CONSENT, row["id"], at, token.authority, token.good)


def _imprint(token: str) -> bytes:
    """What a token is over. Its signature and its authority are judged by the tools of RFC 3161."""
    signed = cms.ContentInfo.load(base64.b64decode(token))["content"]
    info = signed["encap_content_info"]["content"].parse(tsp.TSTInfo)
    imprint: bytes = info["message_imprint"]["hashed_message"].native
    return imprint


def _token_sha256(row: Mapping[str, Any]) -> str:
    return sha256(base64.b64decode(row["token"] or "")).hexdigest()


def _is_noted(row: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    return bool(
        _SAID[event["tag"]] == row["kind"]
        and event["data"]["statement_sha256"] == row["statement_sha256"]
        and event["data"]["text_sha256"] == row["text"]["sha256"]
    )


def _stands(act: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> bool:
    """An accepted act's consent was given before, and not withdrawn before."""
    if act["accepted"] is not True or act["kind"] not in CONSENTED_ACTS:
        return True
    told = act["evidence"].get("consent")
    if told is None:
        return True
    row, posted = rows.get(told["id"]), datetime.fromisoformat(act["posted_at"])
    if row is None or row["kind"] != ConsentKind.GIVEN.value:
        return False
    if told["statement_sha256"] != row["statement_sha256"] or _at(row) > posted:
        return False
    return all(_at(end) > posted for end in rows.values() if end["withdraws"] == row["id"])


def _at(row: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(row["at"])
