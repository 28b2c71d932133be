"""An envelope with fields, as a sender places them and a signer fills them in."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.drafts import Person, TypedDraft, TypedPerson
from domain.kinds import FieldKind, Language, Look
from domain.ports.signatures import InspectedPdf
from domain.typed_fields import TypedField
from storage import drafts, filling, placing, stamps
from storage.filling import Filling, Typed
from storage.tables import Envelope, Field, Participant, Slot
from tests.storage.world import Journey, World, now, person

KEYS = {"a": "0000000a", "b": "0000000b"}


def signer(name: str, **changes: Any) -> Person:
    return person(name, key=KEYS[name], **changes)


def field(document: UUID, who: str, kind: FieldKind, key: str, **changes: Any) -> TypedField:
    words: dict[str, Any] = {
        "x": "20",
        "y": str(20 + 30 * int(key, 16)),
        "width": "80",
        "height": "20",
        "label": f"欄{key}",
        "options": "甲\n乙" if kind in {FieldKind.RADIO, FieldKind.DROPDOWN} else "",
    }
    return TypedField(
        f"{int(key, 16):08x}", str(document), KEYS[who], kind.value, **words | changes
    )


def draft(world: World, documents: int = 1) -> UUID:
    """A draft with two signers and no fields yet."""
    envelope_id = world.draft(documents)
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        people = tuple(
            TypedPerson(name, f"{name}@example.jp", "青山建設", key=key)
            for name, key in KEYS.items()
        )
        drafts.save_draft(envelope, TypedDraft(people=people), now())
    for document in world.documents(envelope_id):
        world.intake.accept(document, InspectedPdf(1, ((595.0, 842.0),), (b"png",)))
    return envelope_id


def place(world: World, envelope_id: UUID, document: UUID, *rows: TypedField) -> None:
    with world.database.transaction() as session:
        placing.save_fields(session.get_one(Envelope, envelope_id), document, rows, now())


def everything(document: UUID) -> list[TypedField]:
    """One field of each kind for a, and a text for b."""
    kinds = [FieldKind.SIGNATURE, FieldKind.TEXT, FieldKind.MULTILINE, FieldKind.CHECKBOX]
    kinds += [FieldKind.RADIO, FieldKind.DATE, FieldKind.DROPDOWN]
    rows = [field(document, "a", kind, f"{n:x}") for n, kind in enumerate(kinds)]
    return [*rows, field(document, "b", FieldKind.TEXT, "7")]


def begun(world: World, **options: Any) -> Journey:
    """Sent with everything, prepared, both asked one after another."""
    envelope_id = draft(world)
    [document] = world.documents(envelope_id)
    place(world, envelope_id, document, *everything(document))
    return Journey.begin(world, signer("a"), signer("b"), envelope_id=envelope_id, **options)


def rows(world: World, envelope_id: UUID, name: str) -> dict[FieldKind, Field]:
    """A person's fields by kind."""
    slot = world.slot(envelope_id, name)
    with world.reading() as session:
        found = session.scalars(select(Field).where(Field.slot_id == slot.id))
        return {FieldKind(row.kind): row for row in found}


def values_for(world: World, envelope_id: UUID, name: str) -> dict[str, str]:
    good = {
        FieldKind.TEXT: "東京都千代田区",
        FieldKind.MULTILINE: "一行目\n二行目",
        FieldKind.CHECKBOX: "on",
        FieldKind.RADIO: "乙",
        FieldKind.DROPDOWN: "甲",
        FieldKind.DATE: "令和8年11月25日",
    }
    found = rows(world, envelope_id, name)
    return {str(row.id): good[kind] for kind, row in found.items() if kind in good}


def type_in(
    world: World, envelope_id: UUID, name: str, values: dict[str, str], look: Look = Look.NAME
) -> None:
    with world.database.transaction() as session:
        who = whose(session, world, envelope_id, name)
        filling.save(session, world.vault, *who, Typed(values, look), now())


def whose(
    session: Session, world: World, envelope_id: UUID, name: str
) -> tuple[Envelope, Slot, Participant]:
    slot, participant = world.slot(envelope_id, name), world.participant(envelope_id, name)
    return session.get_one(Envelope, envelope_id), slot, participant


def filled(world: World, envelope_id: UUID, name: str, language: Language = Language.JA) -> Filling:
    with world.reading() as session:
        who = whose(session, world, envelope_id, name)
        return filling.filling_of(session, world.vault, *who, language)


def add_stamp(world: World, envelope_id: UUID, name: str, image: bytes = b"clean png") -> UUID:
    """Uploaded and cleaned."""
    upload = stamps.begin_stamp(world.vault)
    upload.write(b"a photograph")
    with world.database.transaction() as session:
        participant = world.participant(envelope_id, name)
        stamp = stamps.finish_stamp(session, participant, upload, now())
    assert world.stamps.read(stamp.id) == b"a photograph"
    world.stamps.accept(stamp.id, image)
    return stamp.id
