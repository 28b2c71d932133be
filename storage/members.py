"""An organisation's members as its administrators see and change them; every query is scoped.

A change names the revision that its form was filled from. Whatever takes somebody's roles waits
its turn with all others that do, so that two changes together leave an administrator too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, cast, select, type_coerce
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import Role
from domain.lists import Sorting, Usual
from domain.members import CheckedMember, leaves_an_administrator
from storage import departments, ledger
from storage.listing import Keys, behind, containing, only, sorted_page, told
from storage.locks import locked, take_turn
from storage.paging import Page
from storage.sso_exempt import keep_the_door
from storage.tables import Member

MEMBER_SORTS: Usual = {"name": False, "mail": False, "department": False}


class MemberChangedMeanwhile(Exception):
    """Somebody else changed the member since the form was opened."""


class NoAdministratorLeft(Exception):
    """The change would leave the organisation without an administrator."""


class Shown(StrEnum):
    """Which members a list shows; stands in the URL."""

    ACTIVE = "active"
    RETIRED = "retired"
    ALL = "all"


@dataclass(frozen=True)
class MemberSearch:
    """Conditions of the list, together."""

    shown: Shown = Shown.ACTIVE
    text: str = ""
    """A part of name or address."""
    role: Role | None = None
    department_id: UUID | None = None
    sorting: Sorting = field(default_factory=lambda: Sorting.read({}, MEMBER_SORTS))


def search(
    session: Session, organisation_id: UUID, wanted: MemberSearch, number: int
) -> Page[Member]:
    """A page of the organisation's members; whoever has left comes last."""
    query = select(Member).where(
        Member.organisation_id == organisation_id, *_conditions(session, wanted)
    )
    sorting = wanted.sorting
    last = behind(Member.active.is_(False), sorting)
    keys: Keys = {
        "name": (last, Member.name, Member.mail),
        "mail": (last, Member.mail),
        "department": (last, told(Member.department), Member.name),
    }
    return only(sorted_page(session, query, keys, Member.id, sorting, number))


def _conditions(session: Session, wanted: MemberSearch) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.shown is not Shown.ALL:
        found.append(Member.active.is_(wanted.shown is Shown.ACTIVE))
    if wanted.department_id is not None:
        found.append(Member.department_id == wanted.department_id)
    if wanted.role is not None:
        # The column is JSON, whose functions differ; a role is a word that no other one contains.
        found.append(_as_text(session).contains(f'"{wanted.role.value}"'))
    return [*found, *containing(wanted.text, Member.name, Member.mail)]


def _as_text(session: Session) -> ColumnElement[str]:
    if session.get_bind().dialect.name == "postgresql":
        return cast(Member.roles, Text)
    return type_coerce(Member.roles, Text)


def find(session: Session, organisation_id: UUID, member_id: UUID) -> Member | None:
    """A member of the organisation; another's does not exist."""
    return session.scalar(_own(organisation_id, member_id))


def _own(organisation_id: UUID, member_id: UUID) -> Select[Member]:
    return select(Member).where(Member.id == member_id, Member.organisation_id == organisation_id)


def change(  # noqa: PLR0913 - who changes whom, from what, into what, when
    session: Session,
    actor: Member,
    member: Member,
    seen: int,
    wanted: CheckedMember,
    now: datetime,
) -> bool:
    """Name, roles and department. False where nothing changes.

    Raises MemberChangedMeanwhile, NoAdministratorLeft and NoDoorLeft.
    """
    row = begin_change(session, member, seen)
    roles = [role.value for role in wanted.roles]
    before = {"roles": list(row.roles), "department": row.department_id}
    if (row.name, list(row.roles), row.department_id) == (wanted.name, roles, wanted.department_id):
        return False
    keep_an_administrator(session, row, roles)
    renamed = row.name != wanted.name
    row.name, row.roles = wanted.name, roles
    departments.assign(session, row, wanted.department_id)
    row.revision += 1
    note(
        session,
        Event.MEMBER_CHANGED,
        actor,
        row,
        now,
        before=before,
        after={"roles": roles, "department": row.department_id},
        renamed=renamed,
    )
    return True


def begin_change(session: Session, member: Member, seen: int) -> Member:
    """The active member's row, locked, as it was seen. Raises MemberChangedMeanwhile."""
    take_turn(session, f"administrators:{member.organisation_id}")
    row = locked(session, Member, member.id)
    if row is None or row.organisation_id != member.organisation_id:
        raise LookupError(str(member.id))
    if row.revision != seen or not row.active:
        raise MemberChangedMeanwhile
    return row


def keep_an_administrator(session: Session, member: Member, after: Sequence[str]) -> None:
    """Raises NoAdministratorLeft unless somebody is one when this member's roles are `after`, and
    NoDoorLeft unless one of them could come in without the identity provider that is demanded."""
    active = session.execute(
        select(Member.id, Member.roles).where(
            Member.organisation_id == member.organisation_id, Member.active.is_(True)
        )
    )
    if not leaves_an_administrator([(key, roles) for key, roles in active], member.id, after):
        raise NoAdministratorLeft
    if Role.ADMIN in member.roles and Role.ADMIN not in after:
        keep_the_door(session, member)


def note(
    session: Session,
    tag: Event,
    actor: Member | None,
    member: Member,
    now: datetime,
    **data: object,
) -> None:
    """The ledger keeps who did what to whom; ids and codes only. `actor` None: whoever runs the
    machine."""
    session.flush()
    ledger.append(
        session,
        tag,
        at=now,
        actor=f"member:{actor.id}" if actor is not None else "system",
        organisation_id=member.organisation_id,
        data={"member": member.id, **data},
    )
