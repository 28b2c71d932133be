"""The orders of the list of envelopes: what is compared, and the indexes that are walked for it."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.envelope_lists import BY_STATE, Order
from domain.kinds import ENDED, EnvelopeState
from storage.tables import Envelope
from storage.unindexed import unindexed

_Of = Callable[[InstrumentedAttribute[Any]], ColumnElement[Any]]
_States = Sequence[EnvelopeState]
_DEADLINES = {Order.DEADLINE, Order.FARTHEST}
TITLES = {Order.TITLE, Order.TITLE_DOWN}
"""Orders by the index of titles, which has all that is compared: no other is to be taken for it."""
_BY_STATES = {Order.STATE, Order.STATE_DOWN}


def _itself(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    return column.expression


def left_out(order: Order) -> list[ColumnElement[bool]]:
    """Drafts were not sent: they are not sorted by that."""
    return [Envelope.sent_at.is_not(None)] if order is Order.SENT else []


def keys(order: Order, of: _Of) -> list[ColumnElement[Any]]:
    """What the list is sorted by. Without a title or a deadline is last, whichever way it runs; of
    deadlines, those of what has ended are behind those that are still in somebody's way."""
    return [*_ranks(order, of), *_running(order, _within(order, of))]


def first_ids(
    session: Session,
    where: Sequence[ColumnElement[bool]],
    states: _States,
    order: Order,
    limit: int,
) -> list[UUID]:
    """So many of the list, each part by one index: sorting every envelope of an office takes the
    longer the longer it works."""
    column, last = _within(order, _itself)
    query = select(Envelope.id, column.label("key"), last.label("tie")).where(*where)
    ids: list[UUID] = []
    for parts in _parts(query, states, order):
        left = limit - len(ids)
        walks = [part.order_by(*_running(order, (column, last))).limit(left) for part in parts]
        found = union_all(*(select(walk.subquery()) for walk in walks)).subquery()
        by = _running(order, (found.c.key, found.c.tie))
        ids += session.scalars(select(found.c.id).order_by(*by).limit(left))
        if len(ids) == limit:
            break
    return ids


_Query = Select[UUID, Any, Any]


def _parts(query: _Query, states: _States, order: Order) -> list[list[_Query]]:
    """Of which those that stand together are sorted into each other, and the next come behind."""
    title, deadline = Envelope.title_even, Envelope.deadline_at
    if order in TITLES:
        if states:
            query = query.where(unindexed(Envelope.state).in_([state.value for state in states]))
        return [[query.where(title > "")], [query.where(title == "")]]
    each = {state: query.where(Envelope.state == state.value) for state in states or BY_STATE}
    if order in _DEADLINES:
        due = {state: part.where(deadline.is_not(None)) for state, part in each.items()}
        parts = [
            [part for state, part in due.items() if state not in ENDED],
            [part for state, part in due.items() if state in ENDED],
            [part.where(deadline.is_(None)) for part in each.values()],
        ]
        return [one for one in parts if one]
    if order in _BY_STATES:
        found = [[each[state]] for state in BY_STATE if state in each]
        return found if order is Order.STATE else found[::-1]
    return [[*each.values()] if states else [query]]


_COLUMNS: dict[Order, InstrumentedAttribute[Any]] = {
    Order.CHANGED: Envelope.changed_at,
    Order.SENT: Envelope.sent_at,
    Order.DEADLINE: Envelope.deadline_at,
    Order.FARTHEST: Envelope.deadline_at,
    Order.TITLE: Envelope.title_even,
    Order.TITLE_DOWN: Envelope.title_even,
    Order.STATE: Envelope.changed_at,
    Order.STATE_DOWN: Envelope.changed_at,
}
_UPWARD = {Order.DEADLINE, Order.TITLE}


def _within(order: Order, of: _Of) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Envelopes of one title by their ids, as the index of titles has them."""
    return of(_COLUMNS[order]), of(Envelope.id if order in TITLES else Envelope.number)


def _running(order: Order, columns: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    return [one.asc() if order in _UPWARD else one.desc() for one in columns]


def _ranks(order: Order, of: _Of) -> list[ColumnElement[Any]]:
    state = of(Envelope.state)
    if order in TITLES:
        return [case((of(Envelope.title_even) == "", 1), else_=0)]
    if order in _DEADLINES:
        ended = state.in_(sorted(one.value for one in ENDED))
        return [case((of(Envelope.deadline_at).is_(None), 2), (ended, 1), else_=0)]
    if order in _BY_STATES:
        places = {one.value: place for place, one in enumerate(BY_STATE)}
        rank = case(places, value=state, else_=len(places))
        return [rank.desc() if order is Order.STATE_DOWN else rank.asc()]
    return []
