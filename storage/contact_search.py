"""The address book searched and listed, and what stands in it twice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, func, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from domain.contact_search import ContactSearch, ContactSort, Standing
from storage.listing import Keys, only, ordering, sorted_page, told
from storage.paging import Page, existing
from storage.tables import Contact

PAGE_SIZE = 50
GROUPS = 20
"""Of twins on one page."""
_GROUP = 10
"""Contacts of one group that are shown; the others come when these are settled."""
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
    total: int
    """How many there are; `rows` has the first of them."""
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


def count_twins(session: Session, organisation_id: UUID) -> int:
    """How many groups there are: the list of contacts says it each time."""
    return session.scalar(select(func.count()).select_from(_twins(organisation_id).subquery())) or 0


def twin_page(session: Session, organisation_id: UUID, number: int = 1) -> Page[TwinGroup]:
    """A page of contacts in use that have the same address, or the same company and name."""
    total = count_twins(session, organisation_id)
    number = existing(number, total, GROUPS)
    twins = _twins(organisation_id).subquery()
    found = session.execute(
        select(twins)
        .order_by(twins.c.named, twins.c.one, twins.c.other)
        .limit(GROUPS)
        .offset((number - 1) * GROUPS)
    ).all()
    alike = _alike(session, organisation_id, [(row.named, row.one, row.other) for row in found])
    groups = [
        TwinGroup(tuple(alike[row.named, row.one, row.other]), row.alike, by_mail=not row.named)
        for row in found
    ]
    return Page(groups, total, number, GROUPS)


def _twins(organisation_id: UUID) -> CompoundSelect[int, str, str, int]:
    """What the groups have in common. Who has one company, name and address is one group."""
    many = func.count() > 1
    mail, company, person = Contact.mail_even, Contact.company_even, Contact.person_even
    apart = or_(func.min(mail) != func.max(mail), func.max(mail) == "")
    used = (Contact.organisation_id == organisation_id, Contact.active.is_(True))
    by_mail = (
        select(
            literal(0).label("named"), mail.label("one"), literal("").label("other"),
            func.count().label("alike"),
        ).where(*used, mail != "").group_by(mail).having(many)
    )  # fmt: skip
    named = (
        select(literal(1), company, person, func.count())
        .where(*used, company != "")
        .group_by(company, person)
        .having(many, apart)
    )
    return union_all(by_mail, named)


_Key = tuple[int, str, str]


def _alike(
    session: Session, organisation_id: UUID, keys: Sequence[_Key]
) -> Mapping[_Key, Sequence[Contact]]:
    """The first contacts of each group, those that were changed longest ago first."""
    mails = [one for named, one, _ in keys if not named]
    names = [(one, other) for named, one, other in keys if named]
    person = tuple_(Contact.company_even, Contact.person_even)
    found: dict[_Key, list[Contact]] = {key: [] for key in keys}
    rows = session.scalars(
        select(Contact)
        .where(Contact.organisation_id == organisation_id, Contact.active.is_(True))
        .where(or_(Contact.mail_even.in_(mails), person.in_(names)))
        .order_by(Contact.changed_at, Contact.id)
        .execution_options(yield_per=_CHUNK)
    )
    for row in rows:
        for key in ((0, row.mail_even, ""), (1, row.company_even, row.person_even)):
            if key in found and len(found[key]) < _GROUP:
                found[key].append(row)
    return found


def _query(organisation_id: UUID, search: ContactSearch) -> Select[Contact]:
    query = select(Contact).where(Contact.organisation_id == organisation_id)
    if search.standing is not Standing.ALL:
        query = query.where(Contact.active.is_(search.standing is Standing.ACTIVE))
    for term in search.terms:
        query = query.where(Contact.searched.contains(term, autoescape=True))
    return query
