"""Conditions of the register's own columns, by one table alone.

An index is walked in the order of the list, and holds what is compared: a hundred thousand entries
are a few hundredths of a second, however few are found. On SQLite any other index that has one of
the columns would be taken for it, and the table asked for each row.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from domain.deal_search import Blank, Search, Sort
from domain.deals import evened, evened_code
from domain.text_search import letters
from storage.numbers import numbers_begun
from storage.tables import Deal, Envelope
from storage.titles import titled
from storage.unindexed import unindexed

Among = AbstractSet[UUID] | None
"""The only envelopes that may be found; None: any."""
Listed = Among | Select[UUID]
"""The same, or a table's."""
ORDERS: dict[Sort, tuple[InstrumentedAttribute[Any], bool, bool]] = {
    Sort.NEWEST: (Deal.made_on, True, True),
    Sort.OLDEST: (Deal.made_on, False, False),
    Sort.LARGEST: (Deal.amount, True, True),
    Sort.SMALLEST: (Deal.amount, False, False),
    Sort.PARTNER: (Deal.partner_even, False, False),
    Sort.PARTNER_DOWN: (Deal.partner_even, True, True),
    Sort.KIND: (Deal.kind, False, False),
    Sort.KIND_DOWN: (Deal.kind, True, True),
    Sort.TITLE: (Deal.title_even, False, False),
    Sort.TITLE_DOWN: (Deal.title_even, True, True),
    Sort.NUMBER: (Deal.number, False, False),
    Sort.NUMBER_DOWN: (Deal.number, True, True),
    Sort.ENDING: (Deal.ends_on, False, False),
    Sort.ENDING_DOWN: (Deal.ends_on, True, True),
    Sort.STATE: (Deal.place, False, False),
    Sort.STATE_DOWN: (Deal.place, True, True),
}
"""By which value, whether the last comes first, and the same of the envelopes with one value."""
_BLANKS: dict[Blank, InstrumentedAttribute[Any]] = {
    Blank.MADE_ON: Deal.made_on,
    Blank.AMOUNT: Deal.amount,
    Blank.PARTNER: Deal.partner_even,
    Blank.KIND: Deal.kind,
}


def own_conditions(search: Search) -> Iterator[ColumnElement[bool]]:
    """What is asked of a deal's own columns."""
    yield from _ranges(search)
    if search.partner:
        yield _named(search)
    if search.kind:
        yield _sorted_by(search, Deal.kind) == search.kind
    if search.number:
        yield _numbered(search.number)
    if search.title:
        yield _titled(search.title)
    if search.origin is not None:
        yield Deal.origin == search.origin.value
    yield from _blanks(search)


def may_be_blank(search: Search) -> bool:
    """Whether something may be found that does not have the value by which it is sorted."""
    asked: dict[InstrumentedAttribute[Any], object] = {
        Deal.made_on: search.since or search.until,
        Deal.amount: search.least is not None or search.most is not None,
        Deal.kind: search.kind,
        Deal.number: True,
        Deal.place: True,
    }
    return not asked.get(ORDERS[search.sort][0])


def may_be_given(search: Search) -> bool:
    """Whether something may be found that has it."""
    return ORDERS[search.sort][0] not in {_BLANKS[one] for one in search.blank}


def given(of: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Who has the value."""
    return of > "" if _is_text(of) else of.is_not(None)


def blank(of: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Who does not."""
    return of == "" if _is_text(of) else of.is_(None)


def _is_text(of: InstrumentedAttribute[Any]) -> bool:
    return isinstance(of.type, String)


def _ranges(search: Search) -> Iterator[ColumnElement[bool]]:
    made_on, amount = _sorted_by(search, Deal.made_on), _sorted_by(search, Deal.amount)
    if search.since:
        yield made_on >= search.since
    if search.until:
        yield made_on <= search.until
    if search.least is not None:
        yield amount >= search.least
    if search.most is not None:
        yield amount <= search.most


def _sorted_by(search: Search, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    return column.expression if ORDERS[search.sort][0] is column else unindexed(column)


def _named(search: Search) -> ColumnElement[bool]:
    """Whose partner's name has it, or whose partner's code it is."""
    name = Deal.partner_even.contains(evened(search.partner), autoescape=True)
    return or_(name, Deal.partner_code_even == evened_code(search.partner))


def _numbered(number: str) -> ColumnElement[bool]:
    """Whose contract's number has it, or whose number or earlier contract's number begins so."""
    has = Deal.contract_number_even.contains(evened_code(number), autoescape=True)
    edges = numbers_begun(number)
    if edges is None:
        return has
    return or_(has, *(unindexed(of).between(*edges) for of in (Deal.earlier, Deal.number)))


def _titled(title: str) -> ColumnElement[bool]:
    """Whose title has it; signs alone are looked for in titles as they were typed."""
    if even := letters(title):
        return Deal.title_even.contains(even, autoescape=True)
    return Deal.envelope_id.in_(select(Envelope.id).where(titled(title)))


def _blanks(search: Search) -> Iterator[ColumnElement[bool]]:
    for one, of in _BLANKS.items():
        if one in search.blank:
            yield blank(of)
