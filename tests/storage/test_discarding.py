"""A draft that is given up: nothing of its content can be read again, and nothing else is lost."""

import pytest
from sqlalchemy import func, select

from domain.events import Event
from domain.kinds import EnvelopeState
from domain.ports.signatures import InspectedPdf
from domain.refusals import Refusal, RefusalCode
from storage import discarding, drafts, operations
from storage.drafts import open_draft
from storage.tables import (
    Blob,
    DataKey,
    Deal,
    Document,
    Envelope,
    LedgerEvent,
    Member,
    Participant,
    Party,
    Revision,
    Stage,
)
from tests.storage.world import World, now, person

INSPECTED = InspectedPdf(1, ((595.0, 842.0),), (b"png",), texts=("契約書",))


def discard(world: World, envelope_id: object) -> None:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        envelope = session.get_one(Envelope, envelope_id)
        discarding.discard(session, world.vault, envelope, member, now())


def test_a_discarded_draft_leaves_number_ledger_and_hashes_only(world: World) -> None:
    kept, given_up = world.draft(), world.draft(2)
    world.check(given_up)
    with world.database.transaction() as session:  # a file that was taken out before goes too
        envelope, member = (
            session.get_one(Envelope, given_up),
            session.get_one(Member, world.member_id),
        )
        first = world.documents(given_up)[0]
        drafts.remove_document(session, envelope, first, member, now())
        hashes = set(
            session.scalars(select(Document.sha256).where(Document.envelope_id == given_up))
        )
    discard(world, given_up)
    with world.reading() as session:
        envelope = session.get_one(Envelope, given_up)
        assert (envelope.state, envelope.draft) == (EnvelopeState.DISCARDED, {})
        documents = session.scalars(
            select(Document.id).where(Document.envelope_id == given_up)
        ).all()
        keys = session.scalars(select(DataKey).where(DataKey.owner_id.in_(documents))).all()
        assert [key.wrapped for key in keys] == [b"", b""]
        assert (
            session.scalar(
                select(func.count())
                .select_from(Blob)
                .where(Blob.data_key_id.in_([k.id for k in keys]))
            )
            == 0
        )
        other = world.documents(kept)[0]
        row = session.scalars(select(Revision).where(Revision.document_id == other)).one()
        assert world.vault.read(session, row.blob_id)
        event = session.scalars(
            select(LedgerEvent).where(LedgerEvent.tag == Event.ENVELOPE_DISCARDED.value)
        ).one()
        assert {one["sha256"] for one in event.data["documents"]} == hashes
        noted = operations.search(session, world.organisation_id, operations.Search(), 1)
        assert noted.rows[0].tag == Event.ENVELOPE_DISCARDED
    with pytest.raises(LookupError), world.database.transaction() as session:
        open_draft(session, world.organisation_id, given_up)


def test_a_check_that_was_under_way_keeps_nothing_of_it(world: World) -> None:
    envelope_id = world.draft()
    document = world.documents(envelope_id)[0]
    discard(world, envelope_id)
    world.intake.accept(document, INSPECTED)
    with world.reading() as session:
        row = session.get_one(Document, document)
        assert (row.thumbnail_blob_ids, row.text_blob_id) == ([], None)


def test_a_draft_that_came_back_leaves_its_route_its_register_and_its_names(world: World) -> None:
    envelope_id = world.send(person("佐藤"))
    [document_id] = world.documents(envelope_id)
    world.envelopes.return_to_draft(envelope_id, RefusalCode.NOT_PREPARABLE, document_id)
    discard(world, envelope_id)
    with world.reading() as session:
        for table in (Stage, Participant, Party, Deal):
            assert session.scalars(select(table).filter_by(envelope_id=envelope_id)).all() == []
        document = session.get_one(Document, document_id)
        assert (document.title, document.file_name) == ("", "")
        envelope = session.get_one(Envelope, envelope_id)
        assert (envelope.title, envelope.message) == ("工事請負契約", "")


def test_what_was_sent_is_not_discarded(world: World) -> None:
    envelope_id = world.send(person("佐藤"))
    with pytest.raises(Refusal):
        discard(world, envelope_id)
