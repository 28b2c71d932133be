"""The administrators who still come in by password on the day on which the provider fails."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from domain.sso import Mode
from storage import people
from storage.locks import take_turn
from storage.tables import Member, Organisation


class NoDoorLeft(Exception):
    """Single sign-on is demanded, and nobody could log in any more on the day on which the provider
    fails."""


def can_come_in(session: Session, organisation_id: UUID, named: Collection[str]) -> bool:
    """Whether one of those named has a password and a second factor."""
    return bool(_able(session, organisation_id, named))


def holds_the_door(session: Session, organisation: Organisation, member: Member) -> bool:
    """Whether single sign-on is demanded and he is the last who could come in without it: then
    neither his second factor nor his role of an administrator can go, nor he himself."""
    if organisation.sso_mode != Mode.DEMANDED:
        return False
    able = _able(session, organisation.id, organisation.sso_exempt or [])
    return [row.id for row in able] == [member.id]


def keep_the_door(session: Session, member: Member) -> None:
    """Before he stops being an administrator with a second factor. Raises NoDoorLeft where he is
    the last. Whoever chooses the administrators of that day waits until it is done."""
    take_turn(session, f"sso:{member.organisation_id}")
    key = member.organisation_id
    organisation = session.get_one(Organisation, key, populate_existing=True)
    if holds_the_door(session, organisation, member):
        raise NoDoorLeft


def _able(session: Session, organisation_id: UUID, named: Collection[str]) -> list[Member]:
    return [
        row
        for row in people.administrators(session, organisation_id)
        if str(row.id) in named and row.has_factor and row.password_hash != people.NO_PASSWORD
    ]
