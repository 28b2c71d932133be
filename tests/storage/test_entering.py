"""A form of one document merged into what was entered before, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.kinds import FieldKind, Look
from domain.refusals import Refusal, RefusalCode
from domain.turns import Turn
from storage import visits
from storage.entering import Entered, enter, fields_of_others
from storage.tables import FormTurn
from storage.turns import MOST_PAGES, is_late
from storage.visits import Visiting
from tests.storage.filling import begun, draft, field, filled, place, rows, signer, values_for
from tests.storage.world import Journey, World, now


def _visiting(world: World, envelope_id: UUID, name: str) -> Visiting:
    visit_id = world.visit(envelope_id, name)
    with world.reading() as session:
        found = visits.find_visit(session, "c" * 64, visit_id, now())
    assert found is not None
    return found


def _enter(world: World, visiting: Visiting, entered: Entered) -> None:
    with world.database.transaction() as session:
        enter(session, world.vault, visiting, entered, now())


def _typed(world: World, envelope_id: UUID, name: str = "a") -> dict[str, str]:
    return dict(filled(world, envelope_id, name).typed.values)


def test_a_form_replaces_the_values_of_its_document_and_no_others(world: World) -> None:
    envelope_id = draft(world, documents=2)
    first, second = world.documents(envelope_id)
    place(world, envelope_id, first, field(first, "a", FieldKind.TEXT, "1"))
    place(world, envelope_id, second, field(second, "a", FieldKind.DATE, "2"))
    Journey.begin(world, signer("a"), signer("b"), envelope_id=envelope_id)
    found = {kind: str(row.id) for kind, row in rows(world, envelope_id, "a").items()}
    text, date = found[FieldKind.TEXT], found[FieldKind.DATE]
    person = _visiting(world, envelope_id, "a")
    _enter(world, person, Entered(str(first), {text: "東京", date: "from the wrong form"}))
    assert _typed(world, envelope_id) == {text: "東京"}
    _enter(world, person, Entered(str(second), {date: "2026-11-26"}, Look.STAMP))
    _enter(world, person, Entered(str(first), {}))
    assert _typed(world, envelope_id) == {date: "2026-11-26"}
    assert filled(world, envelope_id, "a").typed.look is Look.STAMP


def test_two_windows_at_once_lose_nothing_of_different_documents(world: World) -> None:
    envelope_id = draft(world, documents=2)
    first, second = world.documents(envelope_id)
    place(world, envelope_id, first, field(first, "a", FieldKind.TEXT, "1"))
    place(world, envelope_id, second, field(second, "a", FieldKind.TEXT, "2"))
    Journey.begin(world, signer("a"), signer("b"), envelope_id=envelope_id)
    person = _visiting(world, envelope_id, "a")
    inputs = filled(world, envelope_id, "a").inputs
    here = {str(row.document.id): str(row.field.id) for row in inputs}
    forms = [Entered(str(document), {here[str(document)]: "x"}) for document in (first, second)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda entered: _enter(world, person, entered), forms * 5))
    assert _typed(world, envelope_id) == dict.fromkeys(here.values(), "x")


def test_of_a_form_that_comes_late_only_its_picture_counts(world: World) -> None:
    """The page sent 1, 2 and 3; the server gets 2, 1 and 3."""
    journey = begun(world)
    envelope_id = journey.envelope_id
    document = str(world.documents(envelope_id)[0])
    person = _visiting(world, envelope_id, "a")
    wanted = values_for(world, envelope_id, "a")
    old = dict.fromkeys(wanted, "x")
    turns = [Turn("a" * 32, number) for number in (1, 2, 3)]
    _enter(world, person, Entered(document, wanted, pictured=True, turn=turns[1]))
    _enter(world, person, Entered(document, old, Look.NAME, turn=turns[0]))
    assert _typed(world, envelope_id) == wanted
    assert filled(world, envelope_id, "a").typed.look is Look.STAMP
    _enter(world, person, Entered(document, old, Look.NAME, turn=turns[2]))
    assert _typed(world, envelope_id) == old
    _enter(world, person, Entered(document, wanted, Look.NAME, pictured=True, turn=turns[1]))
    assert _typed(world, envelope_id) == old
    assert filled(world, envelope_id, "a").typed.look is Look.STAMP
    _enter(world, person, Entered(document, wanted, turn=Turn("b" * 32, 1)))
    assert _typed(world, envelope_id) == wanted


def test_pages_of_any_name_take_no_more_room_than_fifty(world: World) -> None:
    about = uuid4()
    with world.database.transaction() as session:
        for number in range(MOST_PAGES + 5):
            at = now() + timedelta(seconds=number)
            assert not is_late(session, about, Turn(f"{number:032x}", 9), at)
        assert session.query(FormTurn).count() == MOST_PAGES
        late = Turn(f"{MOST_PAGES + 4:032x}", 1)
        assert is_late(session, about, late, now())


def test_nothing_is_entered_after_the_act(world: World) -> None:
    journey = begun(world)
    envelope_id = journey.envelope_id
    [document] = world.documents(envelope_id)
    person = _visiting(world, envelope_id, "a")
    values = values_for(world, envelope_id, "a")
    _enter(world, person, Entered(str(document), values, Look.NAME))
    world.post(envelope_id, "a", filled_sha256=filled(world, envelope_id, "a").sha256)
    with pytest.raises(Refusal) as caught:
        _enter(world, person, Entered(str(document), {}))
    assert caught.value.code is RefusalCode.NOT_YOUR_SLOT
    assert _typed(world, envelope_id) == values


def test_a_person_sees_the_places_of_the_others(world: World) -> None:
    journey = begun(world)
    [document] = world.documents(journey.envelope_id)
    holder = _visiting(world, journey.envelope_id, "a").holder
    with world.reading() as session:
        [found] = fields_of_others(session, holder, document)
    assert (found.kind, found.slot_id) == ("text", world.slot(journey.envelope_id, "b").id)
