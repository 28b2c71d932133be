"""Rules between fields on rows: asked, hidden, computed, filled in, frozen, drawn and corrected."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.evidence import values_sha256
from domain.fields import DraftField
from domain.forms import FormProblems
from domain.kinds import FieldKind, Language
from domain.ports.signatures import InspectedPdf
from domain.refusals import Refusal, RefusalCode
from domain.typed_fields import TypedField
from storage import correction_fields, field_rows, visits
from storage.entering import Entered, enter
from storage.evidence import evidence_record
from storage.filling import Filling
from storage.tables import Act, Document, Envelope, Field
from tests.storage.filling import draft, field, filled, place, signer, type_in
from tests.storage.test_correction_fields import carried_out, corrected, rows_of, save
from tests.storage.world import Journey, World, carry_out, now

HASH_BEFORE = "fcc37e6477924b9cd0a42151eeae0573d6d1d9f546c0ec8250e74ded17e1c753"
PLACING_BEFORE = "011f05794d2829c80c097853f3570c54588bc216b7da3a427f39f0e3c5c820ce"
"""Made by the code before fields had rules, over the rows in the test below."""

MONEY, NUMBER = FieldKind.MONEY, FieldKind.NUMBER


def invoice(document: UUID, who: str = "a") -> list[TypedField]:
    """Totals before their terms, so that no order of rows helps."""
    keys = [f"{number:08x}" for number in range(10)]
    rules: list[tuple[FieldKind, dict[str, Any]]] = [
        (FieldKind.SIGNATURE, {}),
        (MONEY, {"label": "合計", "operation": "sum", "terms": f"{keys[2]} {keys[3]}"}),
        (MONEY, {"label": "小計", "operation": "product", "terms": f"{keys[4]} {keys[5]}"}),
        (MONEY, {"label": "消費税", "operation": "tax10", "terms": keys[2]}),
        (MONEY, {"label": "単価", "guide": "税抜きの単価"}),
        (NUMBER, {"label": "数量", "decimals": "2"}),
        (FieldKind.RADIO, {"label": "区分", "options": "法人\n個人"}),
        (FieldKind.COMPANY, {"label": "会社名", "fixed": "on", "shown_if": f"{keys[6]}:法人"}),
        (FieldKind.NAME, {"label": "氏名", "required": False}),
        (FieldKind.MAIL, {"label": "連絡先"}),
    ]
    return [
        field(document, who, kind, f"{number:x}", y=str(10 + 28 * number), **changes)
        for number, (kind, changes) in enumerate(rules)
    ]


def begun(world: World) -> Journey:
    envelope_id = draft(world)
    [document] = world.documents(envelope_id)
    place(world, envelope_id, document, *invoice(document))
    return Journey.begin(world, signer("a"), signer("b"), envelope_id=envelope_id)


def ids(world: World, envelope_id: UUID) -> dict[str, str]:
    """By label."""
    slot = world.slot(envelope_id, "a")
    with world.reading() as session:
        rows = session.scalars(select(Field).where(Field.slot_id == slot.id))
        return {row.label: str(row.id) for row in rows}


def typed(journey: Journey, **values: str) -> Filling:
    known = ids(journey.world, journey.envelope_id)
    texts = {known[label]: value for label, value in values.items()}
    type_in(journey.world, journey.envelope_id, "a", texts)
    return filled(journey.world, journey.envelope_id, "a")


def by_label(journey: Journey, found: Filling) -> dict[str, str]:
    labels = {key: label for label, key in ids(journey.world, journey.envelope_id).items()}
    return {labels[key]: value for key, value in found.checked.values.items()}


def act(journey: Journey, shown: Filling) -> UUID:
    assert shown.problems == {}
    act_id = journey.world.post(journey.envelope_id, "a", filled_sha256=shown.sha256)
    journey.decide(act_id)
    return act_id


def test_rows_name_each_other_by_their_own_names(world: World) -> None:
    journey = begun(world)
    with world.reading() as session:
        rows = {row.label: row for row in session.scalars(select(Field)) if row.label != ""}
    total, subtotal = rows["合計"], rows["小計"]
    assert total.rules["computation"]["terms"] == [subtotal.name, rows["消費税"].name]
    assert not total.required
    assert rows["会社名"].rules["condition"] == {"field": rows["区分"].name, "value": "法人"}
    assert rows["単価"].rules == {"guide": "税抜きの単価"}
    assert rows["区分"].rules == {}
    assert journey.envelope_id


def test_what_follows_from_what_was_typed_is_frozen_and_drawn(world: World) -> None:
    journey = begun(world)
    shown = typed(journey, 単価="１，９９９", 数量="1.5", 区分="個人", 合計="999")
    assert by_label(journey, shown) == {
        "単価": "1999", "数量": "1.5", "小計": "2998", "消費税": "299", "合計": "3297",
        "区分": "個人", "氏名": "a", "連絡先": "a@example.jp",
    }  # fmt: skip
    act_id = act(journey, shown)
    [document] = world.signing.authorise(journey.envelope_id, act_id).documents
    drawn = {fill.text for fill in document.fills}
    assert drawn == {"1,999円", "1.5", "2,998円", "299円", "3,297円", "", "a", "a@example.jp"}
    carry_out(world, journey.envelope_id, act_id)
    with world.reading() as session:
        record = evidence_record(session, world.vault, journey.envelope_id, reader=None)
    [said] = record["acts"]
    assert said["values_sha256"] == values_sha256(shown.checked.values)
    described = {row["label"]: row for row in record["documents"][0]["fields"]}
    assert described["合計"]["rules"]["computation"]["operation"] == "sum"
    assert "rules" not in described["区分"]


def test_what_is_hidden_is_neither_missed_nor_drawn_and_comes_back(world: World) -> None:
    journey = begun(world)
    company = ids(world, journey.envelope_id)["会社名"]
    shown = typed(journey, 単価="1", 数量="1", 区分="法人")
    assert shown.checked.values[company] == "青山建設"
    assert company in shown.fixed
    shown = typed(journey, 単価="1", 数量="1", 区分="個人", 会社名="forged")
    assert company in shown.checked.hidden
    assert shown.problems == {}
    [document] = world.signing.authorise(journey.envelope_id, act(journey, shown)).documents
    assert "青山建設" not in {fill.text for fill in document.fills}
    assert "forged" not in {fill.text for fill in document.fills}


def test_nobody_changes_what_is_fixed(world: World) -> None:
    journey = begun(world)
    shown = typed(journey, 単価="1", 数量="1", 区分="法人", 会社名="forged")
    assert by_label(journey, shown)["会社名"] == "青山建設"


def test_an_emptied_fact_stays_empty_and_an_untouched_one_does_not(world: World) -> None:
    journey = begun(world)
    known = ids(world, journey.envelope_id)
    [document] = world.documents(journey.envelope_id)
    form = {known["連絡先"]: "b@example.jp", known["単価"]: "5"}
    visit = world.visit(journey.envelope_id, "a")
    with world.database.transaction() as session:
        visiting = visits.find_visit(session, "c" * 64, visit, now())
        assert visiting is not None
        enter(session, world.vault, visiting, Entered(str(document), form), now())
    values = by_label(journey, filled(world, journey.envelope_id, "a"))
    assert "氏名" not in values
    assert values["連絡先"] == "b@example.jp"


def test_each_language_writes_amounts_its_own_way(world: World) -> None:
    journey = begun(world)
    typed(journey, 単価="999999999999999", 数量="1", 区分="個人")
    for language in Language:
        found = filled(world, journey.envelope_id, "a", language)
        [problem] = found.problems.values()
        assert "15" in problem.en, "the total with tax has a digit too many"


def test_an_act_is_refused_while_a_result_is_too_large(world: World) -> None:
    journey = begun(world)
    shown = typed(journey, 単価="999999999999999", 数量="2", 区分="個人")
    with pytest.raises(Refusal) as caught:
        world.post(journey.envelope_id, "a", filled_sha256=shown.sha256)
    assert caught.value.code is RefusalCode.VALUES_INCOMPLETE


@pytest.mark.parametrize(
    "changes",
    [
        {"label": "単価", "rules": {"least": "5"}},
        {"label": "合計", "rules": {}},
        {"label": "会社名", "rules": {}},
    ],
)
def test_rules_that_changed_after_the_act_get_no_signature(
    world: World, changes: dict[str, Any]
) -> None:
    journey = begun(world)
    act_id = act(journey, typed(journey, 単価="1", 数量="1", 区分="個人"))
    key = UUID(ids(world, journey.envelope_id)[changes["label"]])
    world.set(Field, key, rules=changes["rules"])
    with pytest.raises(Refusal) as caught:
        world.signing.authorise(journey.envelope_id, act_id)
    assert caught.value.code is RefusalCode.EVIDENCE_INCOMPLETE


def test_a_circle_keeps_the_envelope_from_being_sent(world: World) -> None:
    envelope_id = draft(world)
    [document] = world.documents(envelope_id)
    rows = invoice(document)
    rows[2] = replace(rows[2], terms=rows[1].key)
    place(world, envelope_id, document, *rows)
    with pytest.raises(FormProblems) as caught:
        Journey.begin(world, signer("a"), signer("b"), envelope_id=envelope_id)
    assert {name.split("-")[1] for name in caught.value.problems} == {row.key for row in rows[1:4]}


def test_fields_without_rules_have_the_hashes_of_before() -> None:
    document = Document(id=UUID(int=1))
    common: dict[str, Any] = {
        "document_id": document.id, "version": 1, "slot_id": UUID(int=3), "required": True,
        "max_characters": None,
    }  # fmt: skip
    signature = Field(
        id=UUID(int=4), name="FIELD_0001", kind="signature", page=0, rect=None, position=1,
        label="", options=[], **common,
    )  # fmt: skip
    choice = Field(
        id=UUID(int=2), name="FIELD_0003", kind="dropdown", page=1,
        rect=[10.0, 20.5, 30.0, 8.25], position=3, label="支払方法", options=["甲", "乙"], **common,
    )  # fmt: skip
    rows = [field_rows.SlotField(row, document) for row in (signature, choice)]
    assert field_rows.fields_sha256(rows) == HASH_BEFORE
    choice.rules = signature.rules = {}
    assert field_rows.fields_sha256(rows) == HASH_BEFORE
    choice.rules = {"guide": "x"}
    assert field_rows.fields_sha256(rows) != HASH_BEFORE


def test_a_placing_without_rules_has_the_hash_of_before() -> None:
    made = DraftField(
        key="00000003", document=UUID(int=1), person="aaaaaaaa", kind=FieldKind.TEXT, page=0,
        rect=(1.0, 2.0, 30.0, 8.0), label="住所", required=True, options=(), max_characters=20,
    )  # fmt: skip
    assert correction_fields.hash_of([made]) == PLACING_BEFORE


# -- correcting ----------------------------------------------------------------------------------


def rules_in(world: World, version: int) -> dict[str, dict[str, Any]]:
    """By label, other fields by their labels."""
    with world.reading() as session:
        rows = session.scalars(select(Field).where(Field.version == version)).all()
    labels = {row.name: row.label for row in rows}

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: named(part) for key, part in value.items()}
        if isinstance(value, list):
            return [named(part) for part in value]
        return labels.get(value, value) if isinstance(value, str) else value

    return {row.label: named(row.rules) for row in rows if row.label}


@pytest.mark.parametrize("moved", [False, True])
def test_a_correction_keeps_the_rules(world: World, moved: bool) -> None:
    """Fields that are taken over keep them, and so do those that are placed anew, whose names
    change when one of them goes."""
    journey = begun(world)
    before = rules_in(world, 1)
    made = corrected(journey, pages=2)
    rows = rows_of(journey)
    assert all(row.shown_if or row.kind != "company" for row in rows)
    if moved:
        unneeded = next(row for row in rows if row.label == "氏名")
        kept = [row for row in rows if row is not unneeded]
        save(journey, tuple(replace(row, page="2") for row in kept))
        del before["氏名"]
    assert carried_out(journey)
    assert rules_in(world, 2) == before
    with world.reading() as session:
        owners = {row.document_id for row in session.scalars(select(Field)) if row.version == 2}
        assert owners == {made}
        assert session.get_one(Envelope, journey.envelope_id).version == 2
        assert session.scalars(select(Act)).one()


def test_a_correction_says_when_a_condition_lost_its_field(world: World) -> None:
    journey = begun(world)
    corrected(journey)
    save(journey, tuple(row for row in rows_of(journey) if row.label != "区分"))
    with pytest.raises(Refusal, match="fields_do_not_fit"):
        carried_out(journey)


def test_documents_of_before_hold_no_rules(world: World) -> None:
    """The column's own default, which code before this one leaves alone."""
    envelope_id = draft(world)
    [document] = world.documents(envelope_id)
    world.intake.accept(document, InspectedPdf(1, ((595.0, 842.0),), (b"png",)))
    place(world, envelope_id, document, field(document, "a", FieldKind.TEXT, "1"))
    Journey.begin(world, signer("a"), signer("b"), envelope_id=envelope_id)
    with world.reading() as session:
        assert {str(row.rules) for row in session.scalars(select(Field))} == {"{}"}
