"""The address book searched and listed, and what stands in it twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.contact_search import ContactSearch, ContactSort, Standing
from storage.listing import Keys, only, ordering, sorted_page, told
from storage.paging import Page
from storage.tables import Contact

PAGE_SIZE = 50
GROUPS = 50
"""Of twins on one page; more come when these are settled."""
_GROUP = 10
_CHUNK = 500
_KEYS: Keys = {
    ContactSort.KANA: (told(Contact.kana), Contact.name),
    ContactSort.COMPANY: (told(Contact.company_even), told(Contact.kana), Contact.name),
    ContactSort.MAIL: (Contact.mail_even,),
    ContactSort.NEWEST: (Contact.changed_at,),
}


@dataclass(frozen=True)
class TwinGroup:
    """Contacts that are perhaps one; by their address, else by company and name."""

    rows: tuple[Contact, ...]
    by_mail: bool


def contact_page(
    session: Session,
    organisation_id: UUID,
    search: ContactSearch,
    number: int = 1,
    size: int = PAGE_SIZE,
) -> Page[Contact]:
    """A page of what is found."""
    query, sorting = _query(organisation_id, search), search.sorting
    return only(sorted_page(session, query, _KEYS, Contact.id, sorting, number, size=size))


def every_contact(
    session: Session, organisation_id: UUID, search: ContactSearch
) -> Iterator[Contact]:
    """All that is found, in order, however many there are; taken while the session is open."""
    order = ordering(_KEYS, Contact.id, search.sorting)
    query = _query(organisation_id, search).order_by(*order)
    yield from session.scalars(query.execution_options(yield_per=_CHUNK))


def twin_groups(session: Session, organisation_id: UUID) -> tuple[TwinGroup, ...]:
    """Contacts in use that have the same address, or the same company and name."""
    by_mail = _groups(session, organisation_id, (Contact.mail_even,))
    named = _groups(session, organisation_id, (Contact.company_even, Contact.person_even))
    seen = [{row.id for row in rows} for rows in by_mail]
    found = [TwinGroup(rows, by_mail=True) for rows in by_mail]
    for rows in named:
        ids = {row.id for row in rows}
        if not any(ids <= others for others in seen):
            found.append(TwinGroup(rows, by_mail=False))
    return tuple(found[:GROUPS])


def _groups(
    session: Session, organisation_id: UUID, columns: tuple[InstrumentedAttribute[str], ...]
) -> list[tuple[Contact, ...]]:
    """In one query, however many: the list of contacts says how many there are each time."""
    ranked = (
        select(
            Contact.id,
            func.count().over(partition_by=columns).label("alike"),
            func.row_number().over(partition_by=columns, order_by=Contact.changed_at).label("rank"),
        )
        .where(
            Contact.organisation_id == organisation_id, Contact.active.is_(True), columns[0] != ""
        )
        .subquery()
    )
    rows = session.scalars(
        select(Contact)
        .join(ranked, ranked.c.id == Contact.id)
        .where(ranked.c.alike > 1, ranked.c.rank <= _GROUP)
        .order_by(*columns, Contact.changed_at)
        .limit(GROUPS * _GROUP)
    )
    names = [column.key for column in columns]
    groups = groupby(rows, key=lambda row: [getattr(row, name) for name in names])
    return [tuple(same) for _, same in islice(groups, GROUPS)]


def _query(organisation_id: UUID, search: ContactSearch) -> Select[Contact]:
    query = select(Contact).where(Contact.organisation_id == organisation_id)
    if search.standing is not Standing.ALL:
        query = query.where(Contact.active.is_(search.standing is Standing.ACTIVE))
    for term in search.terms:
        query = query.where(Contact.searched.contains(term, autoescape=True))
    return query
