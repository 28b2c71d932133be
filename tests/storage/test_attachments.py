"""Attached files from upload to signature, on both databases: only what was sent by this person,
found good and agreed to is handed in, and what went away leaves nothing but its events."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from domain.attachments import Attached, FileKind, attached_of
from domain.kinds import FieldKind
from domain.limits import MAX_ATTACHMENT_BYTES
from domain.refusals import Refusal, RefusalCode
from storage import attachments
from storage.entering import Entered, enter
from storage.field_rows import placed_fields
from storage.tables import Act, Attachment, Blob, OutboxItem
from tests.storage.attaching import (
    PDF,
    asking,
    attach,
    desk,
    field_id,
    remove,
    row_of,
    send,
    visiting,
)
from tests.storage.filling import filled
from tests.storage.world import Journey, World, carry_out, now

OTHER = replace(PDF, data=b"%PDF-1.7 another\n%%EOF\n")


def _act(journey: Journey) -> UUID:
    shown = filled(journey.world, journey.envelope_id, "a")
    assert shown.problems == {}
    act_id = journey.world.post(journey.envelope_id, "a", filled_sha256=shown.sha256)
    journey.decide(act_id)
    return act_id


def _value(journey: Journey) -> str:
    key = field_id(journey.world, journey.envelope_id)
    return filled(journey.world, journey.envelope_id, "a").checked.values.get(key, "")


def _blobs(world: World) -> set[UUID]:
    with world.reading() as session:
        return set(session.scalars(select(Blob.id)))


def test_a_file_counts_once_it_was_found_good(world: World) -> None:
    journey = asking(world)
    key = field_id(world, journey.envelope_id)
    before = filled(world, journey.envelope_id, "a").checked
    assert (key in before.missing, key in before.problems) == (True, True)
    row = send(world, visiting(world, journey.envelope_id), key)
    while_checked = filled(world, journey.envelope_id, "a").checked
    assert (key in while_checked.missing, "確認" in while_checked.problems[key].ja) == (True, True)
    assert desk(world).read(row.id)[0] == PDF.data
    desk(world).accept(row.id, PDF)
    said = attached_of(_value(journey))
    digest = hashlib.sha256(PDF.data).hexdigest()
    assert said == Attached(row.id, FileKind.PDF, "印鑑証明書.pdf", digest, len(PDF.data))
    desk(world).refuse(row.id, RefusalCode.NOT_ATTACHABLE)  # the first answer stays
    assert _value(journey)


def test_its_hash_is_part_of_the_act_and_its_name_of_the_page(world: World) -> None:
    journey = asking(world)
    attach(world, journey.envelope_id)
    act_id = _act(journey)
    [document] = world.signing.authorise(journey.envelope_id, act_id).documents
    [fill] = document.fills
    digest = hashlib.sha256(PDF.data).hexdigest()
    assert (fill.kind, digest in fill.value) == (FieldKind.ATTACHMENT, True)
    assert fill.text == f"印鑑証明書.pdf SHA-256 {digest[:16]}"
    carry_out(world, journey.envelope_id, act_id)


def test_what_is_asked_for_without_a_place_is_no_field_of_the_pdf(world: World) -> None:
    journey = asking(world, listed=True)
    [document] = world.documents(journey.envelope_id)
    with world.reading() as session:
        placed = placed_fields(session, document, world.envelope(journey.envelope_id).version)
    assert FieldKind.ATTACHMENT not in {row.kind for row in placed}
    attach(world, journey.envelope_id)
    act_id = _act(journey)
    assert world.signing.authorise(journey.envelope_id, act_id).documents[0].fills == ()
    carry_out(world, journey.envelope_id, act_id)


def test_a_better_file_takes_the_place_and_the_bytes_of_the_one_before_go(world: World) -> None:
    journey = asking(world)
    first = attach(world, journey.envelope_id)
    kept = _blobs(world)
    gone = row_of(world, first).blob_id
    second = attach(world, journey.envelope_id, checked=OTHER)
    assert attached_of(_value(journey)).id == second
    old = row_of(world, first)
    assert (old.blob_id, old.preview_blob_id, old.removed_at is None) == (None, None, False)
    assert gone in kept - _blobs(world)
    assert world.vault.sweep(timedelta(0)) >= 2
    assert "attachment:removed" in world.tags(journey.envelope_id)


def test_a_refused_file_leaves_the_one_before_and_says_why(world: World) -> None:
    journey = asking(world)
    key = field_id(world, journey.envelope_id)
    first = attach(world, journey.envelope_id)
    worse = send(world, visiting(world, journey.envelope_id), key, b"nonsense")
    desk(world).refuse(worse.id, RefusalCode.ATTACHMENT_HEIC)
    found = filled(world, journey.envelope_id, "a").files[key]
    assert found.refused is not None
    assert (found.ready and found.ready.id, found.refused.refusal) == (first, "attachment_heic")
    assert row_of(world, worse.id).upload_blob_id is None
    assert attached_of(_value(journey)).id == first


def test_a_removed_file_is_missed_and_no_check_brings_it_back(world: World) -> None:
    journey = asking(world)
    key, person = field_id(world, journey.envelope_id), visiting(world, journey.envelope_id)
    row = send(world, person, key)
    assert remove(world, person, key)
    assert not remove(world, person, key)
    desk(world).accept(row.id, PDF)
    with pytest.raises(LookupError):
        desk(world).read(row.id)
    assert key in filled(world, journey.envelope_id, "a").checked.missing


def test_a_picture_as_it_was_sent_is_forgotten_once_there_is_a_clean_one(world: World) -> None:
    journey = asking(world)
    key = field_id(world, journey.envelope_id)
    row = send(world, visiting(world, journey.envelope_id), key, b"jpeg with a place", "写真.HEIC")
    sent = row.upload_blob_id
    desk(world).accept(row.id, replace(PDF, kind=FileKind.JPEG, data=b"pixels", located=True))
    after = row_of(world, row.id)
    assert (after.upload_blob_id, after.located, after.name) == (None, True, "写真.HEIC.jpg")
    assert sent not in _blobs(world)


@pytest.mark.parametrize(
    ("size", "code"), [(0, "empty_file"), (MAX_ATTACHMENT_BYTES + 1, "attachment_too_large")]
)
def test_a_file_of_an_impossible_size_is_refused_at_once(
    world: World, size: int, code: str
) -> None:
    journey = asking(world)
    key = field_id(world, journey.envelope_id)
    row = send(world, visiting(world, journey.envelope_id), key, b"x" * size)
    assert (row.state, row.refusal, row.upload_blob_id) == ("refused", code, None)
    with world.reading() as session:
        orders = select(OutboxItem).where(OutboxItem.kind == "attachment")
        assert session.scalars(orders).all() == []


def test_all_files_of_an_envelope_together_have_a_limit(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "MAX_ATTACHMENTS_BYTES", len(PDF.data) + 10)
    journey = asking(world)
    attach(world, journey.envelope_id)
    attach(world, journey.envelope_id, checked=OTHER)  # in the place of the first: not both count
    key = field_id(world, journey.envelope_id)
    row = send(world, visiting(world, journey.envelope_id), key, b"x" * (len(PDF.data) + 11))
    assert row.refusal == "attachments_too_large"


def test_nobody_sends_without_end(world: World) -> None:
    journey = asking(world)
    key, person = field_id(world, journey.envelope_id), visiting(world, journey.envelope_id)
    for _ in range(attachments.UPLOADS.tries):
        send(world, person, key)
    with pytest.raises(Refusal) as caught:
        send(world, person, key)
    assert caught.value.code is RefusalCode.TOO_MANY_ATTACHMENTS
    assert world.vault.sweep(timedelta(0)) >= 0


def test_only_whoever_is_asked_for_it_sends_a_file(world: World) -> None:
    journey = asking(world)
    key = field_id(world, journey.envelope_id)
    text_field = str(next(row.field.id for row in filled(world, journey.envelope_id, "b").inputs))
    mine = visiting(world, journey.envelope_id)
    for person, wanted in ((mine, text_field), (mine, "not an id"), (mine, str(UUID(int=1)))):
        with pytest.raises(Refusal) as caught:
            send(world, person, wanted)
        assert caught.value.code is RefusalCode.NOT_YOUR_SLOT
    attach(world, journey.envelope_id)
    _act(journey)
    with pytest.raises(Refusal):
        send(world, mine, key)
    with pytest.raises(Refusal):
        remove(world, mine, key)
    assert len([tag for tag in world.tags(journey.envelope_id) if "uploaded" in tag]) >= 1


def test_another_person_neither_sends_nor_removes_it(world: World) -> None:
    journey = asking(world)
    key = field_id(world, journey.envelope_id)
    attach(world, journey.envelope_id)
    _act(journey)
    journey.open()
    other = visiting(world, journey.envelope_id, "b")
    with pytest.raises(Refusal):
        send(world, other, key)
    with pytest.raises(Refusal):
        remove(world, other, key)


def test_two_files_at_once_leave_one(world: World) -> None:
    journey = asking(world)
    key, person = field_id(world, journey.envelope_id), visiting(world, journey.envelope_id)
    with ThreadPoolExecutor(2) as pool:
        sent = list(pool.map(lambda data: send(world, person, key, data), [PDF.data, OTHER.data]))
        list(pool.map(lambda row: desk(world).accept(row.id, PDF), sent))
    with world.reading() as session:
        live = select(Attachment).where(Attachment.removed_at.is_(None))
        [row] = session.scalars(live).all()
    assert attached_of(_value(journey)).id == row.id


def test_what_a_form_says_a_file_is_does_not_count(world: World) -> None:
    journey = asking(world)
    key, person = field_id(world, journey.envelope_id), visiting(world, journey.envelope_id)
    forged = Attached(UUID(int=7), FileKind.PDF, "x.pdf", "0" * 64, 3).text
    [document] = world.documents(journey.envelope_id)
    with world.database.transaction() as session:
        enter(session, world.vault, person, Entered(str(document), {key: forged}), now())
    assert _value(journey) == ""


def test_a_check_that_was_lost_is_ordered_again(world: World) -> None:
    journey = asking(world)
    key = field_id(world, journey.envelope_id)
    row = send(world, visiting(world, journey.envelope_id), key)
    [order] = [entry for entry in world.relay.starts(10) if entry.subject_id == row.id]
    world.relay.started(order.item_id)
    later = now() + timedelta(minutes=5)
    assert desk(world).order_again(now() - timedelta(minutes=5)) == 0
    assert desk(world).order_again(later) == 1
    assert row.id in {entry.subject_id for entry in world.relay.starts(10)}
    desk(world).accept(row.id, PDF)
    world.relay.started(order.item_id)
    assert desk(world).order_again(later) == 0


def test_a_row_keeps_whose_it_is_and_what_it_was_found_to_be(world: World) -> None:
    journey = asking(world)
    key = attach(world, journey.envelope_id)
    for change in ("sha256 = 'x'", "field_id = NULL", "removed_at = NULL, kind = 'png'"):
        with pytest.raises(DatabaseError), world.database.transaction() as session:
            session.execute(
                text(f"UPDATE attachments SET {change} WHERE id = :id"),  # noqa: S608
                {"id": key.hex if session.get_bind().dialect.name == "sqlite" else key},
            )


def _unchecked(world: World, key: UUID) -> None:
    """Another file's hash, by somebody who cannot seal."""
    with world.database.transaction() as session:
        row = session.get_one(Attachment, key)
        row.blob_id = world.vault.put(session, row.id, b"swapped")
        row.sha256 = hashlib.sha256(b"swapped").hexdigest()


