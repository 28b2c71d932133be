"""An envelope's ledger for its page: each event with who did it and what it was about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.factors import FACTOR_WORDS, MOMENT_WORDS, Factor, Moment
from domain.refusals import Words
from storage import deputies
from storage.evidence import is_named_to
from storage.tables import (
    Document,
    Envelope,
    LedgerEvent,
    Member,
    Organisation,
    Participant,
    Party,
)
from webapp.language import words


@dataclass(frozen=True)
class LedgerRow:
    """One event in words, with who and what it was about."""

    event: LedgerEvent
    actor: str
    subject: str


def ledger_rows(
    session: Session, envelope_id: UUID, reader: Participant | None = None
) -> list[LedgerRow]:
    """The envelope's ledger, oldest first; the system itself is `system`.

    `reader` None is the sending organisation. A participant reads the names of whoever signs and
    of his own party; others are their party to him, and members their organisation.
    """
    names = _names(session, envelope_id, reader)
    titles = {
        str(document.id): document.title
        for document in session.scalars(select(Document).where(Document.envelope_id == envelope_id))
    }
    events = session.scalars(
        select(LedgerEvent)
        .where(LedgerEvent.envelope_id == envelope_id)
        .order_by(LedgerEvent.envelope_sequence)
    )
    return [
        LedgerRow(event, names.get(event.actor, event.actor), _subject(event, names, titles))
        for event in events
    ]


def _names(session: Session, envelope_id: UUID, reader: Participant | None) -> dict[str, str]:
    people = session.execute(
        select(Participant, Party)
        .join(Party, Party.id == Participant.party_id)
        .where(Participant.envelope_id == envelope_id)
    )
    found = {
        f"participant:{person.id}": _name(session, person)
        if is_named_to(person, reader)
        else party.name
        for person, party in people
    }
    organisation = session.scalars(
        select(Organisation)
        .join(Envelope, Envelope.organisation_id == Organisation.id)
        .where(Envelope.id == envelope_id)
    ).one()
    ours = words(Words(organisation.name, organisation.name_en or organisation.name))
    members = session.scalars(select(Member).where(Member.organisation_id == organisation.id))
    return found | {
        f"member:{member.id}": member.name if reader is None else ours for member in members
    }


def _name(session: Session, person: Participant) -> str:
    """A deputy's with the words that say in whose absence he acts."""
    stands_in = deputies.stands_in(session, person)
    return f"{person.name} {words(stands_in)}" if stands_in else person.name


def _factor(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Which factor was asked for, when, and at which number's end."""
    if "factor" not in data or "moment" not in data:
        return ()
    factor, moment = Factor(str(data["factor"])), Moment(str(data["moment"]))
    number = str(data.get("number", ""))
    return (words(FACTOR_WORDS[factor]), words(MOMENT_WORDS[moment]), number)


def _subject(event: LedgerEvent, names: dict[str, str], titles: dict[str, str]) -> str:
    """Which document or whom the event concerns."""
    data = event.data
    document = titles.get(str(data.get("document") or data.get("document_id")))
    person = data.get("participant") or data.get("participant_id")
    parts = [document, names.get(f"participant:{person}"), *_factor(data)]
    return " / ".join(part for part in parts if part)
