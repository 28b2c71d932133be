"""An envelope's ledger for its page: each event with who did it and what it was about."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.absences import deputy_words
from domain.events import Event
from domain.factors import FACTOR_WORDS, MOMENT_WORDS, Factor, Moment
from domain.kinds import ActKind
from domain.refusals import Words
from storage import deputies
from storage.evidence import is_named_to
from storage.tables import (
    Act,
    Document,
    Envelope,
    LedgerEvent,
    Mandate,
    Member,
    OfficialSealUse,
    Organisation,
    Participant,
    Party,
)
from webapp.language import say, words

_MEMBER = "member:"
"""How a member's name as an actor begins."""


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
    events = session.scalars(
        select(LedgerEvent)
        .where(LedgerEvent.envelope_id == envelope_id)
        .order_by(LedgerEvent.envelope_sequence)
    ).all()
    names = _names(session, envelope_id, reader, {event.actor for event in events})
    titles = {
        str(document.id): document.title
        for document in session.scalars(select(Document).where(Document.envelope_id == envelope_id))
    }
    titles |= _mandates(session, envelope_id) | _seals(session, envelope_id)
    titles |= _made_anew(session, envelope_id) if reader is None else {}
    comments = _comments(session, envelope_id) if reader is None else {}
    return [
        LedgerRow(
            event, names.get(event.actor, event.actor), _subject(event, names, titles, comments)
        )
        for event in events
    ]


def _names(
    session: Session, envelope_id: UUID, reader: Participant | None, actors: AbstractSet[str]
) -> dict[str, str]:
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
    acted = [UUID(one.removeprefix(_MEMBER)) for one in actors if one.startswith(_MEMBER)]
    members = session.execute(
        select(Member.id, Member.name).where(
            Member.organisation_id == organisation.id, Member.id.in_(acted)
        )
    )
    return found | {
        f"{_MEMBER}{member_id}": name if reader is None else ours for member_id, name in members
    }


def _name(session: Session, person: Participant) -> str:
    """A deputy's with the words that say in whose absence he acts."""
    stands_in = deputies.stands_in(session, person)
    return f"{person.name} {words(stands_in)}" if stands_in else person.name


def _mandates(session: Session, envelope_id: UUID) -> dict[str, str]:
    """In which capacities somebody may sign for the organisation that sent the envelope."""
    rows = session.execute(
        select(Mandate.id, Mandate.title)
        .join(Envelope, Envelope.organisation_id == Mandate.organisation_id)
        .where(Envelope.id == envelope_id)
    )
    return {str(row.id): row.title for row in rows}


def _seals(session: Session, envelope_id: UUID) -> dict[str, str]:
    """What the official seals were called that the envelope's signatures show."""
    rows = session.execute(
        select(OfficialSealUse.seal_id, OfficialSealUse.name).where(
            OfficialSealUse.envelope_id == envelope_id
        )
    )
    return {str(row.seal_id): row.name for row in rows}


def _made_anew(session: Session, envelope_id: UUID) -> dict[str, str]:
    """Numbers of what it was made anew of, and of what was made anew of it."""
    envelope = session.get_one(Envelope, envelope_id)
    here = select(Envelope.id, Envelope.number).where(
        Envelope.organisation_id == envelope.organisation_id
    )
    # Two questions, each by its own key: for one with "or" SQLite reads all envelopes.
    wanted = [Envelope.anew_of == envelope.id]
    wanted += [Envelope.id == envelope.anew_of] if envelope.anew_of is not None else []
    rows = [row for one in wanted for row in session.execute(here.where(one))]
    return {str(row.id): say("封筒番号%(number)s", number=row.number) for row in rows}


def _seal(event: LedgerEvent, titles: Mapping[str, str]) -> str:
    """Which official seal a signature shows, and its picture's hash."""
    name = titles.get(str(event.data.get("seal")))
    if event.tag != Event.OFFICIAL_SEAL_USED or not name:
        return ""
    return say("公印：%(name)s（SHA-256 %(hash)s）", name=name, hash=event.data["sha256"])


def _instead(event: LedgerEvent, names: Mapping[str, str]) -> str:
    """In whose absence a deputy opened a gate."""
    absent = names.get(f"member:{event.data.get('deputy_of')}")
    # To readers of the other side, every member is called by the organisation's name.
    told = event.tag == Event.GATE_OPENED and absent != names.get(event.actor)
    return words(deputy_words(absent)) if absent and told else ""


def _mandate(data: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """By which authority to sign an act was accepted."""
    told = data.get("mandate")
    title = titles.get(str(told.get("id"))) if isinstance(told, Mapping) else None
    return say("署名権限：%(title)s", title=title) if title else ""


def _comments(session: Session, envelope_id: UUID) -> dict[str, str]:
    """What people wrote when they approved or reviewed: words inside the organisation."""
    rows = session.execute(
        select(Act.id, Act.reason).where(
            Act.envelope_id == envelope_id,
            Act.kind.in_([ActKind.APPROVE.value, ActKind.CONFIRM.value]),
            Act.reason != "",
        )
    )
    return {str(row.id): say("コメント：%(text)s", text=row.reason) for row in rows}


def _factor(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Which factor was asked for, when, and at which number's end."""
    if "factor" not in data or "moment" not in data:
        return ()
    factor, moment = Factor(str(data["factor"])), Moment(str(data["moment"]))
    number = str(data.get("number", ""))
    return (words(FACTOR_WORDS[factor]), words(MOMENT_WORDS[moment]), number)


def _subject(
    event: LedgerEvent,
    names: Mapping[str, str],
    titles: Mapping[str, str],
    comments: Mapping[str, str],
) -> str:
    """Which document or whom the event concerns."""
    data = event.data
    document = titles.get(str(data.get("document") or data.get("document_id")))
    person = data.get("participant") or data.get("participant_id")
    parts = [document, names.get(f"participant:{person}"), *_factor(data), _mandate(data, titles)]
    parts += [_seal(event, titles), _instead(event, names)]
    if event.tag == Event.ENVELOPE_MADE_ANEW or "anew_of" in data:
        parts.append(titles.get(str(data.get("envelope") or data.get("anew_of"))))
    parts.append(comments.get(str(data.get("act"))) if event.tag == Event.ACT_ACCEPTED else None)
    return " / ".join(part for part in parts if part)
