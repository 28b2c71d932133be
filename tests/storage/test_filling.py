"""Fields from placing to signing: what is frozen by an act is what is signed, or nothing is."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import inspect, select, text

from domain.drafts import TypedDraft, TypedPerson, typed_draft
from domain.evidence import NOTHING_FILLED, values_sha256
from domain.forms import FormProblems
from domain.kinds import ActKind, FieldKind, Language, Look, ParticipantKind
from domain.refusals import Refusal, RefusalCode
from storage import drafts, placing, stamps
from storage.evidence import evidence_record
from storage.field_rows import placed_fields
from storage.tables import Act, ActFilling, Envelope, Field, OutboxItem, Participant, Stamp
from tests.storage.filling import (
    KEYS,
    add_stamp,
    begun,
    draft,
    everything,
    field,
    filled,
    place,
    rows,
    signer,
    type_in,
    values_for,
)
from tests.storage.world import Journey, World, carry_out, now


def _fields(world: World, envelope_id: UUID) -> list[str]:
    with world.reading() as session:
        return [row.key for row in placing.fields_of(session.get_one(Envelope, envelope_id))]


def _act(journey: Journey, name: str = "a", look: Look = Look.NAME) -> UUID:
    """Typed, shown, posted and answered."""
    world, envelope_id = journey.world, journey.envelope_id
    type_in(world, envelope_id, name, values_for(world, envelope_id, name), look)
    shown = filled(world, envelope_id, name)
    assert shown.problems == {}
    act_id = world.post(envelope_id, name, filled_sha256=shown.sha256)
    journey.decide(act_id)
    return act_id


# -- placing -------------------------------------------------------------------------------------


def test_fields_stay_with_their_people_and_go_with_them(world: World) -> None:
    envelope_id = draft(world, documents=2)
    first, second = world.documents(envelope_id)
    place(world, envelope_id, first, field(first, "a", FieldKind.TEXT, "1"))
    place(world, envelope_id, second, field(second, "b", FieldKind.TEXT, "2"))
    people = tuple(TypedPerson(name, key=KEYS[name]) for name in ("b", "a"))
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        drafts.save_draft(envelope, TypedDraft(people=people), now())
    assert _fields(world, envelope_id) == ["00000001", "00000002"]
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        drafts.save_draft(envelope, TypedDraft(people=people[:1]), now())
    assert _fields(world, envelope_id) == ["00000002"]


def test_with_a_document_go_its_fields(world: World) -> None:
    envelope_id = draft(world, documents=2)
    first, second = world.documents(envelope_id)
    for number, document in enumerate((first, second), start=1):
        place(world, envelope_id, document, field(document, "a", FieldKind.TEXT, str(number)))
    with world.database.transaction() as session:
        member = session.get_one(Envelope, envelope_id).created_by
        row = session.get_one(Envelope, envelope_id)
        drafts.remove_document(session, row, first, world.member(session, member), now())
    assert _fields(world, envelope_id) == ["00000002"]


def test_a_page_without_keys_keeps_the_keys_that_rows_got_meanwhile(world: World) -> None:
    envelope_id = world.draft()
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        [before] = typed_draft(envelope.draft).people
        drafts.save_draft(envelope, TypedDraft(people=(TypedPerson("a"),)), now())
        [after] = typed_draft(envelope.draft).people
    assert before.key == after.key != ""


def test_saving_one_document_leaves_the_fields_of_another(world: World) -> None:
    envelope_id = draft(world, documents=2)
    first, second = world.documents(envelope_id)
    place(world, envelope_id, first, field(first, "a", FieldKind.TEXT, "1"))
    place(world, envelope_id, second, field(second, "a", FieldKind.TEXT, "2"))
    place(world, envelope_id, first)
    assert _fields(world, envelope_id) == ["00000002"]


# -- sending -------------------------------------------------------------------------------------


def test_sending_writes_names_of_one_width_and_locks_each_persons_own(world: World) -> None:
    journey = begun(world)
    [document] = world.documents(journey.envelope_id)
    with world.reading() as session:
        placed = placed_fields(session, document, 1)
    assert [row.name for row in placed] == [f"FIELD_{n:04d}" for n in range(1, 10)]
    first, second, *others = placed
    assert (first.kind, second.kind) == (FieldKind.SIGNATURE, FieldKind.SIGNATURE)
    assert first.rect is not None
    assert second.rect is None
    assert first.locks == tuple(f"FIELD_{n:04d}" for n in range(3, 9))
    assert second.locks == ("FIELD_0009",)
    assert all(row.locks == () for row in others)
    assert [row.options for row in others if row.options] == [("甲", "乙"), ("甲", "乙")]
    assert others[0].label == "欄1"


def test_what_is_wrong_with_a_field_keeps_the_envelope_from_being_sent(world: World) -> None:
    envelope_id = draft(world)
    [document] = world.documents(envelope_id)
    place(world, envelope_id, document, field(document, "a", FieldKind.TEXT, "1", x="300"))
    with pytest.raises(FormProblems) as caught:
        world.send(signer("a"), signer("b"), envelope_id=envelope_id)
    assert list(caught.value.problems) == ["field-00000001-x"]


def test_an_approver_has_no_fields(world: World) -> None:
    envelope_id = draft(world)
    [document] = world.documents(envelope_id)
    place(world, envelope_id, document, field(document, "b", FieldKind.TEXT, "1"))
    approver = replace(signer("b"), kind=ParticipantKind.APPROVER)
    with pytest.raises(FormProblems) as caught:
        world.send(signer("a"), approver, envelope_id=envelope_id)
    assert list(caught.value.problems) == ["field-00000001-person"]


# -- filling -------------------------------------------------------------------------------------


def test_what_was_typed_comes_back_and_stands_nowhere_in_clear(world: World) -> None:
    journey = begun(world)
    values = values_for(world, journey.envelope_id, "a")
    type_in(world, journey.envelope_id, "a", values, Look.STAMP)
    found = filled(world, journey.envelope_id, "a")
    assert dict(found.typed.values) == values
    assert found.typed.look is Look.STAMP
    _act(journey)
    stored = _whole_database(world)
    assert "欄1" in stored
    for clear in ("千代田", "\\u5343\\u4ee3", "一行目"):
        assert clear not in stored


def _whole_database(world: World) -> str:
    """Every cell of every table, as bytes and as text."""
    found = []
    with world.database.engine.connect() as connection:
        for table in inspect(world.database.engine).get_table_names():
            for row in connection.execute(text(f"SELECT * FROM {table}")):  # noqa: S608 - ours
                for cell in row:
                    raw = bytes(cell) if isinstance(cell, bytes | memoryview) else None
                    found.append(raw.decode("utf-8", "replace") if raw is not None else str(cell))
    return "\n".join(found)


def test_anything_typed_is_kept_as_far_as_there_is_room(world: World) -> None:
    journey = begun(world)
    mine = str(rows(world, journey.envelope_id, "a")[FieldKind.TEXT].id)
    foreign = str(rows(world, journey.envelope_id, "b")[FieldKind.TEXT].id)
    typed = {mine: "あ\ud800" + "x" * 20_000, foreign: "stolen", "nonsense": "x"}
    type_in(world, journey.envelope_id, "a", typed)
    found = filled(world, journey.envelope_id, "a").typed.values
    assert set(found) == {mine}
    assert len(found[mine]) == 10_000


def test_an_act_freezes_what_the_confirmation_showed(world: World) -> None:
    journey = begun(world)
    act_id = _act(journey)
    task = world.signing.authorise(journey.envelope_id, act_id)
    [document] = task.documents
    assert {fill.kind: (fill.value, fill.text) for fill in document.fills} == {
        FieldKind.TEXT: ("東京都千代田区", "東京都千代田区"),
        FieldKind.MULTILINE: ("一行目\n二行目", "一行目\n二行目"),
        FieldKind.CHECKBOX: ("on", ""),
        FieldKind.RADIO: ("乙", ""),
        FieldKind.DROPDOWN: ("甲", "甲"),
        FieldKind.DATE: ("2026-11-25", "2026年11月25日"),
    }
    assert document.look is not None
    assert document.look.lines[:2] == ("青山建設", "a")
    assert document.look.image is None
    carry_out(world, journey.envelope_id, act_id)


def test_an_act_whose_values_changed_meanwhile_is_refused(world: World) -> None:
    journey = begun(world)
    envelope_id = journey.envelope_id
    values = values_for(world, envelope_id, "a")
    type_in(world, envelope_id, "a", values)
    shown = filled(world, envelope_id, "a").sha256
    type_in(world, envelope_id, "a", values, Look.STAMP)
    add_stamp(world, envelope_id, "a")
    with pytest.raises(Refusal) as caught:
        world.post(envelope_id, "a", filled_sha256=shown)
    assert caught.value.code is RefusalCode.VALUES_CHANGED


def test_a_required_field_without_a_value_is_refused_and_a_decline_is_not(world: World) -> None:
    journey = begun(world)
    shown = filled(world, journey.envelope_id, "a")
    assert len(shown.checked.missing) == 6
    for hash_ in (shown.sha256, NOTHING_FILLED):
        with pytest.raises(Refusal) as caught:
            world.post(journey.envelope_id, "a", filled_sha256=hash_)
        assert caught.value.code is RefusalCode.VALUES_INCOMPLETE
    world.post(journey.envelope_id, "a", ActKind.DECLINE)


def test_a_stamp_is_drawn_as_it_was_cleaned(world: World) -> None:
    journey = begun(world)
    add_stamp(world, journey.envelope_id, "a", b"first")
    newest = add_stamp(world, journey.envelope_id, "a", b"second")
    act_id = _act(journey, look=Look.STAMP)
    add_stamp(world, journey.envelope_id, "a", b"too late")
    task = world.signing.authorise(journey.envelope_id, act_id)
    assert task.documents[0].look is not None
    assert task.documents[0].look.image == b"second"
    with world.reading() as session:
        evidence = session.get_one(Act, act_id).evidence
    assert evidence["look"]["stamp"] == str(newest)


def test_a_stamp_that_is_not_there_yet_is_no_look(world: World) -> None:
    journey = begun(world)
    values = values_for(world, journey.envelope_id, "a")
    type_in(world, journey.envelope_id, "a", values, Look.STAMP)
    assert list(filled(world, journey.envelope_id, "a").problems) == ["look"]
    upload = stamps.begin_stamp(world.vault)
    upload.write(b"x" * (2 * 1024 * 1024 + 1))
    with world.database.transaction() as session:
        participant = world.participant(journey.envelope_id, "a")
        stamp = stamps.finish_stamp(session, participant, upload, now())
        assert (stamp.state, stamp.refusal) == ("refused", "image_too_large")
        started = select(OutboxItem).where(OutboxItem.kind == "stamp")
        assert session.scalars(started).all() == []
    world.stamps.accept(stamp.id, b"forged")
    assert list(filled(world, journey.envelope_id, "a").problems) == ["look"]


def test_a_stamp_that_is_being_checked_asks_for_patience_and_not_for_a_stamp(world: World) -> None:
    journey = begun(world)
    type_in(
        world, journey.envelope_id, "a", values_for(world, journey.envelope_id, "a"), Look.STAMP
    )
    upload = stamps.begin_stamp(world.vault)
    upload.write(b"a photograph")
    with world.database.transaction() as session:
        participant = world.participant(journey.envelope_id, "a")
        stamp = stamps.finish_stamp(session, participant, upload, now())
    problem = filled(world, journey.envelope_id, "a").problems["look"]
    assert "確認しています" in problem.ja
    world.stamps.accept(stamp.id, b"clean png")
    assert not filled(world, journey.envelope_id, "a").problems


def test_each_language_draws_its_dates(world: World) -> None:
    journey = begun(world)
    type_in(world, journey.envelope_id, "a", values_for(world, journey.envelope_id, "a"))
    assert filled(world, journey.envelope_id, "a", Language.EN).problems == {}


# -- forging -------------------------------------------------------------------------------------


def _other_values(world: World, act_id: UUID) -> None:
    world.set(Act, act_id, values_sha256=values_sha256({"x": "y"}))


def _other_seal(world: World, act_id: UUID) -> None:
    world.set(ActFilling, act_id, sealed=b"\x01" + b"0" * 60)


def _no_seal(world: World, act_id: UUID) -> None:
    with world.database.transaction() as session:
        session.execute(text("DELETE FROM act_fillings"))


def _swapped_fields(world: World, act_id: UUID) -> None:
    """Two values change places in the document."""
    with world.database.transaction() as session:
        one, two = session.scalars(
            select(Field).where(Field.kind.in_(["text", "multiline"])).order_by(Field.name).limit(2)
        )
        names = one.name, two.name
        one.name = "FIELD_9999"
        session.flush()
        two.name = names[0]
        session.flush()
        one.name = names[1]


def _other_rect(world: World, act_id: UUID) -> None:
    with world.database.transaction() as session:
        field = session.scalars(select(Field).where(Field.kind == "text")).first()
        assert field is not None
        field.rect = [0, 0, 300, 20]


def _other_name(world: World, act_id: UUID) -> None:
    with world.database.transaction() as session:
        for row in session.scalars(select(Participant).where(Participant.name == "a")):
            row.name = "b2"


def _other_company(world: World, act_id: UUID) -> None:
    with world.database.transaction() as session:
        for row in session.scalars(select(Participant).where(Participant.name == "a")):
            row.company = "別の会社"


def _other_stamp(world: World, act_id: UUID) -> None:
    with world.database.transaction() as session:
        one, two = session.scalars(select(Stamp).order_by(Stamp.created_at))
        two.image_blob_id = one.image_blob_id


def _other_look(world: World, act_id: UUID) -> None:
    with world.reading() as session:
        evidence = session.get_one(Act, act_id).evidence
    world.set(Act, act_id, evidence=evidence | {"look": {"kind": "name"}})


def _other_language(world: World, act_id: UUID) -> None:
    world.set(Act, act_id, language="en")


@pytest.mark.parametrize(
    "tamper",
    [
        _other_values,
        _other_seal,
        _no_seal,
        _swapped_fields,
        _other_rect,
        _other_name,
        _other_company,
        _other_stamp,
        _other_look,
        _other_language,
    ],
)
def test_a_writer_of_the_database_gets_no_signature(
    world: World, tamper: Callable[[World, UUID], None]
) -> None:
    journey = begun(world)
    add_stamp(world, journey.envelope_id, "a", b"first")
    add_stamp(world, journey.envelope_id, "a", b"second")
    act_id = _act(journey, look=Look.STAMP)
    world.disarm()
    tamper(world, act_id)
    with pytest.raises(Refusal) as caught:
        world.signing.authorise(journey.envelope_id, act_id)
    assert caught.value.code is RefusalCode.EVIDENCE_INCOMPLETE


def test_a_copied_act_does_not_open_the_seal_of_the_first(world: World) -> None:
    journey = begun(world)
    act_id = _act(journey)
    world.disarm()
    copy = world.forge_act(act_id)
    world.set(Act, act_id, accepted=False)
    with pytest.raises(Refusal) as caught:
        world.signing.authorise(journey.envelope_id, copy)
    assert caught.value.code is RefusalCode.EVIDENCE_INCOMPLETE


# -- evidence ------------------------------------------------------------------------------------


def test_the_record_shows_each_party_the_values_that_concern_it(world: World) -> None:
    journey = begun(world)
    act_id = _act(journey)
    for reader, known in ((None, True), ("a", True), ("b", False)):
        who = world.participant(journey.envelope_id, reader) if reader else None
        with world.reading() as session:
            record = evidence_record(session, world.vault, journey.envelope_id, reader=who)
        [act] = record["acts"]
        assert act["id"] == str(act_id)
        assert act["values_sha256"] != values_sha256({})
        if known:
            assert values_sha256(act["values"]) == act["values_sha256"]
            assert "東京都千代田区" in act["values"].values()
        else:
            assert act["values"] is None
        kinds = {row["kind"] for row in record["documents"][0]["fields"]}
        assert kinds == {row.kind for row in everything(UUID(int=0))}
