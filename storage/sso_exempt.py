"""The administrators who still come in by password on the day on which the provider fails."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from domain.sso import Mode
from storage import people
from storage.tables import Member, Organisation


def can_come_in(session: Session, organisation_id: UUID, named: Collection[str]) -> bool:
    """Whether one of those named has a password and a second factor."""
    return bool(_able(session, organisation_id, named))


def holds_the_door(session: Session, organisation: Organisation, member: Member) -> bool:
    """Whether single sign-on is demanded and he is the last who could come in without it, so that
    his second factor cannot go."""
    if organisation.sso_mode != Mode.DEMANDED:
        return False
    able = _able(session, organisation.id, organisation.sso_exempt or [])
    return [row.id for row in able] == [member.id]


def _able(session: Session, organisation_id: UUID, named: Collection[str]) -> list[Member]:
    return [
        row
        for row in people.administrators(session, organisation_id)
        if str(row.id) in named and row.has_factor and row.password_hash != people.NO_PASSWORD
    ]
