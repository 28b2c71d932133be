"""What an organisation's envelopes begin with, as it is kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from domain.draft_defaults import DraftDefaults, defaults_of
from storage.locks import locked
from storage.organisations import note_change
from storage.tables import Member, Organisation


def defaults_for(session: Session, organisation_id: UUID) -> DraftDefaults:
    """Of an organisation, as it is now."""
    return defaults_of(session.get_one(Organisation, organisation_id).draft_defaults)


def keep_defaults(session: Session, member: Member, wanted: DraftDefaults, now: datetime) -> bool:
    """For what is begun and sent from now on. False where nothing changes."""
    organisation = locked(session, Organisation, member.organisation_id)
    if organisation is None or (before := defaults_of(organisation.draft_defaults)) == wanted:
        return False
    organisation.draft_defaults = wanted.as_json()
    note_change(
        session, member, now, "draft_defaults", before=before.as_json(), after=wanted.as_json()
    )
    return True
