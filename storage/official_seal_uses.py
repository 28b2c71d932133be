"""Every signature that shows a seal of an organisation: noted for good, listed, put in a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.lists import Asked, Usual
from storage import ledger
from storage.handovers import member_of
from storage.listing import Keys, sorted_page
from storage.paging import Page
from storage.tables import (
    Act,
    Document,
    Envelope,
    OfficialSeal,
    OfficialSealUse,
    Participant,
)

USE_SORTS: Usual = {"used": True, "who": False, "envelope": False}
_CHUNK = 500


@dataclass(frozen=True)
class UseSearch:
    """What the list of uses is narrowed to; None and empty: any."""

    since: datetime | None = None
    before: datetime | None = None
    who: str = ""
    """A part of the signer's name."""
    number: str = ""
    """The beginning of an envelope's number."""


@dataclass(frozen=True)
class Use:
    """One line of the list."""

    row: OfficialSealUse
    envelope: Envelope
    document: str


def note_uses(session: Session, act: Act, documents: Sequence[UUID]) -> None:
    """The act's signatures in these documents show the seal that its evidence names."""
    look = act.evidence.get("look")
    seal = look.get("seal") if isinstance(look, Mapping) else None
    if not isinstance(look, Mapping) or not isinstance(seal, Mapping) or not documents:
        return
    envelope = session.get_one(Envelope, act.envelope_id)
    person = session.get_one(Participant, act.participant_id)
    member = member_of(session, envelope, person.mail)
    for document_id in documents:
        session.add(
            OfficialSealUse(
                seal_id=UUID(str(seal["id"])),
                act_id=act.id,
                envelope_id=envelope.id,
                document_id=document_id,
                member_id=member.id if member else None,
                person=person.name,
                name=str(seal["name"]),
                image_sha256=str(look["sha256"]),
                used_at=act.posted_at,
            )
        )
    session.flush()
    ledger.append(
        session,
        Event.OFFICIAL_SEAL_USED,
        at=act.posted_at,
        actor=f"participant:{person.id}",
        envelope_id=envelope.id,
        data={
            "act": act.id,
            "seal": seal["id"],
            "sha256": look["sha256"],
            "documents": [str(key) for key in documents],
        },
        once=f"official_seal:{act.id}",
    )


def uses_page(session: Session, seal: OfficialSeal, wanted: UseSearch, asked: Asked) -> Page[Use]:
    """A page of its uses."""
    keys: Keys = {
        "used": (OfficialSealUse.used_at,),
        "who": (OfficialSealUse.person, OfficialSealUse.used_at),
        "envelope": (Envelope.title, OfficialSealUse.used_at),
    }
    query, tie = _uses(seal, wanted), OfficialSealUse.id
    page = sorted_page(session, query, keys, tie, asked.sorting, asked.number)
    return Page([Use(*row) for row in page.rows], page.total, page.number, page.size)


def every_use(session: Session, seal: OfficialSeal, wanted: UseSearch) -> Iterator[Use]:
    """All that the conditions find, the newest first; taken while the session is open."""
    query = _newest_first(_uses(seal, wanted)).execution_options(yield_per=_CHUNK)
    for row in session.execute(query):
        yield Use(*row)


def _newest_first(
    query: Select[OfficialSealUse, Envelope, str],
) -> Select[OfficialSealUse, Envelope, str]:
    return query.order_by(OfficialSealUse.used_at.desc(), OfficialSealUse.id)


def _uses(seal: OfficialSeal, wanted: UseSearch) -> Select[OfficialSealUse, Envelope, str]:
    return (
        select(OfficialSealUse, Envelope, Document.title)
        .join(Envelope, Envelope.id == OfficialSealUse.envelope_id)
        .join(Document, Document.id == OfficialSealUse.document_id)
        .where(
            OfficialSealUse.seal_id == seal.id,
            Envelope.organisation_id == seal.organisation_id,
            *_conditions(wanted),
        )
    )


def _conditions(wanted: UseSearch) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        yield OfficialSealUse.used_at >= wanted.since
    if wanted.before is not None:
        yield OfficialSealUse.used_at < wanted.before
    if wanted.who:
        yield OfficialSealUse.person.icontains(wanted.who, autoescape=True)
    if wanted.number:
        yield Envelope.number.startswith(wanted.number, autoescape=True)
