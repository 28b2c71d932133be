"""The register of transactions, searched: an organisation's sent envelopes by their 取引情報.

What their documents say is decided before (storage.text_search), and comes as `among`: the
envelopes that say it; None where no text is searched for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.deal_search import Search, Sort
from domain.own_fields import OwnKind, evened_text
from domain.own_search import NO, OwnCondition
from storage.deal_narrowing import (
    ORDERS,
    Among,
    Listed,
    blank,
    given,
    may_be_blank,
    may_be_given,
    own_conditions,
)
from storage.listing import LEAN
from storage.named import FEW, few_titled, few_with
from storage.own_fields import in_chunks, listed
from storage.paging import Page, existing
from storage.tables import Deal, DealValue, Envelope
from storage.unindexed import unindexed
from storage.walks import some_of

PAGE_SIZE = 50
COUNTED = 10_000
"""What comes after is not paged to; it is exported all the same."""
AHEAD = 1000
"""What is counted behind the rows before a page: to count all that thousands meet takes longer than
to find the page, and whoever turns pages sees that there are more."""
_SEVERAL = 2
"""Conditions on own fields that many meet; PostgreSQL does well to join them once only."""
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
    among: Listed = None,
) -> Page[Found]:
    """A page of what is found."""
    if not isinstance(among, Select):
        search, among = narrowed(session, organisation_id, search, among)
        if among is not None and not among:
            return Page((), 0, 1, size)
    where = tuple(conditions(organisation_id, search, among))
    number = existing(number, COUNTED, size)
    most = min(COUNTED, (number - 1) * size + max(AHEAD, 2 * size))
    sooner = not _is_sqlite(session) and len(search.own) < _SEVERAL
    if number == 1 and sooner:
        return _first_page(session, organisation_id, search, size, among, most)
    ids, counted = _part(session, where, search, size, (number - 1) * size, most)
    total = min(counted, most)
    if number > (number := existing(number, total, size)):
        ids, _ = _part(session, where, search, size, (number - 1) * size, most)
    return Page(found_of(session, ids), total, number, size, more=counted > most)


def _first_page(  # noqa: PLR0913 - whose, narrowed how, how long, what is counted
    session: Session, organisation_id: UUID, search: Search, size: int, among: Listed, most: int
) -> Page[Found]:
    """PostgreSQL finds the first of many sooner than it sorts many, and counts without order."""
    ids = ids_in_order(session, organisation_id, search, among, size)
    counted = len(ids)
    if counted == size:
        where = tuple(conditions(organisation_id, search, among))
        counted = _count(session, where, most + 1)
    total = min(counted, most)
    return Page(found_of(session, ids), total, 1, size, more=counted > most)


def narrowed(
    session: Session, organisation_id: UUID, search: Search, among: Among = None
) -> tuple[Search, Among]:
    """The conditions that are left, and the envelopes that may meet those on names and own fields
    that few meet: they are looked up, instead of going through the register for them."""
    for named in _few_named(session, organisation_id, search):
        among = named if among is None else among & named
    left = []
    for condition in search.own:
        few = _few(session, _meeting(session, organisation_id, condition))
        if few is None:
            left.append(condition)
        else:
            among = few if among is None else among & few
    return replace(search, own=tuple(left)), among


def _few_named(session: Session, organisation_id: UUID, search: Search) -> Iterator[set[UUID]]:
    """By title and by partner; they stay conditions of the search."""
    by_title = few_titled(session, organisation_id, search.title) if search.title else None
    by_partner = few_with(session, organisation_id, search.partner) if search.partner else None
    yield from (few for few in (by_title, by_partner) if few is not None)


def _few(session: Session, having: Select[UUID]) -> set[UUID] | None:
    """The envelopes that meet a condition; None where they are many."""
    found = set(session.scalars(having.limit(FEW + 1)))
    return found if len(found) <= FEW else None


def _meeting(session: Session, organisation_id: UUID, condition: OwnCondition) -> Select[UUID]:
    """The envelopes that meet it. SQLite looks for a hundred thousand keys, where it asks for none,
    in a third of the time when they come nearly in their order."""
    if _has(condition):
        return _within(condition)
    lacking = select(Deal.envelope_id).where(
        Deal.organisation_id == organisation_id, _own(condition)
    )
    if _is_sqlite(session):
        lacking = lacking.order_by(Deal.earlier, Deal.envelope_id)
    return lacking


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _part(  # noqa: PLR0913 - of what, which of it, what is counted
    session: Session,
    where: Sequence[ColumnElement[bool]],
    search: Search,
    limit: int,
    offset: int,
    most: int,
) -> tuple[list[UUID], int]:
    """Envelopes of the result, so many behind so many, and how many there are, or one more than
    `most`. What was not entered comes last, whatever the order: where it stands elsewhere in the
    database's index, it is read by itself."""
    of, descending, key = ORDERS[search.sort]
    by_key = (Deal.envelope_id, key)
    if descending and _is_sqlite(session):
        return _read(session, where, ((of, descending), by_key), limit, offset, most)
    ids: list[UUID] = []
    counted = 0
    if may_be_given(search):
        having = (*where, given(of))
        ids, counted = _read(session, having, ((of, descending), by_key), limit, offset, most)
    if counted <= most and may_be_blank(search):
        behind = max(0, offset - counted)
        rest, more = _read(
            session, (*where, blank(of)), (by_key,), limit - len(ids), behind, most - counted
        )
        ids, counted = [*ids, *rest], counted + more
    return ids, counted