def _swapped(world: World, key: UUID) -> None:
    with world.database.transaction() as session:
        row = session.get_one(Attachment, key)
        row.blob_id = world.vault.put(session, row.id, b"swapped")


def _renamed(world: World, key: UUID) -> None:
    world.set(Attachment, key, name="other.pdf")


def _of_another(world: World, key: UUID) -> None:
    with world.database.transaction() as session:
        row = session.get_one(Attachment, key)
        person = world.participant(session.get_one(Act, _first_act(world)).envelope_id, "b")
        row.participant_id = person.id


def _gone(world: World, key: UUID) -> None:
    world.set(Attachment, key, blob_id=None)


def _unsealed(world: World, key: UUID) -> None:
    world.set(Attachment, key, proof=b"\x01" + bytes(40))


def _first_act(world: World) -> UUID:
    with world.reading() as session:
        found = session.scalars(select(Act.id)).first()
    assert found is not None
    return found


@pytest.mark.parametrize("tamper", [_unchecked, _swapped, _renamed, _of_another, _gone, _unsealed])
def test_a_writer_of_the_database_swaps_no_file(
    world: World, tamper: Callable[[World, UUID], None]
) -> None:
    journey = asking(world)
    key = attach(world, journey.envelope_id)
    act_id = _act(journey)
    world.disarm()
    tamper(world, key)
    with pytest.raises(Refusal) as caught:
        world.signing.authorise(journey.envelope_id, act_id)
    assert caught.value.code is RefusalCode.EVIDENCE_INCOMPLETE


def test_what_nobody_found_good_is_not_shown_as_ready(world: World) -> None:
    journey = asking(world)
    key = field_id(world, journey.envelope_id)
    row = send(world, visiting(world, journey.envelope_id), key)
    world.set(
        Attachment,
        row.id,
        state="ready",
        kind="pdf",
        sha256=hashlib.sha256(PDF.data).hexdigest(),
        blob_id=row.upload_blob_id,
        proof=b"forged",
    )
    assert key in filled(world, journey.envelope_id, "a").checked.missing


def test_who_had_a_wrong_address_leaves_no_file(world: World) -> None:
    journey = asking(world)
    key = attach(world, journey.envelope_id)
    person = world.participant(journey.envelope_id, "a")
    with world.database.transaction() as session:
        attachments.remove_all(session, person.id, journey.envelope_id, now(), "readdressed")
    row = row_of(world, key)
    assert (row.removed_at is None, row.blob_id, row.preview_blob_id) == (False, None, None)
    assert _value(journey) == ""
