"""The register of transactions, searched: an organisation's sent envelopes by their 取引情報.

What their documents say is decided before (storage.text_search), and comes as `among`: the
envelopes that say it; None where no text is searched for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.deal_search import Blank, Search, Sort
from domain.own_fields import OwnKind, evened_text
from domain.own_search import NO, OwnCondition
from storage.deal_narrowing import Among, named, narrowed, numbered, with_title
from storage.own_fields import in_chunks, listed
from storage.paging import Page, existing
from storage.tables import Deal, DealValue, Envelope

PAGE_SIZE = 50
COUNTED = 10_000
"""What comes after is not counted; it is exported all the same."""
_CHUNK = 500


@dataclass(frozen=True)
class Found:
    """One line of the register."""

    envelope: Envelope
    deal: Deal
    own: Mapping[str, str] = field(default_factory=dict)
    """Values of its own fields, by field."""


def search_page(  # noqa: PLR0913 - whose, narrowed how, which page
    session: Session,
    organisation_id: UUID,
    search: Search,
    number: int,
    size: int = PAGE_SIZE,
    among: Among = None,
) -> Page[Found]:
    """A page of what is found."""
    search, among = narrowed(session, organisation_id, search, among)
    ids = ids_in_order(session, organisation_id, search, among, size) if number <= 1 else []
    if number <= 1 and len(ids) < size:
        return Page(found_of(session, ids), len(ids), 1, size)
    where = tuple(conditions(organisation_id, search, among))
    counted = _count(session, where, COUNTED + 1)
    total = min(counted, COUNTED)
    number = existing(number, total, size)
    behind = (number - 1) * size
    ids = ids or ids_in_order(session, organisation_id, search, among, size, behind)
    return Page(found_of(session, ids), total, number, size, more=counted > COUNTED)


def _count(session: Session, where: Sequence[ColumnElement[bool]], most: int | None = None) -> int:
    deals = select(Deal.envelope_id).where(*where).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(deals)) or 0


def ids_in_order(  # noqa: PLR0913 - whose, narrowed how, which of them
    session: Session,
    organisation_id: UUID,
    search: Search,
    among: Among,
    limit: int,
    offset: int = 0,
) -> list[UUID]:
    """Envelopes of the result, so many behind so many. What was not entered comes last, whatever
    the order: databases disagree on where it stands in an index, so that it is read by itself, and
    only as far as it is needed."""
    of, descending, key = _ORDERS[search.sort]
    where = tuple(conditions(organisation_id, search, among))
    by_key = _directed(Deal.envelope_id, descending=key)
    given = select(Deal.envelope_id).where(*where, _given(of))
    ordered = given.order_by(_directed(of, descending=descending), by_key)
    ids = list(session.scalars(ordered.limit(limit).offset(offset)))
    if len(ids) == limit:
        return ids
    before = 0 if ids or not offset else _count(session, (*where, _given(of)))
    blank = select(Deal.envelope_id).where(*where, _blank(of)).order_by(by_key)
    rest = blank.limit(limit - len(ids)).offset(max(0, offset - before) if not ids else 0)
    return [*ids, *session.scalars(rest)]


def found_of(session: Session, ids: Sequence[UUID]) -> tuple[Found, ...]:
    """The lines of these envelopes, in this order."""
    rows = session.execute(
        select(Deal, Envelope)
        .join(Envelope, Envelope.id == Deal.envelope_id)
        .where(Deal.envelope_id.in_(ids))
    )
    by_id = {found.deal.envelope_id: found for found in _with_own(session, rows, len(ids) or 1)}
    return tuple(by_id[one] for one in ids)


def every(
    session: Session, organisation_id: UUID, search: Search, among: Among = None
) -> Iterator[Found]:
    """All that is found, in order, however many there are; taken while the session is open."""
    query = select(Deal, Envelope).join(Envelope, Envelope.id == Deal.envelope_id)
    query = _ordered(query.where(*conditions(organisation_id, search, among)), search.sort)
    rows = session.execute(query.execution_options(yield_per=_CHUNK))
    yield from _with_own(session, rows, _CHUNK)


def _with_own(session: Session, rows: Iterable[Row[Deal, Envelope]], size: int) -> Iterator[Found]:
    keyed = ((envelope.id, (deal, envelope)) for deal, envelope in rows)
    for (deal, envelope), own in in_chunks(session, keyed, size):
        yield Found(envelope, deal, own)


def kinds_of(session: Session, organisation_id: UUID, limit: int = 100) -> Sequence[str]:
    """Kinds of contract that were entered before, to choose from: from one to the next in their
    index, because there are few among many contracts."""
    least = select(func.min(Deal.kind)).where(Deal.organisation_id == organisation_id)
    kinds = select(least.where(Deal.kind > "").scalar_subquery().label("kind")).cte(
        "kinds", recursive=True
    )
    following = least.where(Deal.kind > kinds.c.kind).correlate(kinds).scalar_subquery()
    kinds = kinds.union_all(select(following).where(kinds.c.kind.is_not(None)))
    found = session.scalars(select(kinds.c.kind).limit(limit + 1))
    return [kind for kind in found if kind is not None][:limit]


def kinds_to_search(session: Session, organisation_id: UUID) -> list[str]:
    """Kinds that were entered, and those that an administrator defined."""
    defined = (kind.name for kind in listed(session, organisation_id))
    return sorted({*kinds_of(session, organisation_id), *defined})


def conditions(
    organisation_id: UUID, search: Search, among: Among = None
) -> Iterator[ColumnElement[bool]]:
    """Of an organisation's deals."""
    yield Deal.organisation_id == organisation_id
    if among is not None:
        yield Deal.envelope_id.in_(among)
    elif search.text:
        message = "what documents say is decided by storage.text_search first"
        raise ValueError(message)
    yield from _ranges(search)
    if search.partner:
        yield named(search.partner)
    if search.kind:
        yield Deal.kind == search.kind
    if search.number:
        yield numbered(organisation_id, search.number)
    if search.title:
        yield Deal.envelope_id.in_(with_title(organisation_id, search.title))
    for condition in search.own:
        yield _own(condition)
    yield from _marked(search)


