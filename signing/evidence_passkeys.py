"""The passkey behind an act of an evidence record: proved again, with nothing but the record.

The record holds what the authenticator signed. Its challenge is made anew from what the act says
of itself, so that an act whose version, values or person were altered has no proof any more.
"""

from collections.abc import Mapping
from typing import Any

from domain.events import Event
from domain.evidence import values_sha256
from domain.factors import Factor, Moment
from domain.passkeys import (
    EVIDENCE,
    KeptAssertion,
    SignedAct,
    act_challenge,
    kept_assertion,
    key_sha256,
)
from runtime.passkeys import holds


def was_used(act: Mapping[str, Any]) -> bool:
    """Whether the act says that a passkey was used for it."""
    evidence = act["evidence"]
    return EVIDENCE in evidence or Factor.PASSKEY in str(evidence.get("method", "")).split("+")


def is_proven(act: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether its assertion is by the key that the ledger names, and for exactly this act."""
    kept = kept_assertion(act["evidence"])
    if kept is None or not _is_noted(act, kept, record):
        return False
    values = act["values"]  # None where they are not this reader's to see
    if values is not None and values_sha256(values) != act["values_sha256"]:
        return False
    return holds(kept, act_challenge(_signed(act, record), kept.challenge_id, kept.nonce_sha256))


def _signed(act: Mapping[str, Any], record: Mapping[str, Any]) -> SignedAct:
    return SignedAct(
        envelope=str(record["envelope"]["id"]),
        participant=str(act["participant"]),
        visit=str(act["evidence"].get("visit_id")),
        kind=str(act["kind"]),
        version=int(act["version"]),
        version_sha256=str(act["version_sha256"]),
        values_sha256=str(act["values_sha256"]),
        evidence=act["evidence"],
    )


def _is_noted(act: Mapping[str, Any], kept: KeptAssertion, record: Mapping[str, Any]) -> bool:
    """The chained ledger named the key when it was used, in this visit and by this person."""
    wanted = {
        "factor": Factor.PASSKEY.value,
        "moment": Moment.SIGNING.value,
        "visit": str(act["evidence"].get("visit_id")),
        "key_sha256": key_sha256(kept.public_key),
    }
    return any(
        row["tag"] == Event.FACTOR_PASSED.value
        and row["actor"] == f"participant:{act['participant']}"
        and wanted.items() <= row["data"].items()
        for row in record["ledger"]
    )
