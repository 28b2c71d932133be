"""Conditions that one index can decide by itself, where few envelopes meet them.

A part of a name stands anywhere in it, so that an index is read from its beginning to its end: a
few hundredths of a second for a hundred thousand names, and no more than a moment where many have
it. What few have is then looked up by their ids, instead of going through the register in its
order until enough of them were met.
"""

import re
import unicodedata
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from domain.deal_search import Search
from domain.deals import evened
from storage.tables import Deal, Envelope
from storage.titles import titled

FEW = 1000
Among = AbstractSet[UUID] | None
"""The only envelopes that may be found; None: any."""
_MOST_NUMBERS = 10**8
"""Of a range that is gathered first; of more, each contract's own number is looked at."""
_DIGITS = re.compile(r"[0-9]{1,10}")


def named(partner: str) -> ColumnElement[bool]:
    """Whose partner's name has it, or whose partner's code it is."""
    name = Deal.partner_even.contains(evened(partner), autoescape=True)
    return or_(name, Deal.partner_code == partner)


def with_title(organisation_id: UUID, title: str) -> Select[UUID]:
    """The envelopes, by an index that has all that is asked."""
    return select(Envelope.id).where(Envelope.organisation_id == organisation_id, titled(title))


def with_number(organisation_id: UUID, number: str) -> list[Select[UUID]]:
    """Whose number, contract number, or earlier contract's number begins so: any of these."""
    deals = select(Deal.envelope_id).where(Deal.organisation_id == organisation_id)
    found = [deals.where(Deal.contract_number.startswith(number, autoescape=True))]
    if edges := _edges(number):
        found.append(deals.where(Deal.earlier.between(*edges)))
        envelopes = select(Envelope.id).where(Envelope.organisation_id == organisation_id)
        found.append(envelopes.where(Envelope.number.between(*edges)))
    return found


def numbered(organisation_id: UUID, number: str) -> ColumnElement[bool]:
    """The same as a condition of a deal, for numbers that begin as many others do."""
    found = Deal.contract_number.startswith(number, autoescape=True)
    if (edges := _edges(number)) is None:
        return found
    begun = select(Envelope.id).where(Envelope.number.between(*edges))
    selective = int(edges[1]) - int(edges[0]) < _MOST_NUMBERS
    own: ColumnElement[bool] = (
        Deal.envelope_id.in_(begun.where(Envelope.organisation_id == organisation_id))
        if selective
        else begun.where(Envelope.id == Deal.envelope_id).correlate(Deal).exists()
    )
    return or_(found, Deal.earlier.between(*edges), own)


def _edges(number: str) -> tuple[str, str] | None:
    """All numbers have ten digits: those that begin so are a range."""
    narrow = unicodedata.normalize("NFKC", number)
    if _DIGITS.fullmatch(narrow) is None:
        return None
    return narrow.ljust(10, "0"), narrow.ljust(10, "9")


def narrowed(
    session: Session, organisation_id: UUID, search: Search, among: Among = None
) -> tuple[Search, Among]:
    """The conditions that are left, and the envelopes that meet the others."""
    for name, queries in _decided(organisation_id, search):
        found: set[UUID] = set()
        for query in queries:
            found.update(session.scalars(query.limit(FEW + 1)))
            if len(found) > FEW:
                break
        else:
            among = found if among is None else among & found
            search = replace(search, **{name: ""})  # type: ignore[arg-type]  # each is a text
    return search, among


def _decided(organisation_id: UUID, search: Search) -> Iterator[tuple[str, list[Select[UUID]]]]:
    if search.title:
        yield "title", [with_title(organisation_id, search.title)]
    if search.partner:
        deals = select(Deal.envelope_id).where(Deal.organisation_id == organisation_id)
        yield "partner", [deals.where(named(search.partner))]
    if search.number:
        yield "number", with_number(organisation_id, search.number)