_Order = Sequence[tuple[InstrumentedAttribute[Any], bool]]


def _read(  # noqa: PLR0913 - what, in which order, which of it
    session: Session,
    where: Sequence[ColumnElement[bool]],
    order: _Order,
    limit: int,
    offset: int,
    most: int,
) -> tuple[list[UUID], int]:
    """Some of them, and how many there are, or one more than `most`. Both by one walk, which ends
    where no more is counted: where little is found, it is through everything."""
    walk = select(*(of for of, _ in order)).where(*where)
    walk = walk.order_by(*(_directed(of, descending=down) for of, down in order))
    found = walk.limit(most + 1).cte("found")
    keys = [(of.key, down) for of, down in order]
    return some_of(session, found, keys, limit, offset, "envelope_id")


def ids_in_order(  # noqa: PLR0913 - whose, narrowed how, which of them
    session: Session,
    organisation_id: UUID,
    search: Search,
    among: Listed,
    limit: int,
    offset: int = 0,
) -> list[UUID]:
    """Envelopes of the result, so many behind so many, without looking what is behind these."""
    of, descending, key = ORDERS[search.sort]
    where = tuple(conditions(organisation_id, search, among))
    by_key = _directed(Deal.envelope_id, descending=key)
    having = select(Deal.envelope_id).where(*where, given(of))
    ordered = having.order_by(_directed(of, descending=descending), by_key)
    ids: list[UUID] = []
    if may_be_given(search):
        ids = [*session.scalars(ordered.limit(limit).offset(offset))]
    if len(ids) == limit or not may_be_blank(search):
        return ids
    before = 0 if ids or not offset else _count(session, (*where, given(of)))
    lacking = select(Deal.envelope_id).where(*where, blank(of)).order_by(by_key)
    rest = lacking.limit(limit - len(ids)).offset(max(0, offset - before) if not ids else 0)
    return [*ids, *session.scalars(rest)]


def _count(session: Session, where: Sequence[ColumnElement[bool]], most: int | None = None) -> int:
    deals = select(Deal.envelope_id).where(*where).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(deals)) or 0


def found_of(session: Session, ids: Sequence[UUID]) -> tuple[Found, ...]:
    """The lines of these envelopes, in this order."""
    if not ids:
        return ()
    rows = session.execute(
        select(Deal, Envelope)
        .join(Envelope, Envelope.id == Deal.envelope_id)
        .where(Deal.envelope_id.in_(ids))
        .options(*LEAN)
    )
    by_id = {found.deal.envelope_id: found for found in _with_own(session, rows, len(ids))}
    return tuple(by_id[one] for one in ids)


def every(
    session: Session, organisation_id: UUID, search: Search, among: Listed = None
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


KINDS_TO_SEARCH = 1000
"""Kinds that are offered to search by; any other one is typed."""


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
    return sorted({*kinds_of(session, organisation_id, KINDS_TO_SEARCH), *defined})


def conditions(
    organisation_id: UUID, search: Search, among: Listed = None
) -> Iterator[ColumnElement[bool]]:
    """Of an organisation's deals."""
    few = isinstance(among, AbstractSet)
    yield (unindexed(Deal.organisation_id) if few else Deal.organisation_id) == organisation_id
    if among is not None:
        yield Deal.envelope_id.in_(among)
    elif search.text:
        message = "what documents say is decided by storage.text_search first"
        raise ValueError(message)
    yield from own_conditions(search)
    for condition in search.own:
        yield _own(condition)


def _own(one: OwnCondition) -> ColumnElement[bool]:
    within = _within(one)
    if _has(one):
        return Deal.envelope_id.in_(within)
    # A list of hundreds of thousands is held in memory by no database; each one's own key is found.
    return ~within.where(DealValue.envelope_id == Deal.envelope_id).exists()


def _has(one: OwnCondition) -> bool:
    """Whether it asks for a value. A box that is not ticked has none."""
    return not one.blank and (one.kind is not OwnKind.CHECK or one.text != NO)


def _within(one: OwnCondition) -> Select[UUID]:
    """By the field's own index; a field belongs to one organisation."""
    within = select(DealValue.envelope_id).where(DealValue.field_id == UUID(one.field))
    if one.blank:
        return within
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
    return within


_Valued = ColumnElement[Any] | InstrumentedAttribute[Any]


def _directed(of: _Valued, *, descending: bool) -> ColumnElement[Any]:
    return of.desc() if descending else of.asc()


def _ordered(query: Select[Deal, Envelope], sort: Sort) -> Select[Deal, Envelope]:
    """The whole result likewise, for who reads all of it."""
    of, descending, key = ORDERS[sort]
    by_key = _directed(Deal.envelope_id, descending=key)
    return query.order_by(
        case((given(of), 0), else_=1), _directed(of, descending=descending), by_key
    )
