"""Envelopes found by two letters of their names, where few have them.

What many have is found sooner by walking an index in the order of the list.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from domain.deals import evened, evened_code
from domain.text_search import letters
from storage.tables import NameMark

FEW = 1000
_ASKED = 16
"""Pairs of one search that are counted; a longer name is told apart by these as well."""


def few_titled(session: Session, organisation_id: UUID, typed: str) -> set[UUID] | None:
    """All whose title may have it, and some that do not; None where they are many."""
    return _few(session, organisation_id, _pairs("t", letters(typed)))


def few_with(session: Session, organisation_id: UUID, partner: str) -> set[UUID] | None:
    """The same of a partner's name or whole code."""
    named = _few(session, organisation_id, _pairs("p", evened(partner)))
    if named is None:
        return None
    coded = _few(session, organisation_id, [f"c{evened_code(partner)}"])
    return None if coded is None else named | coded


def _pairs(kind: str, name: str) -> list[str]:
    pairs = (name[at : at + 2] for at in range(len(name) - 1))
    return [f"{kind}{pair}" for pair in dict.fromkeys(pairs)][:_ASKED]


def _few(session: Session, organisation_id: UUID, marks: Sequence[str]) -> set[UUID] | None:
    """Whose marks are among the rarest of these."""
    if not marks:
        return None
    own = NameMark.organisation_id == organisation_id
    some = (
        select(literal(1)).where(own, NameMark.mark == mark).limit(FEW + 1).subquery()
        for mark in marks
    )
    counts = session.execute(
        select(*(select(func.count()).select_from(one).scalar_subquery() for one in some))
    ).one()
    count, rarest = min(zip(counts, marks, strict=True))
    if count > FEW:
        return None
    having = select(NameMark.envelope_id).where(own, NameMark.mark == rarest)
    return set(session.scalars(having))
