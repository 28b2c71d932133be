"""What steers a field besides choices: texts, numbers, days; typed, kept, and judged."""

from dataclasses import replace
from typing import Any

import pytest

from domain.field_conditions import RELATIONS, Condition, Relation, condition_from, condition_typed
from domain.field_rules import FieldRules, rules_of
from domain.fields import DraftField, PlacedOn, check_fields
from domain.forms import FormProblems
from domain.kinds import FieldKind, Language
from domain.settling import AskedField
from domain.typed_fields import TypedField
from domain.values import check_values
from tests.domain.test_field_rules import DOCUMENT, LETTERS, OTHER, SHEET, WHO, asked, row

NUMBER, MONEY, DATE, TEXT = FieldKind.NUMBER, FieldKind.MONEY, FieldKind.DATE, FieldKind.TEXT


def is_asked(source: AskedField, relation: Relation, value: str, typed: str) -> bool:
    rules = FieldRules(condition=Condition("s", value, relation))
    found = check_values(
        [asked("t", rules=rules), source], {"s": typed, "t": "x"}, LETTERS, Language.JA
    )
    assert ("t" in found.hidden) != ("t" in found.values)
    return "t" in found.values


@pytest.mark.parametrize(
    ("kind", "relation", "value", "held", "not_held"),
    [
        (MONEY, Relation.LEAST, "1000", ["1,000", "１０００円", "2000"], ["999", "", "x", "-1"]),
        (MONEY, Relation.MOST, "1000", ["1000", "0", "999"], ["1001", "", "x"]),
        (MONEY, Relation.EQUAL, "1000", ["¥1,000"], ["1001", ""]),
        (MONEY, Relation.FILLED, "", ["0", "5"], ["", "x"]),
        (NUMBER, Relation.LEAST, "9", ["10"], ["8"]),
        (DATE, Relation.LEAST, "2026-04-01", ["令和8年4月1日", "2027-01-01"], ["2026-03-31", ""]),
        (DATE, Relation.MOST, "2026-04-01", ["2026/4/1"], ["2026-04-02", "4月"]),
        (DATE, Relation.EQUAL, "2026-04-01", ["2026年4月1日"], ["2026-04-02"]),
        (TEXT, Relation.EQUAL, "東京都", ["東京都", " 東京都 "], ["京都", ""]),
        (TEXT, Relation.FILLED, "", ["x"], ["", "   "]),
    ],
)
def test_a_value_steers_as_it_was_meant(
    kind: FieldKind, relation: Relation, value: str, held: list[str], not_held: list[str]
) -> None:
    source = asked("s", kind, required=False)
    assert [typed for typed in held if not is_asked(source, relation, value, typed)] == []
    assert [typed for typed in not_held if is_asked(source, relation, value, typed)] == []


def test_what_is_computed_steers_too() -> None:
    rules = rules_of({"computation": {"operation": "sum", "rounding": "down", "terms": ["a", "b"]}})
    total = asked("s", MONEY, rules=rules)
    limit = FieldRules(condition=Condition("s", "500000", Relation.LEAST))
    fields = [asked("t", rules=limit), total, asked("a", MONEY), asked("b", MONEY)]
    found = check_values(fields, {"a": "499999", "b": "0"}, LETTERS, Language.JA)
    assert found.hidden == {"t"}
    found = check_values(fields, {"a": "499999", "b": "1"}, LETTERS, Language.JA)
    assert found.missing == {"t"}


def test_conditions_of_before_are_read_and_kept_as_they_were() -> None:
    old = {"condition": {"field": "FIELD_0003", "value": "法人"}}
    assert rules_of(old).condition == Condition("FIELD_0003", "法人", Relation.IS)
    assert rules_of(old).as_json() == old
    new = {"condition": {"field": "FIELD_0003", "value": "5", "relation": "least"}}
    assert rules_of(new).as_json() == new


@pytest.mark.parametrize("relation", set(Relation))
def test_a_condition_comes_back_from_its_form(relation: Relation) -> None:
    value = "" if relation is Relation.FILLED else "a:b?least"
    condition = Condition("0000000a", value, relation)
    form = condition_typed(condition)
    assert condition_from(form["shown_if"], form["shown_value"]) == condition


def placed(*rows: TypedField) -> tuple[DraftField, ...]:
    return check_fields(rows, {DOCUMENT: SHEET, OTHER: PlacedOn(SHEET.page_sizes)}, WHO, LETTERS)


def objections(*rows: TypedField) -> dict[str, str]:
    with pytest.raises(FormProblems) as caught:
        placed(*rows)
    return {name.split("-", 1)[1]: words.en for name, words in caught.value.problems.items()}


def on(relation: str, value: str = "") -> dict[str, Any]:
    return {"shown_if": f"00000001?{relation}", "shown_value": value}


def test_its_value_is_kept_as_the_other_field_keeps_its_own() -> None:
    rows = [row(1, "money"), replace(row(2, **on("least", "１，０００円")), document=str(OTHER))]
    assert placed(*rows)[1].rules.condition == Condition("00000001", "1000", Relation.LEAST)
    rows = [row(1, "text", pattern="postal_code"), row(2, **on("equal", "〒1000001"))]
    assert placed(*rows)[1].rules.condition == Condition("00000001", "100-0001", Relation.EQUAL)
    rows = [row(1, "date"), row(2, **on("most", "令和8年4月1日"))]
    assert placed(*rows)[1].rules.condition == Condition("00000001", "2026-04-01", Relation.MOST)
    rows = [row(1, "text"), row(2, **on("filled", "left over"))]
    assert placed(*rows)[1].rules.condition == Condition("00000001", "", Relation.FILLED)


@pytest.mark.parametrize(
    ("kind", "condition", "part", "said"),
    [
        ("money", on("least"), "shown_value", "Enter the value"),
        ("money", on("least", "百"), "shown_value", "Enter an amount"),
        ("date", on("most", "soon"), "shown_value", "Enter the date"),
        ("text", on("least", "5"), "shown_if", "does not go with"),
        ("multiline", on("equal", "5"), "shown_if", "does not go with"),
        ("checkbox", on("filled"), "shown_if", "does not go with"),
        ("name", on("filled"), "shown_if", "does not go with"),
        ("text", on("regex", ".*"), "shown_if", "does not go with"),
        ("text", {"shown_if": "00000001:x"}, "shown_if", "does not go with"),
    ],
)
def test_a_condition_that_can_never_be_is_told(
    kind: str, condition: dict[str, Any], part: str, said: str
) -> None:
    assert said in objections(row(1, kind), row(2, **condition))[f"00000002-{part}"]


def test_a_circle_through_two_documents_is_told_at_both() -> None:
    there = replace(row(1, "money", shown_if="00000002?filled"), document=str(OTHER))
    found = objections(there, row(2, "money", operation="sum", terms="00000001"))
    assert set(found) == {"00000001-shown_if", "00000002-terms"}
    assert all("circle" in words for words in found.values())


def test_every_relation_is_of_use() -> None:
    assert {relation for found in RELATIONS.values() for relation in found} == set(Relation)
