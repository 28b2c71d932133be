"""The fields of a draft: kept as typed beside its people, gone with their person or document.

They live in the draft's JSON under `fields`; domain.fields says what may stand in a row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from domain.drafts import FormProblems, TypedDraft, typed_draft
from domain.fields import DraftField, PlacedOn, TypedField, check_fields, typed_field
from domain.kinds import ParticipantKind, SlotKind
from domain.limits import MAX_FIELDS
from domain.refusals import Refusal
from storage.letters import FontLettering
from storage.route_plan import PlannedRoute, PlannedStage, chain_stages
from storage.tables import Document, Envelope

FIELDS = "fields"


@dataclass(frozen=True)
class Seat:
    """Somebody who signs, and so may have fields. `name` is what was typed of him so far."""

    key: str
    name: str
    company: str = ""


def fields_of(envelope: Envelope) -> tuple[TypedField, ...]:
    """Every row of the draft, in order."""
    rows = envelope.draft.get(FIELDS)
    found = rows if isinstance(rows, list) else []
    return tuple(typed_field(row) for row in found if isinstance(row, Mapping))


def save_fields(
    envelope: Envelope, document_id: UUID, rows: Iterable[TypedField], now: datetime
) -> None:
    """Replace the fields of one document; those of the others stay as they are."""
    others = [row for row in fields_of(envelope) if row.document != str(document_id)]
    _keep(envelope, [*others, *rows])
    envelope.changed_at = now


def forget_document(envelope: Envelope, document_id: UUID) -> None:
    """With a document go its fields."""
    _keep(envelope, [row for row in fields_of(envelope) if row.document != str(document_id)])


def kept_with(envelope: Envelope, typed: TypedDraft) -> dict[str, Any]:
    """What of the fields stays when the form is saved: with a person go his fields.

    A chain's members are no rows of the form; their fields wait while another chain is looked at.
    """
    before = {person.key for person in typed_draft(envelope.draft).people}
    gone = before - {person.key for person in typed.people}
    rows = [row for row in fields_of(envelope) if row.person not in gone]
    return {FIELDS: [row.as_json() for row in rows]} if rows else {}


def seats_of(session: Session, envelope: Envelope) -> tuple[Seat, ...]:
    """Who signs, in the order of the route, as far as the draft says it already."""
    typed = typed_draft(envelope.draft)
    chain = [
        Seat(slot.person.key, slot.person.name, slot.person.company)
        for stage in _chain(session, envelope, typed)
        for slot in stage.slots
        if slot.kind is SlotKind.SIGN
    ]
    own = [
        Seat(person.key, person.name.strip() or person.mail.strip(), person.company.strip())
        for person in typed.people
        if person.kind == ParticipantKind.SIGNER and person.key and not person.untouched
    ]
    return (*chain, *own)


def live_fields(
    session: Session, envelope: Envelope, documents: Iterable[Document]
) -> tuple[TypedField, ...]:
    """The rows whose document is still there; those of a chain that is not chosen are left out."""
    here = {str(document.id) for document in documents}
    typed = typed_draft(envelope.draft)
    chain = {slot.person.key for stage in _chain(session, envelope, typed) for slot in stage.slots}
    known = chain | {person.key for person in typed.people} | {""}
    return tuple(row for row in fields_of(envelope) if row.document in here and row.person in known)


def checked_fields(
    session: Session, envelope: Envelope, documents: Sequence[Document], signers: Mapping[str, str]
) -> tuple[DraftField, ...]:
    """The draft's fields with their types. Raises FormProblems with every one that is wrong."""
    return check_fields(
        live_fields(session, envelope, documents), places(documents), signers, FontLettering()
    )


def signers_of(route: PlannedRoute) -> dict[str, str]:
    """Names of those who sign, by key."""
    return {
        slot.person.key: slot.person.name
        for stage in route.stages
        for slot in stage.slots
        if slot.kind is SlotKind.SIGN
    }


def places(documents: Iterable[Document]) -> dict[UUID, PlacedOn]:
    """What the documents are to somebody who places fields."""
    return {
        document.id: PlacedOn(
            tuple((float(size[0]), float(size[1])) for size in document.page_sizes),
            document.signed,
        )
        for document in documents
    }


def _chain(session: Session, envelope: Envelope, typed: TypedDraft) -> tuple[PlannedStage, ...]:
    """The chosen chain's stages; none while the choice is not a good one."""
    try:
        chosen = UUID(typed.chain_id) if typed.chain_id else None
        return chain_stages(session, envelope.organisation_id, chosen)
    except (ValueError, FormProblems, Refusal):
        return ()


def _keep(envelope: Envelope, rows: Sequence[TypedField]) -> None:
    envelope.draft = {
        **envelope.draft,
        FIELDS: [row.as_json() for row in rows[: MAX_FIELDS + 1]],
    }
