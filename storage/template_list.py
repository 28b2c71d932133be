"""The list of templates: searched, ordered, and counted by the envelopes sent from each."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from domain.contact_search import Standing
from domain.template_search import TemplateSearch, TemplateSort
from storage.listing import Keys, only, sorted_page
from storage.paging import Page
from storage.tables import Department, Envelope, Member, Template
from storage.templates import visible

PAGE_SIZE = 50


@dataclass(frozen=True)
class TemplateLine:
    """A template with what the list says beside it."""

    row: Template
    used: int
    """Envelopes that were sent from it, whatever its version was."""
    changed_by: str
    department: str
    """Whose it is where it is shared with a department."""


def template_page(
    session: Session,
    member: Member,
    search: TemplateSearch,
    number: int = 1,
    size: int = PAGE_SIZE,
) -> Page[TemplateLine]:
    """A page of what the member sees and the conditions find."""
    query, sorting = _query(member, search), search.sorting
    page = only(sorted_page(session, query, _keys(), Template.id, sorting, number, size=size))
    return Page(_lines(session, page.rows), page.total, page.number, page.size)


def line_of(session: Session, row: Template) -> TemplateLine:
    """The same of one template."""
    return _lines(session, [row])[0]


def _lines(session: Session, rows: Sequence[Template]) -> list[TemplateLine]:
    used = _counts(session, [row.id for row in rows])
    names = _names(session, Member, {row.changed_by for row in rows})
    homes = {row.department_id for row in rows if row.department_id is not None}
    departments = _names(session, Department, homes)
    return [
        TemplateLine(
            row,
            used.get(row.id, 0),
            names.get(row.changed_by, ""),
            departments.get(row.department_id, "") if row.department_id else "",
        )
        for row in rows
    ]


def _counts(session: Session, template_ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = session.execute(
        select(Envelope.template_id, func.count())
        .where(Envelope.template_id.in_(template_ids), Envelope.sent_at.is_not(None))
        .group_by(Envelope.template_id)
    )
    return {key: count for key, count in rows if key is not None}


def _names(
    session: Session, table: type[Member] | type[Department], keys: set[UUID]
) -> dict[UUID, str]:
    rows = session.execute(select(table.id, table.name).where(table.id.in_(keys)))
    return {row.id: row.name for row in rows}


def _query(member: Member, search: TemplateSearch) -> Select[Template]:
    query = select(Template).where(visible(member))
    if search.standing is not Standing.ALL:
        query = query.where(Template.active.is_(search.standing is Standing.ACTIVE))
    if search.share is not None:
        query = query.where(Template.share == search.share.value)
    for term in search.terms:
        query = query.where(Template.searched.contains(term, autoescape=True))
    return query


def _keys() -> Keys:
    used = (
        select(func.count())
        .select_from(Envelope)
        .where(Envelope.template_id == Template.id, Envelope.sent_at.is_not(None))
        .correlate(Template)
        .scalar_subquery()
    )
    return {
        TemplateSort.NEWEST: (Template.changed_at,),
        TemplateSort.NAME: (Template.name,),
        TemplateSort.USED: (used, Template.changed_at),
    }
