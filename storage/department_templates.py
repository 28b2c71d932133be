"""Where templates go whose department is removed: nobody would see them any more.

Whoever removes it says so: to another department, or to everybody of the organisation.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from domain.ids import read_id
from domain.templates import Share
from storage.locks import locked_rows
from storage.tables import Department, Member, Template
from storage.templates import keep_shared_anew

EVERYBODY = Share.ORGANISATION.value
"""Said instead of another department's id."""


class TemplatesLeft(Exception):
    """Templates are shared with the department, and nobody said where they go."""


def shared_with(session: Session, department: Department, limit: int) -> Sequence[str]:
    """Names of the templates that only its people see, in use or not; the first ones."""
    query = _shared(department).order_by(Template.name, Template.id).limit(limit)
    return [row.name for row in session.scalars(query)]


def count_shared(session: Session, department: Department) -> int:
    """How many there are."""
    found = _shared(department).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def heirs(session: Session, department: Department) -> Sequence[Department]:
    """Other departments of the organisation, by code."""
    return session.scalars(
        select(Department)
        .where(
            Department.organisation_id == department.organisation_id,
            Department.id != department.id,
        )
        .order_by(Department.code, Department.id)
    ).all()


def hand_on(  # noqa: PLR0913 - whose, of which, where to, why and when
    session: Session, actor: Member, department: Department, to: str, reason: str, now: datetime
) -> int:
    """How many went; each keeps a version that says why. Raises TemplatesLeft where some are there
    and `to` is neither EVERYBODY nor the id of another department."""
    rows = locked_rows(session, _shared(department).order_by(Template.id))
    heir = None if to == EVERYBODY else _heir(session, department, to)
    if rows and to != EVERYBODY and heir is None:
        raise TemplatesLeft
    for row in rows:
        row.department_id = heir
        share = Share.DEPARTMENT if heir is not None else Share.ORGANISATION
        keep_shared_anew(session, row, actor, share, reason, now)
    # Of the others it only said whose people may change them too.
    session.execute(
        update(Template).where(Template.department_id == department.id).values(department_id=heir)
    )
    return len(rows)


def _shared(department: Department) -> Select[Template]:
    return select(Template).where(
        Template.organisation_id == department.organisation_id,
        Template.department_id == department.id,
        Template.share == Share.DEPARTMENT.value,
    )


def _heir(session: Session, department: Department, to: str) -> UUID | None:
    key = read_id(to)
    row = session.get(Department, key) if key is not None else None
    if row is None or row.organisation_id != department.organisation_id:
        return None
    return row.id if row.id != department.id else None
