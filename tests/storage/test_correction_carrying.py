"""What people typed outlives a correction of something else."""

from domain.kinds import FieldKind, Look
from storage.tables import TypedValues
from tests.storage.attaching import attach, row_of
from tests.storage.filling import draft, field, filled, place, rows, signer, type_in
from tests.storage.test_corrections import correct
from tests.storage.world import Journey, World


def begun(world: World) -> Journey:
    """Two documents: the first will be corrected, and asks a for a date; the second for a text
    and a file. Both people are asked one after another."""
    envelope_id = draft(world, documents=2)
    first, second = world.documents(envelope_id)
    place(world, envelope_id, first, field(first, "a", FieldKind.DATE, "1"))
    place(
        world,
        envelope_id,
        second,
        field(second, "a", FieldKind.TEXT, "2"),
        field(second, "a", FieldKind.ATTACHMENT, "3"),
        field(second, "b", FieldKind.TEXT, "4"),
    )
    return Journey.begin(world, signer("a"), signer("b"), envelope_id=envelope_id)


def keys(world: World, journey: Journey) -> dict[FieldKind, str]:
    return {kind: str(row.id) for kind, row in rows(world, journey.envelope_id, "a").items()}


def test_what_was_typed_in_a_document_that_stays_is_kept(world: World) -> None:
    journey = begun(world)
    before = keys(world, journey)
    typed = {before[FieldKind.TEXT]: "東京都", before[FieldKind.DATE]: "2026-11-25"}
    type_in(world, journey.envelope_id, "a", typed, Look.STAMP)
    correct(journey)
    after = keys(world, journey)
    assert after[FieldKind.TEXT] != before[FieldKind.TEXT]
    found = filled(world, journey.envelope_id, "a").typed
    assert found.values[after[FieldKind.TEXT]] == "東京都"
    assert found.look is Look.STAMP
    assert not found.values.get(after[FieldKind.DATE]), "the text that it stood in is another"


def test_what_was_signed_is_proposed_again_and_a_file_stays_with_its_version(world: World) -> None:
    journey = begun(world)
    before = keys(world, journey)
    typed = {before[FieldKind.TEXT]: "東京都", before[FieldKind.DATE]: "2026-11-25"}
    type_in(world, journey.envelope_id, "a", typed)
    signed = attach(world, journey.envelope_id)
    shown = filled(world, journey.envelope_id, "a").sha256
    act_id = world.post(journey.envelope_id, "a", filled_sha256=shown)
    assert journey.decide(act_id).accepted
    correct(journey)
    assert str(row_of(world, signed).field_id) == before[FieldKind.ATTACHMENT]
    after = keys(world, journey)
    found = filled(world, journey.envelope_id, "a")
    assert found.typed.values[after[FieldKind.TEXT]] == "東京都"
    assert found.files[after[FieldKind.ATTACHMENT]].ready is None


def test_what_nobody_can_read_holds_up_no_correction(world: World) -> None:
    journey = begun(world)
    text = keys(world, journey)[FieldKind.TEXT]
    type_in(world, journey.envelope_id, "a", {text: "東京都"})
    with world.database.transaction() as session:
        [broken] = session.query(TypedValues).all()
        broken.sealed = broken.sealed[:-1] + bytes([broken.sealed[-1] ^ 1])
    correct(journey)
    assert not filled(world, journey.envelope_id, "a").typed.values.get(text)
