"""The orders of the list of envelopes: what is compared, and the indexes that are walked for it."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, select
from sqlalchemy.orm import InstrumentedAttribute

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


def keys(order: Order, of: _Of = _itself) -> list[ColumnElement[Any]]:
    """What the list is sorted by. Without a title or a deadline is last, whichever way it runs; of
    deadlines, those of what has ended are behind those that are still in somebody's way."""
    return [*_ranks(order, of), *_within(order, of)]


def walks(
    where: Sequence[ColumnElement[bool]], states: _States, order: Order
) -> list[Select[UUID]]:
    """Parts of the list, each in its order by one index; together they are all of it."""
    query = select(Envelope.id).where(*where)
    if order in TITLES:
        if states:
            query = query.where(unindexed(Envelope.state).in_([state.value for state in states]))
        title = Envelope.title_even
        parts = [query.where(title > ""), query.where(title == "")]
    elif order in _DEADLINES:
        deadline = Envelope.deadline_at
        parts = [
            query.where(Envelope.state == state.value, given)
            for state in states or BY_STATE
            for given in (deadline.is_not(None), deadline.is_(None))
        ]
    else:
        each = states or (BY_STATE if order in _BY_STATES else ())
        parts = [query.where(Envelope.state == state.value) for state in each] or [query]
    within = _within(order, _itself)
    return [part.order_by(*within) for part in parts]


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


def _within(order: Order, of: _Of) -> list[ColumnElement[Any]]:
    """Envelopes of one title by their ids, as the index of titles has them."""
    last = Envelope.id if order in TITLES else Envelope.number
    found = [of(_COLUMNS[order]), of(last)]
    return [one.asc() if order in _UPWARD else one.desc() for one in found]


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
