"""Fields as rows of a sent envelope: written at sending, read by all who place, fill and sign."""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Json, canonical
from domain.field_rules import FieldRules, rules_of
from domain.fields import DraftField
from domain.ids import read_id
from domain.kinds import FieldKind
from domain.ports.signatures import PlacedField
from domain.settling import AskedField
from storage.tables import Document, Field, Slot, Stage


@dataclass(frozen=True)
class SlotField:
    """A field of a slot, with the document that it is placed on."""

    field: Field
    document: Document

    @property
    def kind(self) -> FieldKind:
        """Typed."""
        return FieldKind(self.field.kind)

    @property
    def rules(self) -> FieldRules:
        """Typed; other fields by their names, after their document's id where that is another."""
        return rules_of(self.field.rules)

    def asked(self, ids: Mapping[str, str]) -> AskedField:
        """As its person is asked for it; `ids` are those of the fields that it may name."""
        field = self.field
        return AskedField(
            id=str(field.id),
            kind=self.kind,
            label=field.label,
            required=field.required,
            options=tuple(field.options),
            max_characters=field.max_characters,
            width=float(field.rect[2]) if field.rect else 0.0,
            height=float(field.rect[3]) if field.rect else 0.0,
            rules=self.rules.renamed(ids),
        )


def asked_for(fields: Sequence[SlotField]) -> list[AskedField]:
    """All fields of a slot as its person is asked for them."""
    ids = {(row.document.id, row.field.name): str(row.field.id) for row in fields}
    called = {where: CalledIn(where, ids) for where in {row.document.id for row in fields}}
    return [row.asked(called[row.document.id]) for row in fields]


FieldName = tuple[UUID, str]
"""A field of a sent envelope: its document, and its name there."""


def reference(document_id: UUID, other: FieldName) -> str:
    """How a rule of a field in a document calls another field."""
    return other[1] if other[0] == document_id else f"{other[0]}/{other[1]}"


def named_by(document_id: UUID, called: str) -> FieldName | None:
    """The field that a rule calls so; None if that is no name."""
    where, slash, name = called.rpartition("/")
    document = read_id(where) if slash else document_id
    return (document, name) if document is not None else None


Known = TypeVar("Known")


class CalledIn(Mapping[str, Known]):
    """The same by what a rule in that document calls each field; looked up one by one, since 100
    documents with fields for 50 people each know thousands, of which a rule names few."""

    def __init__(self, document_id: UUID, known: Mapping[FieldName, Known]) -> None:
        self._document_id, self._known = document_id, known

    def __getitem__(self, called: str) -> Known:
        name = named_by(self._document_id, called)
        if name is None or reference(self._document_id, name) != called:
            raise KeyError(called)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return (reference(self._document_id, name) for name in self._known)

    def __len__(self) -> int:
        return len(self._known)


def write_fields(  # noqa: PLR0913 - what is written, and what it may name
    session: Session,
    version: int,
    documents: Sequence[Document],
    slots: Sequence[tuple[Slot, Sequence[str]]],
    placed: Sequence[DraftField],
    known: Mapping[str, FieldName] | None = None,
) -> dict[str, FieldName]:
    """Rows for one version: a signature of every signing slot in every document, visible where the
    sender placed it, then the input fields. Returns their names by the keys of what was placed.

    `slots` are the signing slots in the order of the route, each with its people's keys; `known`
    are fields of other documents that may be named.
    """
    names: dict[str, FieldName] = dict(known or {})
    rows: list[tuple[Field, DraftField]] = []
    for document in documents:
        here = [field for field in placed if field.document == document.id]
        number = 0
        for slot, keys in slots:
            number += 1
            own = [field for field in here if field.person in keys]
            signature = next((row for row in own if row.kind is FieldKind.SIGNATURE), None)
            session.add(_row(document, version, slot, number, signature))
        for slot, keys in slots:
            own = [field for field in here if field.person in keys]
            for field in sorted(own, key=_reading_order):
                if field.kind is not FieldKind.SIGNATURE:
                    number += 1
                    rows.append((_row(document, version, slot, number, field), field))
                    names[field.key] = document.id, rows[-1][0].name
    called = {
        document.id: {key: reference(document.id, name) for key, name in names.items()}
        for document in documents
    }
    for row, field in rows:
        row.rules = field.rules.renamed(called[field.document]).as_json()
        session.add(row)
    session.flush()
    return names


