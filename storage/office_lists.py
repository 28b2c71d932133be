"""What administrators page through: departments, invitations, routes, kinds, seals, absences.

Every query names the organisation. Addresses know the keys; what a key means stands here.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from domain.lists import Asked, Usual
from domain.own_fields import own_field
from storage.listing import Keys, behind, containing, endless, only, sorted_page, told
from storage.mandates import Entry, entries_of
from storage.own_fields import Definition
from storage.paging import Page
from storage.tables import (
    Absence,
    Chain,
    ContractKind,
    ContractKindVersion,
    Department,
    Invitation,
    Mandate,
    MandateEnd,
    Member,
    OfficialSeal,
)

CARDS = 20
"""Of lists whose rows are cards with much in them."""
FEW = 10
"""Of a list that stands above another one."""
DEPARTMENT_SORTS: Usual = {"code": False, "name": False, "head": False, "members": True}
INVITATION_SORTS: Usual = {"invited": True, "mail": False}
CHAIN_SORTS: Usual = {"name": False, "newest": True}
KIND_SORTS: Usual = {"name": False, "newest": True}
SEAL_SORTS: Usual = {"name": False, "size": True, "until": False}
ABSENCE_SORTS: Usual = {"begins": False, "ends": False, "name": False}


def department_page(
    session: Session, organisation_id: UUID, asked: Asked
) -> Page[tuple[Department, int, Member | None]]:
    """Each with how many active members it has, and its head."""
    size = (
        select(func.count())
        .select_from(Member)
        .where(
            Member.department_id == Department.id,
            Member.organisation_id == organisation_id,
            Member.active.is_(True),
        )
        .correlate(Department)
        .scalar_subquery()
    )
    head = aliased(Member)
    query = (
        select(Department, size, head)
        .outerjoin(head, head.id == Department.head_id)
        .where(
            Department.organisation_id == organisation_id,
            *containing(asked.text, Department.code, Department.name),
        )
    )
    keys: Keys = {
        "code": (Department.code,),
        "name": (Department.name,),
        "head": (told(head.name), Department.code),
        "members": (size, Department.code),
    }
    return sorted_page(session, query, keys, Department.id, asked.sorting, asked.number)


def invitation_page(session: Session, organisation_id: UUID, asked: Asked) -> Page[Invitation]:
    """Those that are open."""
    query = select(Invitation).where(
        Invitation.organisation_id == organisation_id,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
        *containing(asked.text, Invitation.mail),
    )
    keys: Keys = {"invited": (Invitation.invited_at,), "mail": (Invitation.mail,)}
    return only(
        sorted_page(session, query, keys, Invitation.id, asked.sorting, asked.number, size=FEW)
    )


def chain_page(session: Session, organisation_id: UUID, asked: Asked) -> Page[Chain]:
    """The newest version of each."""
    newest = (
        select(Chain.name, func.max(Chain.version).label("version"))
        .where(Chain.organisation_id == organisation_id)
        .group_by(Chain.name)
        .subquery()
    )
    query = (
        select(Chain)
        .join(newest, (newest.c.name == Chain.name) & (newest.c.version == Chain.version))
        .where(Chain.organisation_id == organisation_id, *containing(asked.text, Chain.name))
    )
    keys: Keys = {"name": (Chain.name,), "newest": (Chain.created_at, Chain.name)}
    return only(
        sorted_page(session, query, keys, Chain.id, asked.sorting, asked.number, size=CARDS)
    )


def kind_page(session: Session, organisation_id: UUID, asked: Asked) -> Page[Definition]:
    """Each with the fields of its newest version."""
    query = (
        select(ContractKind, ContractKindVersion.fields)
        .outerjoin(
            ContractKindVersion,
            (ContractKindVersion.kind_id == ContractKind.id)
            & (ContractKindVersion.number == ContractKind.version),
        )
        .where(
            ContractKind.organisation_id == organisation_id,
            *containing(asked.text, ContractKind.name, ContractKind.name_en),
        )
    )
    keys: Keys = {
        "name": (behind(ContractKind.retired_at.is_not(None), asked.sorting), ContractKind.name),
        "newest": (ContractKind.created_at, ContractKind.name),
    }
    page = sorted_page(session, query, keys, ContractKind.id, asked.sorting, asked.number)
    rows = [
        Definition(kind, tuple(own_field(one) for one in fields or ()))
        for kind, fields in page.rows
    ]
    return Page(rows, page.total, page.number, page.size)


def seal_page(session: Session, organisation_id: UUID, asked: Asked) -> Page[OfficialSeal]:
    """All, those not in use any more behind where they are sorted by name."""
    query = select(OfficialSeal).where(
        OfficialSeal.organisation_id == organisation_id,
        *containing(asked.text, OfficialSeal.name),
    )
    keys: Keys = {
        "name": (behind(OfficialSeal.retired_at.is_not(None), asked.sorting), OfficialSeal.name),
        "size": (OfficialSeal.mm, OfficialSeal.name),
        "until": (endless(OfficialSeal.valid_until), OfficialSeal.valid_until, OfficialSeal.name),
    }
    return only(sorted_page(session, query, keys, OfficialSeal.id, asked.sorting, asked.number))


def absence_page(
    session: Session, organisation_id: UUID, asked: Asked, today: date
) -> Page[Absence]:
    """Those that hold, or will."""
    query = (
        select(Absence)
        .join(Member, Member.id == Absence.member_id)
        .where(
            Absence.organisation_id == organisation_id,
            Absence.ends_on >= today,
            Absence.cancelled_at.is_(None),
            *containing(asked.text, Member.name),
        )
    )
    keys: Keys = {
        "begins": (Absence.begins_on,),
        "ends": (Absence.ends_on,),
        "name": (Member.name, Absence.begins_on),
    }
    return only(
        sorted_page(session, query, keys, Absence.id, asked.sorting, asked.number, size=CARDS)
    )


class Standing(StrEnum):
    """Which mandates a list has; stands in the URL."""

    NOW = "now"
    COMING = "coming"
    OVER = "over"


def mandate_sorts(standing: Standing) -> Usual:
    """What has ended runs from the newest back."""
    begins = standing is Standing.OVER
    return {"begins": begins, "last": False, "name": False, "most": True}


@dataclass(frozen=True)
class _Ends:
    """What ends mandates, as columns."""

    last: ColumnElement[Any]
    over: ColumnElement[bool]
    query: Select[Any]


def mandate_page(
    session: Session, organisation_id: UUID, standing: Standing, asked: Asked, today: date
) -> Page[Entry]:
    """Those of one standing."""
    ends = _with_ends(organisation_id, asked.text, today)
    keys: Keys = {
        "begins": (Mandate.begins_on, Mandate.created_at),
        "last": (endless(ends.last), ends.last, Mandate.begins_on),
        "name": (Member.name, Mandate.begins_on),
        "most": (endless(Mandate.most), Mandate.most, Member.name),
    }
    query = ends.query.where(_stands(ends, standing, today))
    page = only(sorted_page(session, query, keys, Mandate.id, asked.sorting, asked.number))
    return Page(entries_of(session, page.rows), page.total, page.number, page.size)


def mandate_counts(session: Session, organisation_id: UUID, today: date) -> dict[Standing, int]:
    """How many there are of each."""
    ends = _with_ends(organisation_id, "", today)
    return {
        one: session.scalar(
            select(func.count()).select_from(
                ends.query.with_only_columns(Mandate.id).where(_stands(ends, one, today)).subquery()
            )
        )
        or 0
        for one in Standing
    }


def _with_ends(organisation_id: UUID, text: str, today: date) -> _Ends:
    """The earliest of the days that were said is the last; an end without a day is at once."""
    ended = (
        select(
            MandateEnd.mandate_id,
            func.min(MandateEnd.last_day).label("last_day"),
            func.max(case((MandateEnd.last_day.is_(None), 1), else_=0)).label("at_once"),
        )
        .group_by(MandateEnd.mandate_id)
        .subquery()
    )
    earlier = or_(Mandate.ends_on.is_(None), ended.c.last_day < Mandate.ends_on)
    last = case((ended.c.last_day.is_not(None) & earlier, ended.c.last_day), else_=Mandate.ends_on)
    over = or_(func.coalesce(ended.c.at_once, 0) == 1, func.coalesce(last < today, False))
    query = (
        select(Mandate)
        .join(Member, Member.id == Mandate.member_id)
        .outerjoin(ended, ended.c.mandate_id == Mandate.id)
        .where(
            Mandate.organisation_id == organisation_id,
            *containing(text, Member.name, Mandate.title, Mandate.basis),
        )
    )
    return _Ends(last, over, query)


def _stands(ends: _Ends, standing: Standing, today: date) -> ColumnElement[bool]:
    if standing is Standing.OVER:
        return ends.over
    coming = Mandate.begins_on > today
    return ~ends.over & (coming if standing is Standing.COMING else ~coming)
