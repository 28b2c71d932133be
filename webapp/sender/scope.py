"""Envelopes by id, within the member's organisation: a foreign one does not exist."""

from uuid import UUID

from flask import abort
from sqlalchemy.orm import Session

from domain.kinds import EnvelopeState
from storage import drafts
from storage.tables import Envelope
from webapp.login import allows, member

_UNSENT = frozenset({EnvelopeState.DRAFT.value, EnvelopeState.IMPORTING.value})


def envelope_or_404(session: Session, envelope_id: UUID, *, deleted: bool = False) -> Envelope:
    """The envelope, to read. A draft is nobody's who may not write it; of what was deleted there is
    only the page that says so, for which `deleted` asks."""
    envelope = drafts.own_envelope(session, member().organisation_id, envelope_id)
    if envelope is None or envelope.state == EnvelopeState.DISCARDED:
        abort(404)
    if envelope.state == EnvelopeState.DELETED and not deleted:
        abort(404)
    if envelope.state in _UNSENT and not sees_drafts():
        abort(404)
    return envelope


def sees_drafts() -> bool:
    """Whether drafts exist for the member who asks."""
    return allows("envelope.write")


def draft_or_404(session: Session, envelope_id: UUID) -> Envelope:
    """The draft, locked for writing. Raises Refusal ALREADY_SENT."""
    try:
        return drafts.open_draft(session, member().organisation_id, envelope_id)
    except LookupError:
        abort(404)
