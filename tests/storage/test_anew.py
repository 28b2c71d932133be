"""A draft made anew of an envelope that was corrected: its newest documents, and fields as they
were placed at last, each with its person of the draft."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.kinds import PartyKind, Role
from domain.refusals import Refusal
from domain.typed_fields import TypedField
from storage import anew, people, placing, repairs
from storage.tables import Envelope, Member
from storage.versions import documents_of_version
from tests.storage.filling import KEYS, begun, draft, everything, place, signer
from tests.storage.test_correction_fields import carried_out, corrected, rows_of, save
from tests.storage.test_corrections import NEW
from tests.storage.world import Journey, World, now


def made(journey: Journey) -> UUID:
    world = journey.world
    with world.reading() as session:
        before = session.get_one(Envelope, journey.envelope_id)
        with anew.copied(session, world.vault, before) as copies, world.database.transaction() as w:
            member = w.get_one(Member, world.member_id)
            return anew.draft_anew(w, before.id, copies, member, now(), 0).id


def fields(world: World, envelope_id: UUID) -> tuple[TypedField, ...]:
    with world.reading() as session:
        return placing.fields_of(session.get_one(Envelope, envelope_id))


def placed(rows: tuple[TypedField, ...]) -> list[tuple[str, ...]]:
    """What and where, without keys and documents."""
    return sorted((row.kind, row.label, row.page, row.x, row.y, row.person) for row in rows)


def test_a_corrected_document_is_copied_with_the_fields_of_the_draft(world: World) -> None:
    journey = begun(world)
    before = fields(world, journey.envelope_id)
    corrected(journey)
    assert carried_out(journey)
    world.set(Envelope, journey.envelope_id, state="withdrawn")
    draft = made(journey)
    with world.reading() as session:
        [document] = documents_of_version(session, draft)
        stored = repairs.uploaded(session, document.id)
        read = b"".join(world.vault.read_range(session, stored.blob_id, 0, stored.size))
    assert read == NEW
    after = fields(world, draft)
    assert placed(after) == placed(before)
    assert {row.document for row in after} == {str(document.id)}


def test_fields_that_a_correction_placed_anew_find_their_people_again(world: World) -> None:
    journey = begun(world)
    corrected(journey, pages=2)
    _, text, *others = rows_of(journey)
    save(journey, (replace(text, page="2", y="10"), *others))
    assert carried_out(journey)
    world.set(Envelope, journey.envelope_id, state="running")
    world.correct(world.documents(journey.envelope_id)[0], NEW + b"2")  # and nobody confirms it
    world.set(Envelope, journey.envelope_id, state="withdrawn")
    rows = fields(world, made(journey))
    [moved] = [row for row in rows if row.label == text.label]
    assert (moved.page, moved.y, moved.person) == ("2", "10.0", KEYS["a"])
    assert {row.person for row in rows} == set(KEYS.values())
    assert not [row for row in rows if row.kind == "signature"], "a's was taken out"


def test_a_member_whom_the_sender_typed_finds_his_fields_again(world: World) -> None:
    """They are under the key of his row, not of a chain's place."""
    with world.database.transaction() as session:
        new = people.NewMember("a@example.jp", "a", "hash", [Role.CLERK])
        people.create_member(session, world.organisation_id, new, now())
    envelope_id = draft(world)
    [document] = world.documents(envelope_id)
    place(world, envelope_id, document, *everything(document))
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        a, b = envelope.draft["people"]
        envelope.draft = {**envelope.draft, "people": [a | {"party": "own"}, b]}
    a_himself = signer("a", party=PartyKind.OWN)
    journey = Journey.begin(world, a_himself, signer("b"), envelope_id=envelope_id)
    assert world.participant(envelope_id, "a").member_id is not None
    corrected(journey)
    save(journey, rows_of(journey))
    assert carried_out(journey)
    world.set(Envelope, envelope_id, state="withdrawn")
    assert {row.person for row in fields(world, made(journey))} == set(KEYS.values())


def test_two_people_of_one_name_are_told_by_nobody_so_that_the_sender_is_asked(
    world: World,
) -> None:
    journey = begun(world)
    corrected(journey)
    save(journey, rows_of(journey))
    assert carried_out(journey)
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        people = [one | {"name": "a"} for one in envelope.draft["people"]]
        envelope.draft = {**envelope.draft, "people": people}
        envelope.state = "declined"
    rows = fields(world, made(journey))
    assert rows
    assert {row.person for row in rows} == {""}


def test_what_was_concluded_or_is_under_way_is_refused_whoever_asks(world: World) -> None:
    journey = begun(world)
    for state in ("running", "done", "deleted"):
        world.set(Envelope, journey.envelope_id, state=state)
        with pytest.raises(Refusal, match="not_allowed"):
            made(journey)
