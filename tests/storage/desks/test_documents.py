"""Intake, preparation and archive: each document's bytes, each step once."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from domain.drafts import Order
from domain.found_places import FoundPlace, FoundPlaces
from domain.kinds import ActKind, DocumentState, EnvelopeState, FieldKind, RevisionKind, SlotState
from domain.ports.signatures import InspectedPdf, PlacedField
from domain.refusals import Refusal, RefusalCode
from storage.desks import StaleBase
from storage.desks.intake import IMAGES_AT_ONCE
from storage.proposals import found_in
from storage.tables import Blob, Document, Envelope, Field, Revision, Slot
from storage.texts import texts_of
from tests.storage.world import (
    APPROVER,
    FIELDS,
    UPLOAD,
    Journey,
    World,
    column,
    person,
)

INSPECTED = InspectedPdf(2, ((595.0, 842.0), (842.0, 595.0)), (b"page one", b"page two"))


# -- intake ------------------------------------------------------------------------------------


def test_an_accepted_document_is_ready_and_shows_its_pages(world: World) -> None:
    envelope_id = world.draft()
    [document_id] = world.documents(envelope_id)
    assert world.intake.read(document_id) == UPLOAD + b"0"
    world.intake.accept(document_id, INSPECTED)
    world.intake.accept(document_id, INSPECTED)
    with world.reading() as session:
        document = session.get_one(Document, document_id)
        assert (document.state, document.pages) == (DocumentState.READY, 2)
        assert document.page_sizes == [[595.0, 842.0], [842.0, 595.0]]
        images = [session.get_one(Blob, id_).size for id_ in map(UUID, document.thumbnail_blob_ids)]
    assert images == [8, 8]
    assert world.tags(envelope_id).count("document:checked") == 1


def test_pictures_are_stored_some_at_a_time_and_once_also_after_a_kill(world: World) -> None:
    envelope_id = world.draft()
    [document_id] = world.documents(envelope_id)
    images = tuple(b"picture %03d" % number for number in range(20))
    world.intake._keep(document_id, images[:IMAGES_AT_ONCE], [])
    world.intake.accept(document_id, replace(INSPECTED, images=images))
    with world.reading() as session:
        document = session.get_one(Document, document_id)
        kept = [UUID(key) for key in document.thumbnail_blob_ids]
        stored = session.query(Blob).filter(Blob.size == len(images[0])).count()
        assert [world.vault.read(session, key) for key in kept] == list(images)
    assert stored == len(images)


def test_later_pages_get_their_pictures_once_also_after_a_kill_and_a_sending(world: World) -> None:
    envelope_id = world.draft()
    [document_id] = world.documents(envelope_id)
    assert not world.intake.undrawn(document_id), "before it was accepted"
    world.intake.accept(document_id, replace(INSPECTED, pages=20))
    assert world.intake.undrawn(document_id) == range(2, 20)
    assert world.intake.base(document_id) == world.intake.read(document_id)
    later = tuple(b"picture %03d" % number if number != 5 else b"" for number in range(10))
    world.intake.add_images(document_id, 2, later[:IMAGES_AT_ONCE])  # and here it was killed
    world.intake.add_images(document_id, 2, later)
    assert world.intake.undrawn(document_id) == range(10, 20)
    with world.database.transaction() as session:
        locked = session.get_one(Envelope, envelope_id)
        locked.state = EnvelopeState.RUNNING
    world.intake.add_images(document_id, 10, later[IMAGES_AT_ONCE:])
    with world.reading() as session:
        document = session.get_one(Document, document_id)
        kept = [document.picture(page) for page in range(1, 13)]
        images = [world.vault.read(session, key) if key else b"" for key in kept]
        assert document.picture(0) is document.picture(13) is None
    assert images == [*INSPECTED.images, *later]


def test_what_was_taken_out_of_its_draft_is_drawn_no_further(world: World) -> None:
    [document_id] = world.documents(world.draft())
    world.intake.accept(document_id, replace(INSPECTED, pages=20))
    with world.database.transaction() as session:
        session.get_one(Document, document_id).removed_at = datetime.now(UTC)
    assert not world.intake.undrawn(document_id)
    world.intake.add_images(document_id, 2, (b"late",))
    with world.reading() as session:
        assert len(session.get_one(Document, document_id).thumbnail_blob_ids) == 2


def test_the_words_of_an_accepted_document_are_kept_encrypted(world: World, tmp_path: Path) -> None:
    envelope_id = world.draft()
    [document_id] = world.documents(envelope_id)
    world.intake.accept(document_id, replace(INSPECTED, texts=("秘密の条項", None)))
    with world.reading() as session:
        document = session.get_one(Document, document_id)
        assert texts_of(world.vault, session, document) == ("秘密の条項", None)
    kept = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert not any(word in data for data in kept for word in (b"\\u79d8", "秘密".encode()))


def test_what_wants_to_be_filled_in_is_kept_encrypted_too(world: World, tmp_path: Path) -> None:
    [document_id] = world.documents(world.draft())
    found = FoundPlaces((FoundPlace(0, (1, 2, 3, 4), words="{{署名:受注者}}", room=5.0),))
    world.intake.accept(document_id, replace(INSPECTED, found=found))
    with world.reading() as session:
        document = session.get_one(Document, document_id)
        assert found_in(world.vault, session, document) == found
        assert document.dismissed == []
    kept = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert not any(word in data for data in kept for word in (b"\\u7f72", "受注者".encode()))


def test_a_document_without_words_has_none_for_every_page(world: World) -> None:
    envelope_id = world.draft()
    [document_id] = world.documents(envelope_id)
    world.intake.accept(document_id, INSPECTED)
    with world.reading() as session:
        document = session.get_one(Document, document_id)
        assert document.text_blob_id is document.found_blob_id is None
        assert texts_of(world.vault, session, document) == (None, None)


def test_a_refused_document_says_why_and_the_first_answer_stays(world: World) -> None:
    envelope_id = world.draft()
    [document_id] = world.documents(envelope_id)
    world.intake.refuse(document_id, RefusalCode.ENCRYPTED)
    world.intake.refuse(document_id, RefusalCode.TOO_COSTLY)
    world.intake.accept(document_id, INSPECTED)
    assert column(world, Document, document_id, "state") == DocumentState.REFUSED
    assert column(world, Document, document_id, "refusal") == "encrypted"
    assert world.tags(envelope_id)[-1] == "document:refused"


def test_an_unknown_document_is_an_error(world: World) -> None:
    with pytest.raises(LookupError):
        world.intake.read(uuid4())
    with pytest.raises(LookupError):
        world.intake.accept(uuid4(), INSPECTED)


# -- preparation -------------------------------------------------------------------------------


def test_every_signer_gets_an_invisible_field_in_every_document(world: World) -> None:
    envelope_id = world.send(
        person("x", APPROVER), person("a"), person("b"), envelope_id=world.draft(2)
    )
    prepared = world.preparation.unprepared(envelope_id)
    assert [document.document_id for document in prepared] == world.documents(envelope_id)
    names = (
        PlacedField("FIELD_0001", FieldKind.SIGNATURE),
        PlacedField("FIELD_0002", FieldKind.SIGNATURE),
    )
    assert {document.fields for document in prepared} == {names}


def test_missing_fields_are_made_once_in_the_order_of_the_route(world: World) -> None:
    envelope_id = world.send(person("a"), person("b"))
    with world.database.transaction() as session:
        session.query(Field).delete()
    first = world.preparation.unprepared(envelope_id)
    assert world.preparation.unprepared(envelope_id) == first
    with world.reading() as session:
        rows = session.query(Field).order_by(Field.name).all()
        slots = [session.get_one(Slot, row.slot_id).participant_id for row in rows]
    assert [row.name for row in rows] == ["FIELD_0001", "FIELD_0002"]
    assert slots == [world.participant(envelope_id, name).id for name in ("a", "b")]


def test_a_base_revision_is_stored_once_and_shares_the_uploads_blob_when_it_can(
    world: World,
) -> None:
    envelope_id = world.send(person("a"))
    [document_id] = world.documents(envelope_id)
    world.preparation.store_version(document_id, UPLOAD + b"0" + FIELDS)
    world.preparation.store_version(document_id, b"something else")
    assert world.preparation.unprepared(envelope_id) == ()
    with world.reading() as session:
        [base] = session.query(Revision).filter_by(version=1).all()
        assert (base.number, base.kind) == (0, RevisionKind.VERSION)
        assert world.vault.read(session, base.blob_id) == UPLOAD + b"0" + FIELDS


def test_a_rewritten_base_revision_stands_alone(world: World) -> None:
    envelope_id = world.send(person("a"))
    [document_id] = world.documents(envelope_id)
    world.preparation.store_version(document_id, b"%PDF-1.7 written anew")
    with world.reading() as session:
        base = session.query(Revision).filter_by(version=1).one()
        assert world.vault.read(session, base.blob_id) == b"%PDF-1.7 written anew"


def test_prepared_is_said_once_and_only_when_it_is_true(world: World) -> None:
    envelope_id = world.send(person("a"))
    with pytest.raises(Refusal, match="not_preparable"):
        world.preparation.prepared(envelope_id)
    for _ in range(2):
        world.prepare(envelope_id)
    assert world.tags(envelope_id).count("envelope:prepared") == 1


def test_a_draft_or_an_unready_document_is_not_prepared(world: World) -> None:
    envelope_id = world.draft()
    with pytest.raises(Refusal, match="not_allowed"):
        world.preparation.unprepared(envelope_id)
    [document_id] = world.documents(envelope_id)
    with pytest.raises(Refusal, match="not_allowed"):
        world.preparation.store_version(document_id, b"forged")
    world.send(person("a"), envelope_id=envelope_id)
    with world.database.transaction() as session:
        session.get_one(Document, document_id).state = DocumentState.REFUSED.value
    with pytest.raises(Refusal, match="documents_not_ready"):
        world.preparation.unprepared(envelope_id)


# -- archive -----------------------------------------------------------------------------------


def test_nothing_is_archived_before_every_signature_is_stored(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    journey.sign("a")
    journey.act("b")
    with pytest.raises(Refusal, match="not_allowed"):
        world.archive.unarchived(journey.envelope_id)


def test_a_projected_lie_archives_nothing(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    for record in journey.route.slots.values():
        record.state = SlotState.DONE
    journey.route.start_completing()
    world.envelopes.project(journey.route.snapshot())
    assert world.envelope(journey.envelope_id).state == EnvelopeState.COMPLETING
    with pytest.raises(Refusal, match="not_allowed"):
        world.archive.unarchived(journey.envelope_id)
    [document_id] = world.documents(journey.envelope_id)
    with world.reading() as session:
        base = session.query(Revision).filter_by(version=1).one().id
    with pytest.raises(Refusal, match="not_allowed"):
        world.archive.store_archive(document_id, base, b"% DSS")


def test_a_missing_approval_archives_nothing(world: World) -> None:
    journey = Journey.begin(world, person("x", APPROVER), person("a"), order=Order.PARALLEL)
    journey.sign("a")
    with pytest.raises(Refusal, match="not_allowed"):
        world.archive.unarchived(journey.envelope_id)
    journey.act("x", ActKind.APPROVE)
    assert len(world.archive.unarchived(journey.envelope_id)) == 1


def test_the_archive_names_exactly_the_signatures_that_were_made(world: World) -> None:
    journey = Journey.begin(
        world, person("a"), person("b"), order=Order.PARALLEL, envelope_id=world.draft(2)
    )
    journey.sign("b")
    journey.sign("a")
    tasks = world.archive.unarchived(journey.envelope_id)
    assert [task.document_id for task in tasks] == world.documents(journey.envelope_id)
    assert {task.signature_fields for task in tasks} == {("FIELD_0002", "FIELD_0001")}


def test_an_archive_revision_is_stored_once_on_the_newest_revision(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    journey.sign("a")
    [task] = world.archive.unarchived(journey.envelope_id)
    with pytest.raises(StaleBase):
        world.archive.store_archive(task.document_id, uuid4(), b"% DSS\n")
    first = world.archive.store_archive(task.document_id, task.revision_id, b"% DSS\n")
    again = world.archive.store_archive(task.document_id, task.revision_id, b"% other\n")
    assert again == first
    base = world.archive.read_revision(task.revision_id)
    assert world.archive.read_revision(first) == base + b"% DSS\n"
    assert column(world, Revision, first, "number") == 2
    assert world.archive.unarchived(journey.envelope_id) == ()
    assert world.tags(journey.envelope_id).count("archive:stamped") == 1


def test_an_ended_envelope_is_not_archived(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    journey.sign("a")
    journey.decide(world.withdraw(journey.envelope_id))
    with pytest.raises(Refusal, match="not_allowed"):
        world.archive.unarchived(journey.envelope_id)
