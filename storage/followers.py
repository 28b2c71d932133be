"""Who follows an envelope up: its sender, or whoever took over from somebody who retired."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kinds import Role
from storage.tables import Envelope, Member


def follower(session: Session, envelope: Envelope) -> Member:
    """Who gets the sender's mails. Where a retired sender has no successor yet, the organisation's
    first administrator: mails about its contracts do not go to people who have left."""
    return in_charge(session, session.get_one(Member, envelope.created_by))


def in_charge(session: Session, member: Member) -> Member:
    """The member, or his successor's successor, as far as it goes."""
    found = last_successor(session, member)
    if found.active:
        return found
    return next(iter(_administrators(session, member.organisation_id)), member)


def followed_by(session: Session, member: Member) -> tuple[UUID, ...]:
    """Whose envelopes he follows up: his own, and those of whom he succeeded."""
    found, newest = [member.id], [member.id]
    while newest:
        rows = session.scalars(
            select(Member.id).where(
                Member.organisation_id == member.organisation_id,
                Member.active.is_(False),
                Member.successor_id.in_(newest),
                Member.id.not_in(found),
            )
        )
        newest = list(rows)
        found += newest
    return tuple(found)


def all_in_charge(session: Session, member: Member) -> Sequence[Member]:
    """The member, or his successor's successor; where nobody of them is there any more, every
    administrator."""
    found = last_successor(session, member)
    return [found] if found.active else _administrators(session, member.organisation_id)


def orphans(session: Session, organisation_id: UUID) -> tuple[UUID, ...]:
    """Members who have left and after whom nobody is there any more."""
    left = session.scalars(
        select(Member).where(Member.organisation_id == organisation_id, Member.active.is_(False))
    )
    return tuple(row.id for row in left if not last_successor(session, row).active)


def last_successor(session: Session, member: Member) -> Member:
    """The member, or the last of those who took over one from the other; perhaps none is there."""
    found, seen = member, {member.id}
    while not found.active and found.successor_id is not None and found.successor_id not in seen:
        seen.add(found.successor_id)
        found = session.get_one(Member, found.successor_id)
    return found


def _administrators(session: Session, organisation_id: UUID) -> list[Member]:
    return holders(session, organisation_id, Role.ADMIN)


def holders(session: Session, organisation_id: UUID, role: Role) -> list[Member]:
    """Active members with a role, who came first first."""
    rows = session.scalars(
        select(Member)
        .where(Member.organisation_id == organisation_id, Member.active.is_(True))
        .order_by(Member.created_at, Member.id)
    )
    return [row for row in rows if role.value in row.roles]
