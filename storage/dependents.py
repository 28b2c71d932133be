"""What hangs on a contract: those that name it as the earlier one, and those that name these."""

import hashlib
from dataclasses import dataclass

from sqlalchemy.orm import Session

from domain.events import Json, canonical
from domain.kinds import GONE, EnvelopeState
from storage.deals import related
from storage.tables import Envelope

MOST = 100
"""Looked at; whoever deletes one with more of them has been warned enough."""


@dataclass(frozen=True)
class Dependent:
    """A contract that hangs on another, and what it is to the one that it names."""

    envelope: Envelope
    relation: str
    earlier: Envelope


def dependents(session: Session, envelope: Envelope) -> tuple[Dependent, ...]:
    """Nearest first. Not what was deleted itself, but what hangs on that."""
    found: list[Dependent] = []
    seen, coming = {envelope.id}, [envelope]
    while coming and len(seen) <= MOST:
        earlier = coming.pop(0)
        for later, relation in related(session, earlier):
            if later.id in seen:
                continue
            seen.add(later.id)
            coming.append(later)
            if EnvelopeState(later.state) not in GONE:
                found.append(Dependent(later, relation, earlier))
    return tuple(found)


def as_said(found: tuple[Dependent, ...]) -> list[Json]:
    """As a tombstone keeps them."""
    return [
        {"number": one.envelope.number, "title": one.envelope.title, "relation": one.relation}
        for one in found
    ]


def digest(found: tuple[Dependent, ...]) -> str:
    """By which a form says what its page showed; empty where nothing hangs on it."""
    return hashlib.sha256(canonical({"dependents": as_said(found)})).hexdigest() if found else ""
