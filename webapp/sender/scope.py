"""Envelopes by id, within the member's organisation: a foreign one does not exist."""

from uuid import UUID

from flask import abort
from sqlalchemy.orm import Session

from storage import drafts
from storage.tables import Envelope
from webapp.login import member


def envelope_or_404(session: Session, envelope_id: UUID) -> Envelope:
    """The envelope, to read."""
    envelope = drafts.own_envelope(session, member().organisation_id, envelope_id)
    if envelope is None:
        abort(404)
    return envelope


def draft_or_404(session: Session, envelope_id: UUID) -> Envelope:
    """The draft, locked for writing. Raises Refusal ALREADY_SENT."""
    try:
        return drafts.open_draft(session, member().organisation_id, envelope_id)
    except LookupError:
        abort(404)
