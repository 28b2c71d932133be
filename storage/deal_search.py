"""The register of transactions, searched: an organisation's sent envelopes by their 取引情報."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.deal_search import Blank, Search, Sort
from domain.deals import evened
from storage.paging import Page, existing
from storage.tables import Deal, Envelope

PAGE_SIZE = 50
COUNTED = 10_000
"""What comes after is not counted; it is exported all the same."""
_CHUNK = 500


@dataclass(frozen=True)
class Found:
    """One line of the register."""

    envelope: Envelope
    deal: Deal


def search_page(
    session: Session, organisation_id: UUID, search: Search, number: int, size: int = PAGE_SIZE
) -> Page[Found]:
    """A page of what is found."""
    query = _query(organisation_id, search)
    counted = session.scalar(
        select(func.count()).select_from(
            query.with_only_columns(Deal.envelope_id).limit(COUNTED + 1).subquery()
        )
    )
    total = min(counted or 0, COUNTED)
    number = existing(number, total, size)
    rows = session.execute(
        _ordered(query, search.sort).limit(size).offset((number - 1) * size)
    ).all()
    found = tuple(Found(envelope, deal) for deal, envelope in rows)
    return Page(found, total, number, size, more=(counted or 0) > COUNTED)


def every(session: Session, organisation_id: UUID, search: Search) -> Iterator[Found]:
    """All that is found, in order, however many there are; taken while the session is open."""
    rows = session.execute(
        _ordered(_query(organisation_id, search), search.sort).execution_options(yield_per=_CHUNK)
    )
    for deal, envelope in rows:
        yield Found(envelope, deal)


def kinds_of(session: Session, organisation_id: UUID, limit: int = 100) -> Sequence[str]:
    """Kinds of contract that were entered before, to choose from."""
    return session.scalars(
        select(Deal.kind)
        .where(Deal.organisation_id == organisation_id, Deal.kind != "")
        .distinct()
        .order_by(Deal.kind)
        .limit(limit)
    ).all()


def _query(organisation_id: UUID, search: Search) -> Select[Deal, Envelope]:
    query = select(Deal, Envelope).join(Envelope, Envelope.id == Deal.envelope_id)
    return query.where(Deal.organisation_id == organisation_id, *_conditions(search))


def _conditions(search: Search) -> Iterator[ColumnElement[bool]]:
    if search.since:
        yield Deal.made_on >= search.since
    if search.until:
        yield Deal.made_on <= search.until
    if search.least is not None:
        yield Deal.amount >= search.least
    if search.most is not None:
        yield Deal.amount <= search.most
    if search.partner:
        yield or_(
            Deal.partner_even.contains(evened(search.partner), autoescape=True),
            Deal.partner_code == search.partner,
        )
    if search.kind:
        yield Deal.kind == search.kind
    if search.number:
        number = unicodedata.normalize("NFKC", search.number)
        yield or_(
            Envelope.number.startswith(number, autoescape=True),
            Deal.contract_number.startswith(search.number, autoescape=True),
        )
    if search.title:
        words = {search.title, unicodedata.normalize("NFKC", search.title)}
        yield or_(*(Envelope.title.icontains(word, autoescape=True) for word in sorted(words)))
    yield from _blanks(search)


def _blanks(search: Search) -> Iterator[ColumnElement[bool]]:
    if Blank.MADE_ON in search.blank:
        yield Deal.made_on.is_(None)
    if Blank.AMOUNT in search.blank:
        yield Deal.amount.is_(None)
    if Blank.PARTNER in search.blank:
        yield Deal.partner_even == ""


def _ordered(query: Select[Deal, Envelope], sort: Sort) -> Select[Deal, Envelope]:
    """What was not entered comes last, whatever the order."""
    orders: dict[Sort, tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]] = {
        Sort.NEWEST: (Deal.made_on.desc().nulls_last(), Deal.envelope_id.desc()),
        Sort.OLDEST: (Deal.made_on.asc().nulls_last(), Deal.envelope_id),
        Sort.LARGEST: (Deal.amount.desc().nulls_last(), Deal.envelope_id.desc()),
        Sort.SMALLEST: (Deal.amount.asc().nulls_last(), Deal.envelope_id),
        Sort.PARTNER: ((Deal.partner_even == "").asc(), Deal.partner_even, Deal.envelope_id),
    }
    return query.order_by(*orders[sort])
