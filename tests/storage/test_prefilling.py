"""Fields filled in from the address book, from the draft to what is frozen by the act."""

from uuid import UUID

import pytest

from domain.contacts import Contact
from domain.facts import known_text
from domain.kinds import FieldKind
from storage.drafts import documents_of
from storage.entering import Entered, enter
from storage.prefilling import correction_notes, prefill_notes
from storage.tables import Envelope, Participant
from storage.visits import find_visit
from tests.storage.filling import draft, field, filled, place, signer
from tests.storage.test_correction_fields import carried_out, corrected, row_of, rows_of
from tests.storage.test_field_rules import act, by_label, ids
from tests.storage.world import Journey, World, now

CONTACT = Contact(
    name="a", mail="a@example.jp", company="青山建設", title="部長",
    address="東京都千代田区千代田1-1", phone="+81312345678",
)  # fmt: skip
KNOWN = known_text(UUID(int=1), CONTACT)
TEXT = FieldKind.TEXT


@pytest.fixture
def journey(world: World) -> Journey:
    envelope_id = draft(world)
    [document] = world.documents(envelope_id)
    place(
        world,
        envelope_id,
        document,
        field(document, "a", TEXT, "1", label="役職", source="title"),
        field(document, "a", TEXT, "2", label="電話", source="phone", fixed="on", pattern="phone"),
        field(document, "a", TEXT, "3", label="住所", source="address", max_characters="5"),
        field(document, "b", TEXT, "4", label="相手の役職", source="title", required=False),
    )
    return Journey.begin(world, signer("a", known=KNOWN), signer("b"), envelope_id=envelope_id)


def enter_all(journey: Journey, **values: str) -> None:
    world = journey.world
    known = ids(world, journey.envelope_id)
    [document] = world.documents(journey.envelope_id)
    form = {known[label]: value for label, value in values.items()}
    visit = world.visit(journey.envelope_id, "a")
    with world.database.transaction() as session:
        visiting = find_visit(session, "c" * 64, visit, now())
        assert visiting is not None
        enter(session, world.vault, visiting, Entered(str(document), form), now())


def test_the_signer_finds_what_is_known_and_signs_what_he_confirms(journey: Journey) -> None:
    shown = filled(journey.world, journey.envelope_id, "a")
    assert by_label(journey, shown) == {"役職": "部長", "電話": "03-1234-5678"}
    known = ids(journey.world, journey.envelope_id)
    assert shown.given == {known["役職"], known["電話"]}
    assert shown.fixed == {known["電話"]}
    assert shown.checked.missing == {known["住所"]}
    enter_all(journey, 役職="専務", 電話="09012345678", 住所="千代田区")
    shown = filled(journey.world, journey.envelope_id, "a")
    assert by_label(journey, shown) == {
        "役職": "専務", "電話": "03-1234-5678", "住所": "千代田区",
    }  # fmt: skip
    act_id = act(journey, shown)
    [document] = journey.world.signing.authorise(journey.envelope_id, act_id).documents
    assert {fill.text for fill in document.fills} == {"専務", "03-1234-5678", "千代田区"}


@pytest.mark.parametrize("emptied", [{"役職": ""}, {}])
def test_what_he_emptied_stays_empty(journey: Journey, emptied: dict[str, str]) -> None:
    enter_all(journey, 住所="千代田区", **emptied)
    shown = filled(journey.world, journey.envelope_id, "a")
    assert "役職" not in by_label(journey, shown)


def test_nothing_is_filled_in_for_somebody_who_was_not_chosen(journey: Journey) -> None:
    world = journey.world
    with world.reading() as session:
        rows = {row.name: row.known for row in session.query(Participant)}
    assert rows["a"] is not None
    assert rows["b"] is None
    shown = filled(world, journey.envelope_id, "b")
    assert shown.checked.values == {}


def test_the_sender_is_told_what_will_not_be_filled_in(world: World) -> None:
    envelope_id = draft(world)
    [document] = world.documents(envelope_id)
    rows = [
        field(document, "a", TEXT, "1", label="住所", source="address", max_characters="5"),
        field(document, "a", TEXT, "2", label="役職", source="title"),
        field(document, "b", TEXT, "3", label="役職", source="title"),
    ]
    place(world, envelope_id, document, *rows)
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        people = [dict(row) for row in envelope.draft["people"]]
        people[0]["known"] = KNOWN
        envelope.draft = envelope.draft | {"people": people}
    with world.reading() as session:
        envelope = session.get_one(Envelope, envelope_id)
        notes = prefill_notes(session, envelope, documents_of(session, envelope_id))
    assert set(notes) == {rows[0].key, rows[2].key}
    assert "5文字以内" in notes[rows[0].key].ja
    assert "空欄" in notes[rows[2].key].ja


def test_a_correction_keeps_what_is_filled_in_and_says_what_is_not(journey: Journey) -> None:
    corrected(journey)
    assert [row.source for row in rows_of(journey)] == ["title", "phone", "address", "title"]
    with journey.world.reading() as session:
        envelope, _, replacement = row_of(session, journey)
        notes = correction_notes(session, envelope, replacement)
    labels = {row.key: row.label for row in rows_of(journey)}
    assert {labels[key] for key in notes} == {"住所", "相手の役職"}
    assert carried_out(journey)
    shown = filled(journey.world, journey.envelope_id, "a")
    assert set(shown.checked.values.values()) == {"部長", "03-1234-5678"}
