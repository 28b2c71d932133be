"""Fields on a corrected document: taken over, or placed anew, and never anything in between."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kinds import FieldKind
from domain.ports.signatures import InspectedPdf, TakenPlace
from domain.refusals import Refusal
from domain.route_versions import start_version, version_is_ready
from domain.typed_fields import TypedField
from storage import correction_fields, corrections
from storage.tables import Act, Document, Envelope, Field, Slot
from tests.storage.filling import begun
from tests.storage.test_corrections import NEW, confirm
from tests.storage.world import Journey, World, now

A4 = (595.0, 842.0)


def corrected(journey: Journey, *, pages: int = 1, taken: tuple[TakenPlace, ...] = ()) -> UUID:
    """A corrected PDF of so many pages was found good."""
    world = journey.world
    [old] = world.documents(journey.envelope_id)
    made = world.correct(old, NEW, check=False)
    world.intake.accept(made, InspectedPdf(pages, (A4,) * pages, (b"png",), taken=taken))
    return made


def rows_of(journey: Journey) -> tuple[TypedField, ...]:
    with journey.world.reading() as session:
        envelope, replaced, _ = row_of(session, journey)
        return correction_fields.rows_on(session, envelope, replaced)


def row_of(session: Session, journey: Journey) -> tuple[Envelope, Document, Document]:
    """The envelope with its one corrected document and what it corrects."""
    envelope = session.get_one(Envelope, journey.envelope_id)
    [row] = corrections.corrections_of(session, envelope)
    assert row.replacement is not None
    return envelope, row.document, row.replacement


def save(journey: Journey, rows: tuple[TypedField, ...]) -> None:
    with journey.world.database.transaction() as session:
        envelope, _, replacement = row_of(session, journey)
        correction_fields.save_rows(envelope, replacement, rows, now())


def carried_out(journey: Journey) -> bool:
    act_id = confirm(journey)
    accepted = journey.decide(act_id).accepted
    plan = journey.world.corrections.begin_version(journey.envelope_id, act_id)
    start_version(journey.route, plan)
    journey.world.prepare(journey.envelope_id)
    version_is_ready(journey.route)
    return accepted


def placed(journey: Journey, version: int) -> list[tuple[str, str, int, list[float] | None]]:
    with journey.world.reading() as session:
        rows = session.scalars(
            select(Field).where(Field.version == version).order_by(Field.name)
        ).all()
        return [(row.kind, row.label, row.page, row.rect) for row in rows]


def test_the_form_shows_the_fields_of_before_where_they_lie(world: World) -> None:
    journey = begun(world)
    made = corrected(journey)
    rows = rows_of(journey)
    assert {row.document for row in rows} == {str(made)}
    assert [(row.kind, row.x, row.width) for row in rows[:1]] == [("signature", "20.0", "80.0")]
    assert len(rows) == 8, "b's signature is invisible, and nobody placed it"
    with world.reading() as session:
        names = [
            row.name for row in correction_fields.seats_on(session, row_of(session, journey)[0])
        ]
    assert names == ["a", "b"]


def test_without_a_new_placing_everything_stays_where_it_was(world: World) -> None:
    journey = begun(world)
    corrected(journey)
    assert carried_out(journey)
    assert placed(journey, 2) == placed(journey, 1)
    with world.reading() as session:
        act = session.scalars(select(Act)).one()
        assert "fields_sha256" not in act.evidence["corrections"][0]


def test_what_was_placed_anew_is_what_the_next_version_asks_for(world: World) -> None:
    """One is moved to a new page, one is taken out; the old version keeps its own."""
    journey = begun(world)
    corrected(journey, pages=2)
    before = placed(journey, 1)
    _, text, *others = rows_of(journey)
    assert text.kind == FieldKind.TEXT
    save(journey, (replace(text, page="2", y="10"), *others))
    assert carried_out(journey)
    now_asked = placed(journey, 2)
    assert placed(journey, 1) == before
    signatures = [row for row in now_asked if row[0] == "signature"]
    assert [row[3] for row in signatures] == [None, None], "a's visible one was taken out"
    [moved] = [row for row in now_asked if row[0] == "text" and row[1] == text.label]
    assert moved[2] == 1
    assert len(now_asked) == len(before)
    with world.reading() as session:
        [said] = session.scalars(select(Act)).one().evidence["corrections"]
        slots = session.scalars(select(Slot.id).where(Slot.state != "released")).all()
        owners = session.scalars(select(Field.slot_id).where(Field.version == 2)).all()
    assert len(said["fields_sha256"]) == 64
    assert set(owners) <= set(slots), "they belong to the new version's slots"


def test_only_what_fields_mean_makes_a_correction_of_the_same_pdf(world: World) -> None:
    """A browser sends the same rows with other line ends, and blanks around words."""
    journey = begun(world)
    [old] = world.documents(journey.envelope_id)
    data = world.preparation.read_upload(old)
    made = world.correct(old, data, check=False, fields_only=True)
    world.intake.accept(made, InspectedPdf(1, (A4,), (b"png",)))
    rows = rows_of(journey)
    assert any("\n" in row.options for row in rows), "nobody can choose among lines"
    sent = tuple(
        replace(row, options=row.options.replace("\n", "\r\n") + "\r\n", label=f" {row.label} ")
        for row in rows
    )
    for same in (rows, sent):
        save(journey, same)
        with pytest.raises(Refusal, match="nothing_corrected"):
            world.confirmed(journey.envelope_id)
    first = next(row for row in rows if "\n" in row.options)
    lines = first.options.split("\n")
    turned = replace(first, options="\n".join(reversed(lines)))
    save(journey, tuple(turned if row is first else row for row in rows))
    assert world.confirmed(journey.envelope_id)


def test_fewer_pages_hold_the_correction_back_until_their_fields_are_moved(world: World) -> None:
    journey = begun(world)
    with world.database.transaction() as session:
        for row in session.scalars(select(Field).where(Field.label == "欄1")):
            row.page = 2
    corrected(journey)
    with pytest.raises(Refusal, match="fields_do_not_fit"):
        world.confirmed(journey.envelope_id)
    with world.reading() as session:
        envelope, _, replacement = row_of(session, journey)
        problems = correction_fields.problems_on(session, envelope, replacement)
        assert list(problems) == ["field-00010003-page"]
    save(journey, tuple(replace(row, page="1") for row in rows_of(journey)))
    assert carried_out(journey)


def test_an_annotation_of_the_corrected_pdf_is_in_the_way(world: World) -> None:
    journey = begun(world)
    corrected(journey, taken=(TakenPlace(0, (60.0, 60.0, 10.0, 10.0)),))
    with pytest.raises(Refusal, match="fields_do_not_fit"):
        world.confirmed(journey.envelope_id)
    rows = rows_of(journey)
    save(journey, tuple(row for row in rows if row.kind != FieldKind.SIGNATURE))
    assert len(world.confirmed(journey.envelope_id)) == 64


def test_what_was_moved_after_the_confirmation_was_shown_is_shown_again(world: World) -> None:
    journey = begun(world)
    corrected(journey)
    shown = world.confirmed(journey.envelope_id)
    save(journey, rows_of(journey)[1:])
    with pytest.raises(Refusal, match="nothing_corrected"):
        confirm(journey, corrected_sha256=shown)
    with world.database.transaction() as session:
        envelope, _, replacement = row_of(session, journey)
        correction_fields.take_over(envelope, replacement, now())
    assert world.confirmed(journey.envelope_id) == shown


def test_a_second_upload_keeps_what_was_moved(world: World) -> None:
    journey = begun(world)
    corrected(journey)
    rows = rows_of(journey)[1:]
    save(journey, rows)
    [old] = world.documents(journey.envelope_id)
    with world.database.transaction() as session:
        envelope, document = corrections.correctable(
            session, world.organisation_id, journey.envelope_id, old
        )
        assert document is not None
        member = world.member(session, world.member_id)
        kept = corrections.forget(session, envelope, document, member, now())
    assert kept == [row.as_json() for row in rows]
    second = corrected(journey)
    with world.database.transaction() as session:
        session.get_one(Document, second).placed = kept
    assert rows_of(journey) == tuple(replace(row, document=str(second)) for row in rows)
