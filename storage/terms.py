"""Concluded contracts by the day that comes next: their last day for notice, or their end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, case, exists, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from domain.deals import Relation
from domain.kinds import EnvelopeState
from domain.lists import Asked, Usual
from domain.terms import Term, Within
from storage.listing import Keys, containing, ordering, sorted_page, told
from storage.paging import Page
from storage.tables import Deal, Envelope

_CHUNK = 500


@dataclass(frozen=True)
class Ending:
    """One concluded contract that ends."""

    envelope: Envelope
    deal: Deal
    term: Term


class _DaysBefore(FunctionElement[date]):
    """`day - days`, which each database says in its own way. To be compared, not fetched: it may
    lie before the first year."""

    type = Date()
    inherit_cache = True


@compiles(_DaysBefore)
def _subtracted(element: _DaysBefore, compiler: SQLCompiler, **words: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    day, days = (compiler.process(one, **words) for one in element.clauses)
    return f"({day} - {days})"


@compiles(_DaysBefore, "sqlite")
def _modified(element: _DaysBefore, compiler: SQLCompiler, **words: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    day, days = (compiler.process(one, **words) for one in element.clauses)
    return f"date({day}, '-' || {days} || ' days')"


def _notice_on() -> ColumnElement[date]:
    return _DaysBefore(Deal.ends_on, func.coalesce(Deal.notice_days, 0))


def terms_page(
    session: Session, organisation_id: UUID, within: Within, today: date, asked: Asked
) -> Page[Ending]:
    """A page of what comes, or of what passed."""
    query, keys = _listed(organisation_id, within, today, asked.text), _keys(within, today)
    page = sorted_page(session, query, keys, Deal.envelope_id, asked.sorting, asked.number)
    return Page(tuple(_endings(page.rows)), page.total, page.number, page.size)


def term_sorts(within: Within) -> Usual:
    """What comes runs from the next day on; what passed, from the latest back."""
    return {"day": within.days is None, "title": False, "partner": False}


def every_term(
    session: Session, organisation_id: UUID, within: Within, today: date, asked: Asked
) -> Iterator[Ending]:
    """All of them, in the same order; taken while the session is open."""
    order = ordering(_keys(within, today), Deal.envelope_id, asked.sorting)
    query = _listed(organisation_id, within, today, asked.text).order_by(None).order_by(*order)
    yield from _endings(session.execute(query.execution_options(yield_per=_CHUNK)))


def coming(session: Session, organisation_id: UUID, today: date, days: int) -> Iterator[Ending]:
    """Those whose day of notice or end comes within so many days."""
    yield from _endings(session.execute(_ahead(organisation_id, today, days)))


def _keys(within: Within, today: date) -> Keys:
    return {
        "day": (_day(within, today),),
        "title": (Envelope.title,),
        "partner": (told(Deal.partner), Envelope.title),
    }


def _listed(
    organisation_id: UUID, within: Within, today: date, text: str
) -> Select[Deal, Envelope]:
    found = containing(text, Deal.partner, Envelope.title, Envelope.number)
    if within.days is not None:
        return _ahead(organisation_id, today, within.days).where(*found)
    too_late = Deal.renews & (_notice_on() < today)
    return _concluded(organisation_id).where(or_(Deal.ends_on < today, too_late), *found)


def _day(within: Within, today: date) -> ColumnElement[date]:
    """The one of its two days that the list is about."""
    if within.days is None:
        return case((Deal.ends_on < today, Deal.ends_on), else_=_notice_on())
    return case((_notice_on() >= today, _notice_on()), else_=Deal.ends_on)


def _ahead(organisation_id: UUID, today: date, days: int) -> Select[Deal, Envelope]:
    last = today + timedelta(days=days)
    upcoming = case((_notice_on() >= today, _notice_on()), else_=Deal.ends_on)
    return (
        _concluded(organisation_id)
        .where(Deal.ends_on >= today, upcoming <= last)
        .order_by(upcoming, Deal.envelope_id)
    )


def _concluded(organisation_id: UUID) -> Select[Deal, Envelope]:
    """With an end, and not renewed by another concluded contract: whoever made that has seen to
    it."""
    later, renewal = aliased(Deal), aliased(Envelope)
    renewed = exists().where(
        later.organisation_id == Deal.organisation_id,
        later.earlier == Envelope.number,
        later.relation == Relation.RENEWS.value,
        renewal.id == later.envelope_id,
        renewal.state == EnvelopeState.DONE.value,
    )
    return (
        select(Deal, Envelope)
        .join(Envelope, Envelope.id == Deal.envelope_id)
        .where(
            Deal.organisation_id == organisation_id,
            Deal.ends_on.is_not(None),
            Envelope.state == EnvelopeState.DONE.value,
            ~renewed,
        )
    )


def _endings(rows: Any) -> Iterator[Ending]:  # noqa: ANN401 - a result of (Deal, Envelope)
    for deal, envelope in rows:
        yield Ending(envelope, deal, Term(deal.ends_on, deal.renews, deal.notice_days))
