"""The members and departments of an organisation, as chains look for people among them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.chain_seats import Colleague, Sender, Staff, Unit
from storage import departments
from storage.tables import Member


def staff_of(session: Session, organisation_id: UUID) -> Staff:
    """Everybody, also those who left, and all departments."""
    return Staff(
        {row.id: colleague(row) for row in members_of(session, organisation_id)},
        {
            row.id: Unit(row.name, row.head_id)
            for row in departments.listed(session, organisation_id)
        },
    )


def members_of(session: Session, organisation_id: UUID) -> Sequence[Member]:
    """All members: those who work first, by name."""
    return session.scalars(
        select(Member)
        .where(Member.organisation_id == organisation_id)
        .order_by(Member.active.desc(), Member.name, Member.mail)
    ).all()


def colleague(row: Member) -> Colleague:
    """One of them."""
    return Colleague(row.name, row.active, row.department, row.department_id, frozenset(row.roles))


def sender_of(row: Member) -> Sender:
    """Whoever sends what he made himself."""
    return Sender(row.id, row.department_id)