def _ranges(search: Search) -> Iterator[ColumnElement[bool]]:
    if search.since:
        yield Deal.made_on >= search.since
    if search.until:
        yield Deal.made_on <= search.until
    if search.least is not None:
        yield Deal.amount >= search.least
    if search.most is not None:
        yield Deal.amount <= search.most


def _own(one: OwnCondition) -> ColumnElement[bool]:
    """By the field's own index; a field belongs to one organisation."""
    within = select(DealValue.envelope_id).where(DealValue.field_id == UUID(one.field))
    if one.kind is OwnKind.CHECK and one.text == NO:
        return Deal.envelope_id.not_in(within)
    if one.kind is OwnKind.TEXT:
        within = within.where(DealValue.even.contains(evened_text(one.text), autoescape=True))
    elif one.kind is OwnKind.CHOICE:
        even = evened_text(one.text)
        within = within.where(DealValue.even == even, DealValue.value == one.text)
    if one.least is not None:
        within = within.where(DealValue.number >= one.least)
    if one.most is not None:
        within = within.where(DealValue.number <= one.most)
    if one.since:
        within = within.where(DealValue.day >= date.fromisoformat(one.since))
    if one.until:
        within = within.where(DealValue.day <= date.fromisoformat(one.until))
    return Deal.envelope_id.in_(within)


def _marked(search: Search) -> Iterator[ColumnElement[bool]]:
    if search.origin is not None:
        origins = select(Envelope.id).where(Envelope.origin == search.origin.value)
        yield Deal.envelope_id.in_(origins)
    if Blank.MADE_ON in search.blank:
        yield Deal.made_on.is_(None)
    if Blank.AMOUNT in search.blank:
        yield Deal.amount.is_(None)
    if Blank.PARTNER in search.blank:
        yield Deal.partner_even == ""


_ORDERS: dict[Sort, tuple[InstrumentedAttribute[Any], bool, bool]] = {
    Sort.NEWEST: (Deal.made_on, True, True),
    Sort.OLDEST: (Deal.made_on, False, False),
    Sort.LARGEST: (Deal.amount, True, True),
    Sort.SMALLEST: (Deal.amount, False, False),
    Sort.PARTNER: (Deal.partner_even, False, False),
}
"""By which value, whether the last comes first, and the same of the envelopes with one value."""


_Valued = ColumnElement[Any] | InstrumentedAttribute[Any]


def _directed(of: _Valued, *, descending: bool) -> ColumnElement[Any]:
    return of.desc() if descending else of.asc()


def _given(of: _Valued) -> ColumnElement[bool]:
    return of > "" if of is Deal.partner_even else of.is_not(None)


def _blank(of: _Valued) -> ColumnElement[bool]:
    return of == "" if of is Deal.partner_even else of.is_(None)


def _ordered(query: Select[Deal, Envelope], sort: Sort) -> Select[Deal, Envelope]:
    """The whole result likewise, for who reads all of it."""
    of, descending, key = _ORDERS[sort]
    by_key = _directed(Deal.envelope_id, descending=key)
    return query.order_by(
        case((_given(of), 0), else_=1), _directed(of, descending=descending), by_key
    )
