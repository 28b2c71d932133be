"""One page of a list, searched and sorted in the database by what an address asked for."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, defer

from domain.deals import evened
from domain.lists import PAGE_SIZE, Sorting
from domain.own_fields import evened_text
from domain.text_search import letters
from storage.paging import Page, existing
from storage.tables import ContractKind, Deal, Envelope

Column = ColumnElement[Any] | InstrumentedAttribute[Any]
Keys = Mapping[str, Sequence[Column]]
"""What each key of an address means: columns, the first counts most."""
LEAN = (defer(Envelope.draft), defer(Envelope.reminder_days), defer(Envelope.message))
"""What no list shows of an envelope: a draft alone takes as long to read as the rest of its row."""


def sorted_page(  # noqa: PLR0913 - what is listed, how, and which page of it
    session: Session,
    query: Select[*tuple[Any, ...]],
    keys: Keys,
    tie: Column,
    sorting: Sorting,
    number: int,
    *,
    size: int = PAGE_SIZE,
) -> Page[Any]:
    """A page of the query's rows. `tie` is unique, so that no row stands on two pages."""
    counted = query.order_by(None).with_only_columns(tie).subquery()
    total = session.scalar(select(func.count()).select_from(counted)) or 0
    number = existing(number, total, size)
    ordered = query.order_by(None).order_by(*ordering(keys, tie, sorting))
    rows = session.execute(ordered.limit(size).offset((number - 1) * size)).all()
    return Page(rows, total, number, size)


def ordering(keys: Keys, tie: Column, sorting: Sorting) -> list[ColumnElement[Any]]:
    """Both databases put what is empty last, whichever way the list runs."""
    return [*(_running(column, sorting) for column in keys[sorting.key]), tie.asc()]


def _running(column: Column, sorting: Sorting) -> ColumnElement[Any]:
    found = column.desc() if sorting.down else column.asc()
    # PostgreSQL reads an index backwards for DESC, but not for DESC NULLS LAST.
    return found if _always_filled(column) else found.nulls_last()


def _always_filled(column: Column) -> bool:
    """A table's own column that is NOT NULL. What an outer join brings is to be `told`."""
    said = column.expression if isinstance(column, InstrumentedAttribute) else column
    return getattr(said, "nullable", True) is False


def told(column: Column) -> ColumnElement[Any]:
    """A text that counts as empty where nothing was entered, or nothing was joined."""
    return func.nullif(column, "")


def endless(column: Column) -> ColumnElement[int]:
    """A column before this one, which then counts as the greatest where it is empty: no limit, no
    last day."""
    return case((column.is_(None), 1), else_=0)


def behind(last: ColumnElement[bool], sorting: Sorting) -> ColumnElement[int]:
    """A first column that keeps these rows last, whichever way the list runs."""
    return case((last, int(not sorting.down)), else_=int(sorting.down))


def only(page: Page[Any]) -> Page[Any]:
    """Of rows with one thing in each, the things."""
    return Page([row[0] for row in page.rows], page.total, page.number, page.size)


def containing(text: str, *columns: Column) -> list[ColumnElement[bool]]:
    """Whether one of the columns has the text as it was typed, or with its width made even, in
    either case as far as the database knows cases (SQLite: of a to z). Titles, partners and kinds
    are kept evened too: there width, case and blanks do not count on either side. Nothing for
    none."""
    typed = text.strip()
    if not typed:
        return []
    words = sorted({typed, unicodedata.normalize("NFKC", typed).strip()})
    found = [column.icontains(word, autoescape=True) for word in words for column in columns]
    for plain, kept, evening in _EVEN:
        if any(plain is column for column in columns) and (even := evening(typed)):
            found.append(kept.contains(even, autoescape=True))
    return [or_(*found)]


_EVEN: Sequence[tuple[Column, Column, Callable[[str], str]]] = (
    (Envelope.title, Envelope.title_even, letters),
    (Deal.partner, Deal.partner_even, evened),
    (ContractKind.name, ContractKind.name_even, evened_text),
)
"""Columns that have a second one to be searched in, and how what it holds was made."""