def _reading_order(field: DraftField) -> tuple[int, float, float]:
    """What has no place on its page comes after what has one."""
    x, y = (field.rect[0], field.rect[1]) if field.rect else (0.0, math.inf)
    return field.page, y, x


def _row(
    document: Document, version: int, slot: Slot, number: int, field: DraftField | None
) -> Field:
    """A row; `field` None is a signature that nobody sees."""
    row = Field(
        document_id=document.id,
        version=version,
        slot_id=slot.id,
        name=f"FIELD_{number:04d}",
        kind=FieldKind.SIGNATURE.value,
        position=number,
    )
    if field is not None:
        row.kind, row.page = field.kind.value, field.page
        row.rect = list(field.rect) if field.rect else None
        row.label, row.required = field.label, field.required
        row.options, row.max_characters = list(field.options), field.max_characters
    return row


def placed_fields(session: Session, document_id: UUID, version: int) -> tuple[PlacedField, ...]:
    """What the prepared document is to hold, each signature with the fields that it locks."""
    found = session.scalars(
        select(Field)
        .where(Field.document_id == document_id, Field.version == version)
        .order_by(Field.name)
    ).all()
    # what is asked for without a place is no part of the file
    rows = [row for row in found if row.rect or row.kind == FieldKind.SIGNATURE]
    return tuple(
        PlacedField(
            name=row.name,
            kind=FieldKind(row.kind),
            page=row.page,
            rect=(row.rect[0], row.rect[1], row.rect[2], row.rect[3]) if row.rect else None,
            label=row.label,
            options=tuple(row.options),
            locks=_locked_by(row, rows),
        )
        for row in rows
    )


def _locked_by(signature: Field, rows: Sequence[Field]) -> tuple[str, ...]:
    if signature.kind != FieldKind.SIGNATURE:
        return ()
    return tuple(
        row.name
        for row in rows
        if row.slot_id == signature.slot_id and row.kind != FieldKind.SIGNATURE
    )


def fields_of_slot(session: Session, slot: Slot) -> tuple[SlotField, ...]:
    """Everything that the slot's person fills, in the order of tabs and pages."""
    rows = session.execute(
        select(Field, Document)
        .join(Document, Document.id == Field.document_id)
        .join(Stage, Stage.version == Field.version)
        .where(Field.slot_id == slot.id, Stage.id == slot.stage_id, Document.removed_at.is_(None))
        .order_by(Document.position, Document.created_at, Field.position, Field.name)
    )
    return tuple(SlotField(field, document) for field, document in rows)


def fields_sha256(fields: Sequence[SlotField]) -> str:
    """Hash of what was asked: an act holds it, so that no value lands in another field."""
    rows: list[Json] = [_described(row) for row in fields]
    return hashlib.sha256(canonical(rows)).hexdigest()


def _described(row: SlotField) -> Json:
    """A field without rules is described as it was before there were any."""
    field = row.field
    rules: dict[str, Json] = {"rules": row.rules.as_json()} if field.rules else {}
    return rules | {
        "document": str(field.document_id),
        "id": str(field.id),
        "kind": field.kind,
        "label": field.label,
        "max_characters": field.max_characters,
        "name": field.name,
        "options": list(field.options),
        "page": field.page,
        "rect": [f"{float(value):.2f}" for value in field.rect] if field.rect else None,
        "required": field.required,
    }


def by_id(fields: Sequence[SlotField]) -> Mapping[str, SlotField]:
    """The same, found by the id that values are kept under."""
    return {str(row.field.id): row for row in fields}
