"""An envelope that asks a for files, and files that are sent for it."""

from typing import Any
from uuid import UUID

from domain.attachments import FileKind
from domain.kinds import FieldKind
from domain.ports.signatures import CheckedFile
from storage import visits
from storage.attachments import begin_attachment, finish_attachment, remove_attachment
from storage.desks.attachments import StoredAttachmentDesk
from storage.tables import Attachment
from storage.visits import Visiting
from tests.storage.filling import draft, field, place, rows, signer
from tests.storage.world import Journey, World, now

PDF = CheckedFile(FileKind.PDF, b"%PDF-1.7 a certificate\n%%EOF\n", b"png of it", 2)


def asking(world: World, *, listed: bool = False, **changes: Any) -> Journey:
    """Sent, prepared; a is asked for a file, with a place on the page or without."""
    envelope_id = draft(world)
    [document] = world.documents(envelope_id)
    if listed:
        changes |= dict.fromkeys(("x", "y", "width", "height"), "")
    place(
        world,
        envelope_id,
        document,
        field(document, "a", FieldKind.ATTACHMENT, "1", **changes),
        field(document, "b", FieldKind.TEXT, "2"),
    )
    return Journey.begin(world, signer("a"), signer("b"), envelope_id=envelope_id)


def field_id(world: World, envelope_id: UUID, name: str = "a") -> str:
    return str(rows(world, envelope_id, name)[FieldKind.ATTACHMENT].id)


def visiting(world: World, envelope_id: UUID, name: str = "a") -> Visiting:
    visit_id = world.visit(envelope_id, name)
    with world.reading() as session:
        found = visits.find_visit(session, "c" * 64, visit_id, now())
    assert found is not None
    return found


def send(
    world: World,
    person: Visiting,
    key: str,
    data: bytes = PDF.data,
    name: str = "印鑑証明書.pdf",
) -> Attachment:
    """Uploaded; it waits for its check."""
    upload = begin_attachment(world.vault, key, name)
    upload.write(data)
    with world.database.transaction() as session:
        return finish_attachment(session, person, upload, now())


def desk(world: World) -> StoredAttachmentDesk:
    return StoredAttachmentDesk(world.database, world.vault)


def attach(
    world: World, envelope_id: UUID, name: str = "a", checked: CheckedFile = PDF, **options: Any
) -> UUID:
    """Uploaded and found good."""
    key = field_id(world, envelope_id, name)
    row = send(world, visiting(world, envelope_id, name), key, checked.data, **options)
    desk(world).accept(row.id, checked)
    return row.id


def remove(world: World, person: Visiting, key: str) -> bool:
    with world.database.transaction() as session:
        return remove_attachment(session, person, key, now())


def row_of(world: World, attachment_id: UUID) -> Attachment:
    with world.reading() as session:
        return session.get_one(Attachment, attachment_id)
