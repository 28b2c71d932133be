"""Imports into a world: files that are no PDFs, through the real writers."""

from datetime import date
from uuid import UUID

from domain.import_table import read_import_table
from domain.ports.signatures import InspectedPdf, Timestamp
from storage import import_taking, imports, uploads
from storage.desks.imports import StoredImportDesk
from storage.import_judging import judge_of
from storage.tables import Envelope, ImportBatch, Imported, Member
from tests.storage.world import World, now

SOUND = InspectedPdf(1, ((595.0, 842.0),), (b"page",), texts=("第1条 委託料",))
HEAD = "ファイル名,受領日,取引年月日,取引先,取引金額\n"
TOKEN = b"a token"


def uploaded(world: World, *files: tuple[str, bytes], sound: bool = True) -> UUID:
    """A batch with these files, each found good."""
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        batch = imports.open_batch(session, member, now())
        batch_id, documents = batch.id, []
    for name, data in files:
        upload = uploads.begin_upload(world.vault, name)
        upload.write(data)
        with world.database.transaction() as session:
            member = session.get_one(Member, world.member_id)
            batch = session.get_one(ImportBatch, batch_id)
            documents.append(imports.add_file(session, batch, upload, member, now()).id)
    for document_id in documents if sound else ():
        assert world.intake.kept_as_it_is(document_id)
        world.intake.accept(document_id, SOUND)
    return batch_id


def indexed(world: World, batch_id: UUID, *lines: str) -> None:
    """What a table says of them."""
    with world.database.transaction() as session:
        batch = session.get_one(ImportBatch, batch_id)
        names = imports.file_names(session, batch)
        judge = judge_of(session, batch.organisation_id, now())
        table = read_import_table((HEAD + "\n".join(lines)).encode(), names, judge)
        imports.apply_table(session, batch, table, "index.csv", now())


def looked_at(world: World, batch_id: UUID) -> imports.Batch:
    """The batch as a page shows it."""
    with world.reading() as session:
        return imports.find_batch(session, world.organisation_id, batch_id, now())


def taken(world: World, batch_id: UUID, reason: str = "", *, rest_waits: bool = False) -> int:
    """All of it, or what is ready of it, as it was shown."""
    shown = looked_at(world, batch_id).sha256
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        return import_taking.take(
            session, member, batch_id, shown, reason, now(), rest_waits=rest_waits
        )


def contract(world: World, data: bytes = b"%PDF a", received: date = date(2026, 11, 2)) -> UUID:
    """One that was taken, and awaits its time-stamp."""
    batch_id = uploaded(world, ("契約書.pdf", data))
    indexed(world, batch_id, f"契約書.pdf,{received},2026-11-01,青山建設,1200000")
    assert taken(world, batch_id, "届いていなかったため") == 1
    return looked_at(world, batch_id).lines[0].envelope.id


def stamped(world: World, envelope_id: UUID, token: bytes = TOKEN) -> None:
    """An authority has answered."""
    desk = StoredImportDesk(world.database, world.vault)
    assert desk.unstamped(envelope_id) is not None
    desk.stamped(envelope_id, Timestamp(token, now(), "TSA 1"))


def row_of(world: World, envelope_id: UUID) -> tuple[Imported, Envelope]:
    """What is stored of it."""
    with world.reading() as session:
        return session.get_one(Imported, envelope_id), session.get_one(Envelope, envelope_id)
