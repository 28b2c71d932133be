"""Departments (部署): a short list of an organisation, and which member belongs to which."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.events import Event
from storage import department_templates, ledger
from storage.locks import locked, take_turn
from storage.tables import Department, Invitation, Member


class CodeTaken(Exception):
    """Another department of the organisation has this code."""


class NoSuchHead(Exception):
    """Who is to head a department is no active member of the organisation."""


class DepartmentInUse(Exception):
    """Members belong to it, or are invited to it."""


def listed(session: Session, organisation_id: UUID) -> Sequence[Department]:
    """All of them, by code."""
    return session.scalars(
        select(Department)
        .where(Department.organisation_id == organisation_id)
        .order_by(Department.code, Department.id)
    ).all()


def find(session: Session, organisation_id: UUID, department_id: UUID) -> Department | None:
    """A department of the organisation; another's does not exist."""
    row = session.get(Department, department_id)
    return row if row is not None and row.organisation_id == organisation_id else None


def save(  # noqa: PLR0913 - whose, which, code, name and head, when
    session: Session,
    actor: Member,
    department: Department | None,
    code: str,
    name: str,
    now: datetime,
    head_id: UUID | None = None,
) -> Department:
    """A new one, or new words for one; its members' pages say them at once. Conditions of chains
    that name it are `chain_renaming.save_department`'s. Raises CodeTaken and NoSuchHead."""
    organisation_id = actor.organisation_id
    take_turn(session, f"departments:{organisation_id}")
    taken = session.scalar(
        select(Department.id).where(
            Department.organisation_id == organisation_id, Department.code == code
        )
    )
    if taken is not None and (department is None or taken != department.id):
        raise CodeTaken
    row = locked(session, Department, department.id) if department is not None else None
    if head_id is not None and (row is None or row.head_id != head_id):
        head = session.get(Member, head_id)
        if head is None or head.organisation_id != organisation_id or not head.active:
            raise NoSuchHead
    if row is None:
        row = Department(organisation_id=organisation_id, code=code, name=name, created_at=now)
        session.add(row)
    row.code, row.name, row.head_id = code, name, head_id
    session.flush()
    session.execute(update(Member).where(Member.department_id == row.id).values(department=name))
    _note(session, Event.DEPARTMENT_SAVED, actor, row, now)
    return row


def headed_by(session: Session, member: Member) -> Sequence[Department]:
    """Departments that somebody heads, by code."""
    return session.scalars(
        select(Department)
        .where(
            Department.organisation_id == member.organisation_id, Department.head_id == member.id
        )
        .order_by(Department.code, Department.id)
    ).all()


def remove(  # noqa: PLR0913 - whose, which, when, and where its templates go
    session: Session,
    actor: Member,
    department: Department,
    now: datetime,
    *,
    to: str = "",
    reason: str = "",
) -> int:
    """Take it out of the list; who retired keeps its name. `to` says where the templates go that
    it shares, and `reason` why their versions say so; how many went. Raises DepartmentInUse, and
    TemplatesLeft where `to` says nothing of them."""
    take_turn(session, f"departments:{actor.organisation_id}")
    members = select(Member.id).where(
        Member.department_id == department.id, Member.active.is_(True)
    )
    invited = select(Invitation.id).where(
        Invitation.department_id == department.id,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
    )
    if session.scalar(members.limit(1)) or session.scalar(invited.limit(1)):
        raise DepartmentInUse
    moved = department_templates.hand_on(session, actor, department, to, reason, now)
    session.execute(
        update(Member).where(Member.department_id == department.id).values(department_id=None)
    )
    _note(session, Event.DEPARTMENT_REMOVED, actor, department, now)
    session.delete(session.merge(department))
    session.flush()
    return moved


def assign(session: Session, member: Member, department_id: UUID | None) -> None:
    """The member belongs to it; None: to none. A department that was written by hand stays while
    none is chosen."""
    if department_id is not None:
        # Against its removal at the same moment.
        take_turn(session, f"departments:{member.organisation_id}")
        row = find(session, member.organisation_id, department_id)
        if row is None:
            raise LookupError(str(department_id))
        member.department = row.name
    elif member.department_id is not None:
        member.department = ""
    member.department_id = department_id


def _note(
    session: Session, tag: Event, actor: Member, department: Department, now: datetime
) -> None:
    ledger.append(
        session,
        tag,
        at=now,
        actor=f"member:{actor.id}",
        organisation_id=actor.organisation_id,
        data={"department": department.id}
        | ({"head": department.head_id} if department.head_id else {}),
        log_data={"name": department.name},  # of one that is removed nothing else says it
    )
