"""What the ledger says of a signature on its way: ids and hashes, never a name or a byte."""

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from domain.events import Event
from storage import ledger
from storage.desks.rows import SYSTEM, now
from storage.tables import Act, Revision, SignatureIntent


def note(session: Session, tag: Event, act: Act, data: dict[str, Any], once: str) -> None:
    """Append one event of an act's envelope."""
    ledger.append(
        session, tag, at=now(), actor=SYSTEM, envelope_id=act.envelope_id, data=data, once=once
    )


def intended(act: Act, made: Sequence[SignatureIntent]) -> dict[str, Any]:
    """What is about to be signed: the key, the certificate, and the hash of what they sign."""
    return {
        "act": act.id,
        "documents": [
            {
                "intent": intent.id,
                "document": intent.document_id,
                "base": intent.base_revision_id,
                "field": intent.field_name,
                "document_digest": intent.document_digest,
                "attributes_sha256": hashlib.sha256(intent.signed_attributes).hexdigest(),
                "certificate_sha256": intent.certificate_sha256,
                "key": intent.key_label,
            }
            for intent in made
        ],
    }


def about(intent: SignatureIntent) -> dict[str, Any]:
    """Which signature, and how often its key was used."""
    return {
        "intent": intent.id,
        "act": intent.act_id,
        "document": intent.document_id,
        "calls": intent.sign_calls,
    }


def stamp(intent: SignatureIntent, revision: Revision) -> dict[str, Any]:
    """The stored revision and the token in it."""
    return {
        "field": intent.field_name,
        "revision": revision.id,
        "number": revision.number,
        "sha256": revision.sha256,
        "token_sha256": hashlib.sha256(intent.token or b"").hexdigest(),
        "token_time": intent.token_time,
        "tsa": intent.tsa,
    }
