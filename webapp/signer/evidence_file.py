"""The evidence record as its readers take it away: one form, whoever asks and wherever."""

import json

from flask import Response

from storage.evidence import evidence_record
from storage.tables import Envelope, Participant
from webapp.signer.ranges import SANDBOX, content_disposition
from webapp.state import state


def evidence_bytes(envelope: Envelope, reader: Participant | None) -> bytes:
    """UTF-8 JSON with ledger, acts and hashes; `reader` None is the sending organisation."""
    with state().database.reading() as session:
        record = evidence_record(session, state().vault, envelope.id, reader=reader)
    return (json.dumps(record, ensure_ascii=False, indent=2) + "\n").encode()


def evidence_answer(envelope: Envelope, reader: Participant | None) -> Response:
    """The same as a file to keep."""
    answer = Response(evidence_bytes(envelope, reader), mimetype="application/json")
    answer.headers["Content-Disposition"] = content_disposition(f"{envelope.number}-evidence.json")
    answer.headers["Content-Security-Policy"] = SANDBOX
    return answer
