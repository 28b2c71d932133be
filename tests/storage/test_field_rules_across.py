"""Rules that name fields of other documents: sent, filled in, signed, corrected, in templates."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.drafts import typed_draft
from domain.forms import FormProblems
from domain.kinds import FieldKind
from domain.refusals import Refusal
from domain.template_content import DraftDocument, content_from, content_of, drafted
from domain.typed_fields import TypedField
from storage import correction_fields, corrections, drafts, placing
from storage.tables import Document, Envelope, Field
from tests.storage.filling import draft, field, filled, place, signer, type_in
from tests.storage.test_correction_fields import carried_out
from tests.storage.test_corrections import NEW
from tests.storage.world import Journey, World, now

MONEY, TEXT = FieldKind.MONEY, FieldKind.TEXT
WITH_FEE = {"shown_if": "00000001?least", "shown_value": "１００，０００"}


def estimate(document: UUID) -> list[TypedField]:
    return [
        field(document, "a", MONEY, "0", label="見積額", required=False),
        field(document, "a", MONEY, "1", label="工事費"),
        field(document, "a", TEXT, "2", label="備考", required=False),
    ]


def contract(document: UUID) -> list[TypedField]:
    terms = {"operation": "sum", "terms": "00000001 00000005"}
    return [
        field(document, "a", MONEY, "4", label="総額", **terms),
        field(document, "a", MONEY, "5", label="諸経費", required=False),
        field(document, "a", TEXT, "6", label="保証人", **WITH_FEE),
        field(document, "a", TEXT, "7", label="備考の承認", shown_if="00000002?filled"),
    ]


def begun(world: World) -> Journey:
    envelope_id = draft(world, documents=2)
    first, second = world.documents(envelope_id)
    place(world, envelope_id, first, *estimate(first))
    place(world, envelope_id, second, *contract(second))
    return Journey.begin(world, signer("a"), signer("b"), envelope_id=envelope_id)


def fields(world: World, version: int = 1) -> dict[str, Field]:
    with world.reading() as session:
        rows = session.scalars(select(Field).where(Field.version == version))
        return {row.label: row for row in rows if row.label}


def typed(journey: Journey, version: int = 1, **values: str) -> dict[str, str]:
    """Values by label, as they would be signed; empty for what is hidden."""
    rows = fields(journey.world, version)
    texts = {str(rows[label].id): value for label, value in values.items()}
    type_in(journey.world, journey.envelope_id, "a", texts)
    found = filled(journey.world, journey.envelope_id, "a").checked
    labels = {str(row.id): label for label, row in rows.items()}
    assert not set(found.problems) - found.missing
    return {labels[key]: value for key, value in found.values.items()} | {
        labels[key]: "" for key in found.hidden
    }


def test_a_rule_names_a_field_of_another_document_by_both(world: World) -> None:
    begun(world)
    rows = fields(world)
    fee = f"{rows['工事費'].document_id}/{rows['工事費'].name}"
    assert rows["総額"].rules["computation"]["terms"] == [fee, rows["諸経費"].name]
    assert rows["保証人"].rules == {
        "condition": {"field": fee, "value": "100000", "relation": "least"}
    }


def test_what_is_typed_in_one_document_settles_the_other(world: World) -> None:
    journey = begun(world)
    assert typed(journey, 工事費="99,999", 諸経費="1", 保証人="x") == {
        "工事費": "99999", "諸経費": "1", "総額": "100000", "保証人": "", "備考の承認": "",
    }  # fmt: skip
    found = typed(journey, 工事費="１００，０００", 備考="急ぎ", 保証人="青山", 備考の承認="可")
    assert found == {
        "工事費": "100000", "総額": "100000", "保証人": "青山", "備考": "急ぎ", "備考の承認": "可",
    }  # fmt: skip
    shown = filled(world, journey.envelope_id, "a")
    act_id = world.post(journey.envelope_id, "a", filled_sha256=shown.sha256)
    journey.decide(act_id)
    first, second = world.signing.authorise(journey.envelope_id, act_id).documents
    assert {fill.text for fill in first.fills} == {"100,000円", "急ぎ"}
    assert {fill.text for fill in second.fills} == {"100,000円", "青山", "可"}


def correct(journey: Journey, number: int) -> UUID:
    return journey.world.correct(journey.world.documents(journey.envelope_id)[number], NEW)


def row_of(session: Session, journey: Journey, number: int) -> corrections.Corrected:
    envelope = session.get_one(Envelope, journey.envelope_id)
    return corrections.corrections_of(session, envelope)[number]


def place_anew(
    journey: Journey, number: int, change: Callable[[TypedField], TypedField | None]
) -> None:
    with journey.world.database.transaction() as session:
        row = row_of(session, journey, number)
        envelope = session.get_one(Envelope, journey.envelope_id)
        before = correction_fields.rows_on(session, envelope, row.document)
        rows = [made for old in before if (made := change(old)) is not None]
        assert row.replacement is not None
        correction_fields.save_rows(envelope, row.replacement, rows, now())


def without(label: str) -> Callable[[TypedField], TypedField | None]:
    return lambda row: None if row.label == label else row


@pytest.mark.parametrize("corrected", [(0,), (1,), (0, 1)])
@pytest.mark.parametrize("anew", [False, True])
def test_a_correction_of_either_document_keeps_them_together(
    world: World, corrected: tuple[int, ...], anew: bool
) -> None:
    """Placed anew without the first field, whose going gives the others new names."""
    journey = begun(world)
    for number in corrected:
        correct(journey, number)
        if anew:
            place_anew(journey, number, without("見積額" if number == 0 else ""))
    assert carried_out(journey)
    rows = fields(world, 2)
    assert ("見積額" in rows) == (not anew or 0 not in corrected)
    journey.open()
    found = typed(journey, 2, 工事費="100000", 諸経費="5", 備考="急ぎ", 備考の承認="可")
    assert found["総額"] == "100005"
    assert found["備考の承認"] == "可"
    assert "保証人" not in found, "asked for, and missing"


def turned_into_text(label: str) -> Callable[[TypedField], TypedField | None]:
    return lambda row: replace(row, kind=TEXT.value) if row.label == label else row


@pytest.mark.parametrize("lost", [without, turned_into_text])
def test_what_another_document_needs_is_not_lost_without_a_word(
    world: World, lost: Callable[[str], Callable[[TypedField], TypedField | None]]
) -> None:
    """Neither where the field goes, nor where it is no longer what the rule needs."""
    journey = begun(world)
    correct(journey, 0)
    place_anew(journey, 0, lost("工事費"))
    with world.reading() as session:
        row = row_of(session, journey, 0)
        envelope = session.get_one(Envelope, journey.envelope_id)
        assert row.replacement is not None
        problems = correction_fields.problems_on(session, envelope, row.replacement)
        assert not row.fits
    assert "「総額」" in problems["fields"].ja
    assert "“総額”" in problems["fields"].en
    with pytest.raises(Refusal, match="fields_do_not_fit"):
        world.confirmed(journey.envelope_id)
    correct(journey, 1)
    place_anew(journey, 1, without(""))
    with pytest.raises(Refusal, match="fields_do_not_fit"):
        world.confirmed(journey.envelope_id)

    def freed(row: TypedField) -> TypedField:
        return replace(row, shown_if="", operation="", terms="")

    place_anew(journey, 1, freed)
    assert carried_out(journey)
    assert fields(world, 2)["総額"].rules == {}


def test_a_placing_of_before_documents_were_told_apart_still_counts(world: World) -> None:
    journey = begun(world)
    made = correct(journey, 1)
    with world.database.transaction() as session:
        replacement = session.get_one(Document, made)
        rows = [
            field(made, "a", MONEY, "1", label="税込", operation="sum", terms="00000002"),
            field(made, "a", MONEY, "2", label="税抜"),
            field(made, "a", TEXT, "3", label="理由", shown_if="00000002?filled"),
        ]
        slot = str(world.slot(journey.envelope_id, "a").id)
        replacement.placed = [replace(row, person=slot).as_json() for row in rows]
    assert carried_out(journey)
    rows_now = fields(world, 2)
    assert rows_now["税込"].rules["computation"]["terms"] == [rows_now["税抜"].name]


# -- drafts and templates --------------------------------------------------------------------------


def test_a_document_that_goes_from_a_draft_leaves_a_word_and_nothing_is_sent(world: World) -> None:
    envelope_id = draft(world, documents=2)
    first, second = world.documents(envelope_id)
    place(world, envelope_id, first, *estimate(first))
    place(world, envelope_id, second, *contract(second))
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        member = world.member(session, envelope.created_by)
        drafts.remove_document(session, envelope, first, member, now())
    with pytest.raises(FormProblems) as caught:
        Journey.begin(world, signer("a"), signer("b"), envelope_id=envelope_id)
    assert set(caught.value.problems) == {
        "field-00000004-terms", "field-00000006-shown_if", "field-00000007-shown_if"
    }  # fmt: skip
    assert all("なくなっています" in words.ja for words in caught.value.problems.values())


def test_a_document_that_is_still_checked_is_no_document_that_is_gone(world: World) -> None:
    envelope_id = draft(world, documents=2)
    first, second = world.documents(envelope_id)
    place(world, envelope_id, first, *estimate(first))
    place(world, envelope_id, second, *contract(second))
    with world.reading() as session:
        envelope = session.get_one(Envelope, envelope_id)
        ready = [session.get_one(Document, second)]
        signers = {seat.key: seat.name for seat in placing.seats_of(session, envelope)}
        assert len(placing.checked_fields(session, envelope, ready, signers)) == 4


def test_a_template_keeps_the_rules_between_its_documents(world: World) -> None:
    envelope_id = draft(world, documents=2)
    ids = [str(document) for document in world.documents(envelope_id)]
    rows = [*estimate(UUID(ids[0])), *contract(UUID(ids[1]))]
    with world.reading() as session:
        typed = typed_draft(session.get_one(Envelope, envelope_id).draft)
    documents = [DraftDocument(one, one, f"文書{n}", "x.pdf") for n, one in enumerate(ids)]
    stored: Any = content_from(typed, rows, documents, {}, ()).as_json()
    _, again = drafted(content_of(stored), {"1": ids[0], "2": ids[1]}, "")
    assert list(again) == rows
