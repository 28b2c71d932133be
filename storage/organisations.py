"""What an organisation decides for all its envelopes: changed by an administrator, and noted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from domain.events import Event
from storage import ledger
from storage.locks import locked
from storage.tables import Member, Organisation


def allow_late_downloads(session: Session, member: Member, now: datetime, *, allowed: bool) -> bool:
    """Whether participants fetch finished documents after the window. The ledger keeps who
    changed it, from what and to what. False where nothing changes."""
    organisation = _locked(session, member.organisation_id)
    before = organisation.late_downloads
    if before == allowed:
        return False
    organisation.late_downloads = allowed
    note_change(session, member, now, "late_downloads", before=before, after=allowed)
    return True


def demand_totp(session: Session, member: Member, now: datetime, *, demanded: bool) -> bool:
    """Whether every member needs an authenticator app. False where nothing changes."""
    organisation = _locked(session, member.organisation_id)
    before = organisation.totp_since is not None
    if before == demanded:
        return False
    organisation.totp_since = now if demanded else None
    note_change(session, member, now, "totp", before=before, after=demanded)
    return True


def note_change(session: Session, member: Member, now: datetime, what: str, **said: object) -> None:
    """A setting of the member's organisation is another now; what it was and is, in codes."""
    session.flush()
    ledger.append(
        session,
        Event.ORGANISATION_CHANGED,
        at=now,
        actor=f"member:{member.id}",
        organisation_id=member.organisation_id,
        data={"what": what, **said},
    )


def _locked(session: Session, organisation_id: UUID) -> Organisation:
    found = locked(session, Organisation, organisation_id)
    if found is None:
        raise LookupError(str(organisation_id))
    return found
