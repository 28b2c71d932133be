"""Fields on a corrected document: those of the document before, until the sender places them anew.

The rows of the new placing are kept, as typed, with the corrected document. Without any, the fields
of before are taken over, each at its place.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.corrections import KeptField, all_fit
from domain.events import Json, canonical
from domain.field_kinds import millimetres
from domain.field_rules import NO_RULES, rules_of
from domain.fields import DraftField, check_fields
from domain.forms import FormProblems
from domain.kinds import FieldKind, SlotKind
from domain.limits import MAX_FIELDS
from domain.refusals import Words
from domain.rule_check import typed_rules
from domain.typed_fields import TypedField, typed_field
from storage.field_rows import write_fields
from storage.letters import FontLettering
from storage.placing import Seat, placed_on
from storage.tables import Document, Envelope, Field, Participant, Party, Slot, SlotCandidate, Stage


def seats_on(session: Session, envelope: Envelope) -> tuple[Seat, ...]:
    """Who signs the current version, in the order of the route; the key is the slot's id."""
    slots = session.scalars(
        select(Slot)
        .join(Stage, Stage.id == Slot.stage_id)
        .where(
            Stage.envelope_id == envelope.id,
            Stage.version == envelope.version,
            Slot.kind == SlotKind.SIGN.value,
        )
        .order_by(Stage.position, Slot.position)
    )
    return tuple(_seat(session, slot) for slot in slots)


def _seat(session: Session, slot: Slot) -> Seat:
    people = session.execute(
        select(Participant, Party)
        .join(SlotCandidate, SlotCandidate.participant_id == Participant.id)
        .join(Party, Party.id == Participant.party_id)
        .where(SlotCandidate.slot_id == slot.id)
        .order_by(Participant.position)
    ).all()
    here = [row for row in people if row[0].left_at is None] or people
    return Seat(
        str(slot.id),
        " / ".join(person.name for person, _ in here),
        here[0][1].name if here else "",
    )


def rows_on(
    session: Session, envelope: Envelope, replaced: Document, replacement: Document
) -> tuple[TypedField, ...]:
    """The fields of the corrected document as a form shows them."""
    if replacement.placed is not None:
        kept = [typed_field(row) for row in replacement.placed if isinstance(row, Mapping)]
        # Some may come from an upload that this one took the place of.
        return tuple(replace(row, document=str(replacement.id)) for row in kept)
    fields = _fields(session, replaced, envelope.version)
    return tuple(
        _typed(row, replacement) for row in fields if row.rect or row.kind != FieldKind.SIGNATURE
    )


def _typed(row: Field, replacement: Document) -> TypedField:
    """A file that is asked for without a place has no lengths either."""
    x, y, width, height = map(millimetres, row.rect) if row.rect else ("", "", "", "")
    rules = rules_of(row.rules)
    return TypedField(
        key=_key(row.name),
        document=str(replacement.id),
        person=str(row.slot_id),
        kind=row.kind,
        page=str(row.page + 1),
        x=x,
        y=y,
        width=width,
        height=height,
        label=row.label,
        required=row.required,
        options="\n".join(row.options),
        max_characters=str(row.max_characters or ""),
        **typed_rules(rules.renamed({name: _key(name) for name in rules.names})),
    )


def _key(name: str) -> str:
    """Of the row that a form shows for a field."""
    return name.removeprefix("FIELD_").rjust(8, "0")


def save_rows(
    envelope: Envelope, replacement: Document, rows: Sequence[TypedField], now: datetime
) -> None:
    """Keep a placing as typed."""
    replacement.placed = [row.as_json() for row in rows[: MAX_FIELDS + 1]]
    envelope.changed_at = now


def take_over(envelope: Envelope, replacement: Document, now: datetime) -> None:
    """Back to the places of before."""
    replacement.placed = None
    envelope.changed_at = now


def problems_on(
    session: Session, envelope: Envelope, replaced: Document, replacement: Document
) -> dict[str, Words]:
    """What keeps the fields from lying where they would, by `field-<key>-<part>`."""
    try:
        checked_on(session, envelope, replaced, replacement)
    except FormProblems as found:
        return found.problems
    return {}


def fits(session: Session, envelope: Envelope, replaced: Document, replacement: Document) -> bool:
    """Whether the corrected document can take its fields."""
    if replacement.placed is not None:
        return not problems_on(session, envelope, replaced, replacement)
    kept = [
        KeptField(
            FieldKind(row.kind),
            row.page,
            (row.rect[0], row.rect[1], row.rect[2], row.rect[3]) if row.rect else None,
        )
        for row in _fields(session, replaced, envelope.version)
    ]
    return all_fit(kept, placed_on(replacement))


def sha256_of(
    session: Session, envelope: Envelope, replaced: Document, replacement: Document
) -> str:
    """Hash over a new placing, which the confirmation shows and the act carries; empty where the
    fields of before are taken over. Raises FormProblems."""
    if replacement.placed is None:
        return ""
    return hash_of(checked_on(session, envelope, replaced, replacement))


def hash_of(placed: Sequence[DraftField]) -> str:
    """Hash over fields as they would be placed."""
    rows: list[Json] = [_described(field) for field in placed]
    return hashlib.sha256(canonical(rows)).hexdigest()


def _described(field: DraftField) -> Json:
    rules: dict[str, Json] = {"rules": field.rules.as_json()}
    return (rules if field.rules != NO_RULES else {}) | {
        "kind": field.kind.value,
        "label": field.label,
        "max_characters": field.max_characters,
        "options": list(field.options),
        "page": field.page,
        "rect": [f"{value:.2f}" for value in field.rect or ()],
        "required": field.required,
        "slot": field.person,
    }


def write_placed(
    session: Session,
    envelope: Envelope,
    replaced: Document,
    replacement: Document,
    slots: Mapping[UUID, Slot],
) -> None:
    """Rows of the next version for a document whose fields were placed anew. `slots` are those of
    the next version, by the ids of before. Raises FormProblems."""
    placed = checked_on(session, envelope, replaced, replacement)
    keys = [seat.key for seat in seats_on(session, envelope)]
    signing = [(slots[UUID(key)], (key,)) for key in keys if UUID(key) in slots]
    write_fields(session, envelope.version + 1, [replacement], signing, placed)


def checked_on(
    session: Session, envelope: Envelope, replaced: Document, replacement: Document
) -> tuple[DraftField, ...]:
    """The fields as they would lie; the key of a person is his slot's id. Raises FormProblems."""
    return check_fields(
        rows_on(session, envelope, replaced, replacement),
        {replacement.id: placed_on(replacement)},
        {seat.key: seat.name for seat in seats_on(session, envelope)},
        FontLettering(),
    )


def _fields(session: Session, document: Document, version: int) -> Sequence[Field]:
    return session.scalars(
        select(Field)
        .where(Field.document_id == document.id, Field.version == version)
        .order_by(Field.name)
    ).all()
