"""What entries of the operation log are about: names of what their ids stand for.

Of the organisation's own only: an id that a form made up, or one of elsewhere, is named nowhere.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.ids import read_id
from storage.tables import (
    Attachment,
    Chain,
    Contact,
    ContractKind,
    Department,
    Disclosure,
    Document,
    Envelope,
    Invitation,
    OfficialSeal,
    OperationEntry,
    Participant,
    Template,
    Verification,
)
from webapp.language import second

Things = Mapping[UUID, str]


@dataclass(frozen=True)
class _Kind:
    """Where the ids of one key of `data` lead to."""

    key: str
    id: InstrumentedAttribute[UUID]
    owner: InstrumentedAttribute[UUID]
    """Its organisation, or the envelope that it belongs to."""
    name: InstrumentedAttribute[Any]
    by: tuple[ColumnElement[bool], ...] = ()
    """How its owner is found, where another table says it."""


_KINDS = (
    _Kind("template", Template.id, Template.organisation_id, Template.name),
    _Kind("chain", Chain.id, Chain.organisation_id, Chain.name),
    _Kind("kind", ContractKind.id, ContractKind.organisation_id, ContractKind.name),
    _Kind("department", Department.id, Department.organisation_id, Department.name),
    _Kind("contact", Contact.id, Contact.organisation_id, Contact.name),
    _Kind("seal", OfficialSeal.id, OfficialSeal.organisation_id, OfficialSeal.name),
    _Kind("invitation", Invitation.id, Invitation.organisation_id, Invitation.mail),
)
_RUNS = (
    _Kind("disclosure", Disclosure.id, Disclosure.organisation_id, Disclosure.asked_at),
    _Kind("run", Verification.id, Verification.organisation_id, Verification.asked_at),
    _Kind("verification", Verification.id, Verification.organisation_id, Verification.asked_at),
)
"""Called by when they were asked for."""
_OF_ENVELOPES = (
    _Kind("document", Document.id, Document.envelope_id, Document.title),
    _Kind(
        "attachment",
        Attachment.id,
        Participant.envelope_id,
        Attachment.name,
        (Participant.id == Attachment.participant_id,),
    ),
)
_KEYS = tuple(one.key for one in (*_OF_ENVELOPES, *_KINDS, *_RUNS))
_PEOPLE = ("member", "head", "deputy", "successor")


def things_in(
    session: Session, entries: Collection[OperationEntry], own: Mapping[UUID, Envelope]
) -> Things:
    """Names by id, of everything that these entries of one organisation are about; `own` are its
    envelopes. Whatever a member may see elsewhere: auditors read what was done with which."""
    organisation_id = next(iter(entries)).organisation_id
    found: dict[UUID, str] = {}
    for kind, owners in (
        *((one, {organisation_id}) for one in (*_KINDS, *_RUNS)),
        *((one, set(own)) for one in _OF_ENVELOPES),
    ):
        if wanted := _ids(entries, kind.key):
            rows = session.execute(
                select(kind.id, kind.owner, kind.name).where(kind.id.in_(wanted), *kind.by)
            )
            found |= {key: _said(name) for key, owner, name in rows if owner in owners}
    return found


def _said(name: str | datetime) -> str:
    return second(name) if isinstance(name, datetime) else name


def _ids(entries: Iterable[OperationEntry], key: str) -> set[UUID]:
    """Also those of what was, and is now."""
    said = (
        one.get(key)
        for entry in entries
        for one in (entry.data, entry.data.get("before"), entry.data.get("after"))
        if isinstance(one, dict)
    )
    return {found for one in said if (found := read_id(one)) is not None}


def names_of(entry: OperationEntry, things: Things, people: Mapping[UUID, str]) -> list[str]:
    """What one entry is about, besides its envelope. What is not there any more is called as the
    entry itself calls it."""
    found = _named(entry, _KEYS, things.get)
    if not found and isinstance(entry.data.get("name"), str):
        found = [str(entry.data["name"])]
    return [*found, *_named(entry, _PEOPLE, people.get)]


def _named(
    entry: OperationEntry, keys: Iterable[str], name: Callable[[UUID], str | None]
) -> list[str]:
    ids = (read_id(entry.data.get(key)) for key in keys)
    return [text for one in ids if one is not None and (text := name(one))]
