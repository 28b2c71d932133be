"""Fields on a corrected document: those of the document before, until the sender places them anew.

The rows of the new placing are kept, as typed, with the corrected document. Without any, the fields
of before are taken over, each at its place.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.corrections import KeptField, all_fit
from domain.events import Json, canonical
from domain.field_rules import NO_RULES, rules_of
from domain.fields import DraftField
from domain.kinds import FieldKind, SlotKind
from domain.limits import MAX_FIELDS
from domain.refusals import Words
from domain.typed_fields import TypedField
from storage.coming_fields import Coming, Judged, alone, coming, judge
from storage.field_rows import FieldName, reference, write_fields
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
        party=here[0][1].kind if here else "",
    )


def rows_on(session: Session, envelope: Envelope, replaced: Document) -> tuple[TypedField, ...]:
    """The fields of the corrected document as a form shows them."""
    return coming(session, envelope).rows(replaced)


def rows_beside(session: Session, envelope: Envelope, replaced: Document) -> tuple[TypedField, ...]:
    """Those of the other documents of the version to come, which are called as those of before."""
    known = coming(session, envelope)
    others = [document for document in known.documents if document.id != replaced.id]
    return tuple(
        replace(row, document=str(document.id))
        for document in others
        for row in known.rows(document)
    )


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


def judged(session: Session, envelope: Envelope, shown: Document | None = None) -> Judged:
    """All that was placed anew, and the fields on `shown`, checked together."""
    return judged_of(session, envelope, coming(session, envelope, shown.id if shown else None))


def judged_of(session: Session, envelope: Envelope, known: Coming) -> Judged:
    """The same of what was read before."""
    return judge(known, {seat.key: seat.name for seat in seats_on(session, envelope)})


def problems_on(session: Session, envelope: Envelope, shown: Document) -> dict[str, Words]:
    """What keeps the fields from lying where they would, by `field-<key>-<part>`."""
    return judged(session, envelope, shown).problems_on(shown)


def fits(session: Session, envelope: Envelope, replaced: Document, replacement: Document) -> bool:
    """Whether a corrected document whose fields are taken over has room for them."""
    kept = [
        KeptField(
            FieldKind(row.kind),
            row.page,
            (row.rect[0], row.rect[1], row.rect[2], row.rect[3]) if row.rect else None,
        )
        for row in _fields(session, replaced, envelope.version)
    ]
    return all_fit(kept, placed_on(replacement))


def sha256_of(known: Coming, found: Judged, replaced: Document) -> str:
    """Hash over a new placing, which the confirmation shows and the act carries; empty where the
    fields of before are taken over. Raises FormProblems."""
    replacement = known.placed_anew(replaced)
    if replacement is None:
        return ""
    placed = found.on(replacement)
    return hash_of(placed, alone(placed, known.number(replaced)))


def hash_of(placed: Sequence[DraftField], names: Mapping[str, str] | None = None) -> str:
    """Hash over fields as they would be placed. `names` are other keys for what rules name."""
    rows: list[Json] = [_described(field, names or {}) for field in placed]
    return hashlib.sha256(canonical(rows)).hexdigest()


def _described(field: DraftField, names: Mapping[str, str]) -> Json:
    rules: dict[str, Json] = {"rules": field.rules.renamed(names).as_json()}
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


@dataclass(frozen=True)
class Moved:
    """Where the fields of a version are in the next one."""

    placed: frozenset[UUID]
    """Documents of before whose corrections have fields of their own, which are written."""
    names: Mapping[FieldName, FieldName]
    """New names by those of before; nothing for a field that is gone."""

    def rules(self, row: Field, target: UUID) -> dict[str, Any]:
        """Of a field that is copied onto `target`."""
        called = {
            reference(row.document_id, before): reference(target, after)
            for before, after in self.names.items()
        }
        found = rules_of(row.rules)
        return found.renamed(called).as_json() if found.names else row.rules


def write_placed(
    session: Session,
    envelope: Envelope,
    replaced: Mapping[UUID, UUID],
    slots: Mapping[UUID, Slot],
) -> Moved:
    """Rows of the next version for documents whose fields were placed anew. `replaced` are ids of
    corrections by those of what they correct, `slots` those of the next version, by the ids of
    before. Raises FormProblems."""
    known = coming(session, envelope)
    seats = {seat.key: seat.name for seat in seats_on(session, envelope)}
    anew = {
        document.id: replacement
        for document in known.documents
        if document.id in replaced and (replacement := known.placed_anew(document)) is not None
    }
    staying = {
        key: (replaced.get(where, where), name)
        for (where, name), key in known.keys.items()
        if where not in anew
    }
    found = judge(known, seats)
    placed = [row for replacement in anew.values() for row in found.on(replacement)]
    signing = [(slots[UUID(key)], (key,)) for key in seats if UUID(key) in slots]
    names = write_fields(
        session, envelope.version + 1, list(anew.values()), signing, placed, staying
    )
    moved = {before: names[key] for before, key in known.keys.items() if key in names}
    return Moved(frozenset(anew), moved)


def checked_on(
    session: Session, envelope: Envelope, replacement: Document
) -> tuple[DraftField, ...]:
    """The fields as they would lie; the key of a person is his slot's id. Raises FormProblems."""
    return judged(session, envelope, replacement).on(replacement)


def _fields(session: Session, document: Document, version: int) -> Sequence[Field]:
    return session.scalars(
        select(Field)
        .where(Field.document_id == document.id, Field.version == version)
        .order_by(Field.name)
    ).all()
