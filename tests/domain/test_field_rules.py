"""Rules between fields: what is asked for, computed, filled in; and what a sender may ask."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.depending import circles, in_order
from domain.field_conditions import Condition
from domain.field_rules import Computation, FieldRules, Operation
from domain.fields import DraftField, PlacedOn, check_fields
from domain.forms import FormProblems
from domain.kinds import FieldKind, Language
from domain.patterns import TextPattern
from domain.prefill import Facts, prefilled
from domain.rule_check import typed_rules
from domain.settling import AskedField
from domain.typed_fields import TypedField, typed_field
from domain.values import CheckedValues, check_values
from tests.domain.letters import SquareLettering

LETTERS = SquareLettering()
DOCUMENT, OTHER = UUID(int=1), UUID(int=2)
WHO = {"aaaaaaaa": "山田 太郎", "bbbbbbbb": "鈴木 一郎"}
SHEET = PlacedOn(((595.0, 842.0),))


def asked(key: str, kind: FieldKind = FieldKind.TEXT, **changes: object) -> AskedField:
    options = ("法人", "個人") if kind in {FieldKind.RADIO, FieldKind.DROPDOWN} else ()
    words: dict[str, object] = {
        "id": key, "kind": kind, "label": key, "required": True, "options": options,
        "width": 400.0, "height": 24.0,
    }  # fmt: skip
    return AskedField(**(words | changes))  # type: ignore[arg-type]  # a builder for any column


def when(field: str, value: str) -> FieldRules:
    return FieldRules(condition=Condition(field, value))


def made_of(operation: Operation, *terms: str, **more: object) -> FieldRules:
    return replace(FieldRules(computation=Computation(operation, terms)), **more)  # type: ignore[arg-type]


def check(fields: list[AskedField], **typed: str) -> CheckedValues:
    found = check_values(fields, typed, LETTERS, Language.JA)
    assert not set(found.values) & (set(found.problems) | found.hidden)
    assert not set(found.problems) & found.hidden
    again = check_values(fields, found.values, LETTERS, Language.JA)
    assert again.values == found.values, "what an act froze is found again by who signs"
    return found


# -- conditions ------------------------------------------------------------------------------------


def test_a_field_is_asked_for_only_while_its_condition_holds() -> None:
    fields = [
        asked("company", rules=when("kind", "法人")),
        asked("kind", FieldKind.RADIO),
        asked("why", rules=when("box", "on")),
        asked("box", FieldKind.CHECKBOX, required=False),
    ]
    found = check(fields, kind="個人", company="青山建設", why="急ぎ")
    assert found.values == {"kind": "個人"}
    assert found.hidden == {"company", "why"}
    assert not found.problems
    found = check(fields, kind="法人", company="青山建設", box="on")
    assert found.values == {"kind": "法人", "company": "青山建設", "box": "on"}
    assert found.missing == {"why"}


def test_what_hangs_on_a_hidden_field_is_hidden_whatever_was_typed() -> None:
    fields = [
        asked("c", rules=when("b", "on")),
        asked("b", FieldKind.CHECKBOX, rules=when("a", "on")),
        asked("a", FieldKind.CHECKBOX, required=False),
    ]
    assert check(fields, b="on", c="x").hidden == {"b", "c"}
    assert check(fields, a="on", b="on", c="x").values == {"a": "on", "b": "on", "c": "x"}


def test_rows_that_go_round_in_a_circle_ask_for_nothing_and_break_nothing() -> None:
    fields = [
        asked("a", FieldKind.CHECKBOX, rules=when("b", "on")),
        asked("b", FieldKind.CHECKBOX, rules=when("a", "on")),
        asked("t", rules=when("gone", "on")),
    ]
    assert check(fields, a="on", b="on", t="x").hidden == {"a", "b", "t"}


@given(
    st.dictionaries(
        st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefgh"), max_size=3), max_size=8
    )
)
def test_each_field_comes_after_those_that_it_needs(needs: dict[str, list[str]]) -> None:
    order = in_order(needs)
    assert sorted(order) == sorted(needs)
    round_ = circles(needs)
    for name in set(needs) - round_:
        for need in set(needs[name]) & set(needs) - round_:
            assert order.index(need) < order.index(name)


@given(
    st.dictionaries(
        st.sampled_from("abcdef"),
        st.tuples(st.sampled_from("abcdefx"), st.booleans(), st.sampled_from(["", "on", "?"])),
        min_size=1,
    )
)
def test_hidden_fields_never_have_values_nor_are_missed(
    rows: dict[str, tuple[str, bool, str]],
) -> None:
    fields = [
        asked(key, FieldKind.CHECKBOX, required=required, rules=when(source, "on"))
        for key, (source, required, _) in rows.items()
    ]
    fields.append(asked("x", FieldKind.CHECKBOX, required=False))
    typed = {key: value for key, (_, _, value) in rows.items()} | {"x": "on"}
    found = check(fields, **typed)
    for field in fields[:-1]:
        source = field.rules.names[0]
        assert (field.id in found.hidden) == (found.values.get(source) != "on")


# -- computed fields -------------------------------------------------------------------------------

INVOICE = [
    asked("total", FieldKind.MONEY, rules=made_of(Operation.SUM, "subtotal", "tax")),
    asked("tax", FieldKind.MONEY, rules=made_of(Operation.TAX_10, "subtotal")),
    asked("subtotal", FieldKind.MONEY, rules=made_of(Operation.PRODUCT, "price", "count")),
    asked("price", FieldKind.MONEY),
    asked("count", FieldKind.NUMBER, rules=FieldRules(decimals=2)),
]


def test_an_invoice_is_computed_through_all_its_steps() -> None:
    found = check(INVOICE, price="１，９９９", count="1.5", total="1", tax="999999")
    assert found.values == {
        "price": "1999", "count": "1.5", "subtotal": "2998", "tax": "299", "total": "3297"
    }  # fmt: skip


def test_nothing_is_computed_of_what_cannot_be_read_and_nothing_computed_is_missed() -> None:
    found = check(INVOICE, price="abc", count="2")
    assert set(found.problems) == {"price"}
    assert found.values == {"count": "2"}
    assert not found.missing
    found = check(INVOICE, count="2")
    assert found.missing == {"price"}


def test_a_sum_goes_on_without_what_is_not_asked_for() -> None:
    fields = [
        asked("sum", FieldKind.MONEY, rules=made_of(Operation.SUM, "a", "b")),
        asked("a", FieldKind.MONEY),
        asked("b", FieldKind.MONEY, rules=when("box", "on")),
        asked("box", FieldKind.CHECKBOX, required=False),
    ]
    assert check(fields, a="100", b="50").values["sum"] == "100"
    assert check(fields, a="100", b="50", box="on").values["sum"] == "150"


def test_a_result_that_is_too_large_is_told_and_not_drawn() -> None:
    found = check(INVOICE, price="999,999,999,999,999", count="999")
    assert set(found.problems) == {"subtotal"}
    assert "15" in found.problems["subtotal"].ja
    assert "too large" in found.problems["subtotal"].en
    limited = [replace(INVOICE[2], rules=replace(INVOICE[2].rules, most=Decimal(1000)))]
    found = check([*limited, *INVOICE[3:]], price="600", count="2")
    assert found.problems["subtotal"].en == "Computed result: This must be at most ¥1,000."


def test_a_result_that_its_box_cannot_show_is_told() -> None:
    narrow = replace(INVOICE[2], width=20.0)
    found = check([narrow, *INVOICE[3:]], price="123456789", count="1")
    assert set(found.problems) == {"subtotal"}


# -- numbers, patterns, facts ----------------------------------------------------------------------


def test_numbers_keep_to_their_range_and_decimals() -> None:
    field = asked(
        "n", FieldKind.NUMBER, rules=FieldRules(least=Decimal(-1), most=Decimal(10), decimals=1)
    )
    assert check([field], n="9.50").values == {"n": "9.5"}
    assert check([field], n="9.55").problems["n"].en == "At most 1 digit after the point."
    assert check([field], n="-2").problems["n"].ja == "-1以上にしてください。"
    assert check([field], n="11").problems["n"].en == "This must be at most 10."
    assert (
        check([asked("n", FieldKind.NUMBER)], n="1.5").problems["n"].ja.startswith("小数点以下は")
    )


def test_an_amount_is_not_negative_unless_the_sender_says_so() -> None:
    assert (
        check([asked("m", FieldKind.MONEY)], m="-1").problems["m"].ja == "0円以上にしてください。"
    )
    free = asked("m", FieldKind.MONEY, rules=FieldRules(least=Decimal(-500)))
    assert check([free], m="△500").values == {"m": "-500"}


def test_a_patterned_line_is_kept_one_way_or_told() -> None:
    field = asked("t", rules=FieldRules(pattern=TextPattern.POSTAL_CODE), max_characters=8)
    assert check([field], t="〒1000001").values == {"t": "100-0001"}
    assert "100-0001" in check([field], t="千代田区").problems["t"].ja


FACTS = Facts("山田 太郎", "taro@example.jp", "青山建設")


def test_facts_are_filled_in_until_somebody_types() -> None:
    fields = [asked("n", FieldKind.NAME), asked("m", FieldKind.MAIL), asked("c", FieldKind.COMPANY)]
    found = prefilled(fields, {"c": ""}, FACTS, LETTERS)
    assert found == {"n": "山田 太郎", "m": "taro@example.jp", "c": ""}
    assert check(fields, **found).missing == {"c"}
    assert prefilled(fields, {"n": "山田 次郎"}, FACTS, LETTERS)["n"] == "山田 次郎"


def test_a_fixed_fact_stays_unless_it_is_unknown_or_cannot_be_shown() -> None:
    fields = [
        replace(asked(kind.value, kind), rules=FieldRules(fixed=True))
        for kind in (FieldKind.NAME, FieldKind.MAIL, FieldKind.COMPANY)
    ]
    typed = {"name": "forged", "mail": "forged@example.jp", "company": "forged"}
    assert prefilled(fields, typed, FACTS, LETTERS) == {
        "name": FACTS.name, "mail": FACTS.mail, "company": FACTS.company,
    }  # fmt: skip
    unknown = prefilled(fields, typed, replace(FACTS, company=""), LETTERS)
    assert unknown["company"] == "forged"
    narrow = [replace(fields[0], width=6.0)]
    assert prefilled(narrow, typed, FACTS, LETTERS)["name"] == "forged"


def test_an_address_is_checked_like_every_address() -> None:
    field = asked("m", FieldKind.MAIL)
    assert check([field], m=" ｔａｒｏ@example.jp ").values == {"m": "taro@example.jp"}
    assert "taro@example.jp" in check([field], m="taro@").problems["m"].en


# -- as a sender types them ------------------------------------------------------------------------


def row(number: int, kind: str = "text", **changes: str) -> TypedField:
    words: dict[str, Any] = {
        "person": "aaaaaaaa", "x": "20", "y": str(10 + 14 * number), "width": "60", "height": "10",
        "label": f"欄{number}", "options": "法人\n個人" if kind in {"radio", "dropdown"} else "",
    }  # fmt: skip
    return TypedField(f"{number:08x}", str(DOCUMENT), kind=kind, **words | changes)


def placed(*rows: TypedField) -> tuple[DraftField, ...]:
    return check_fields(rows, {DOCUMENT: SHEET, OTHER: SHEET}, WHO, LETTERS)


def problems(*rows: TypedField) -> dict[str, str]:
    with pytest.raises(FormProblems) as caught:
        placed(*rows)
    assert all(words.ja and words.ja != words.en for words in caught.value.problems.values())
    return {name: words.en for name, words in caught.value.problems.items()}


def test_everything_that_a_sender_can_ask_comes_through_and_back() -> None:
    rows = [
        row(1, "radio", height="20"),
        row(3, "money", least="0", most="１,000,000", guide="税抜き", shown_if="00000001:法人"),
        row(4, "number", decimals="2"),
        row(5, "money", operation="product", terms="00000003 00000004", rounding="half_up"),
        row(6, "text", pattern="phone"),
        row(7, "name", fixed="on"),
    ]
    found = placed(*rows)
    assert found[1].rules == FieldRules(
        guide="税抜き",
        least=Decimal(0),
        most=Decimal(1000000),
        condition=Condition("00000001", "法人"),
    )
    assert not found[3].required
    for made, typed in zip(found, rows, strict=True):
        again: dict[str, Any] = {**typed_rules(made.rules)}
        assert typed_field(replace(typed, **again).as_json()) == replace(typed, **again)
        assert placed(*[replace(one, **again) if one is typed else one for one in rows]) == found


def test_what_another_kind_left_behind_is_no_matter() -> None:
    [made] = placed(row(1, "checkbox", least="x", pattern="?", operation="sum", fixed="on"))
    assert made.rules == FieldRules()


def test_rules_that_cannot_be_are_told_at_their_place() -> None:
    found = problems(
        row(1, "money", least="10", most="5"),
        row(2, "number", least="x", decimals="9"),
        row(3, "text", pattern="[a-z]+", guide="x" * 201),
        row(4, "money", operation="sum"),
        row(5, "money", operation="minus", terms="00000001"),
        row(6, "money", operation="tax10", terms="00000001", rounding="random"),
    )
    assert set(found) == {
        "field-00000001-most", "field-00000002-least", "field-00000002-decimals",
        "field-00000003-pattern", "field-00000003-guide", "field-00000004-terms",
        "field-00000005-operation", "field-00000006-rounding",
    }  # fmt: skip


def test_what_a_rule_names_must_be_there_and_the_same_persons() -> None:
    found = problems(
        row(1, "checkbox"),
        row(2, shown_if="99999999:on"),
        row(3, shown_if="00000001:off"),
        row(4, person="bbbbbbbb", shown_if="00000001:on"),
        replace(row(5, shown_if="00000001:on"), document=str(OTHER)),
        row(6, shown_if="00000007:x"),
        row(7),
        row(8, "money", operation="sum", terms="00000007"),
        row(9, "money", operation="sum", terms="99999999"),
        row(10, "radio", height="20", shown_if="nonsense"),
    )
    elsewhere = "This can depend only on fields of the same person"
    assert {name.split("-", 1)[1]: text.split(".")[0] for name, text in found.items()} == {
        "00000002-shown_if": "The field that this depends on is gone",
        "00000003-shown_if": "The option of this condition is gone",
        "00000004-shown_if": elsewhere,
        "00000006-shown_if": "This condition does not go with the kind of that field",
        "00000008-terms": "Only numbers and amounts can be computed with",
        "00000009-terms": "The field that this depends on is gone",
        "0000000a-shown_if": "The field that this depends on is gone",
    }


def test_circles_are_told_at_each_field_of_theirs_and_chains_are_welcome() -> None:
    chain = [row(1, "checkbox")]
    chain += [row(n, "checkbox", shown_if=f"{n - 1:08x}:on") for n in range(2, 6)]
    assert len(placed(*chain)) == 5
    chain[0] = replace(chain[0], shown_if="00000003:on")
    assert set(problems(*chain)) == {f"field-0000000{n}-shown_if" for n in (1, 2, 3)}
    assert set(problems(row(1, "checkbox", shown_if="00000001:on"))) == {"field-00000001-shown_if"}
    sums = [
        row(1, "money", operation="sum", terms="00000002"),
        row(2, "money", operation="sum", terms="00000001 00000003"),
        row(3, "money"),
    ]
    assert set(problems(*sums)) == {"field-00000001-terms", "field-00000002-terms"}


def test_a_bound_that_its_box_cannot_show_is_the_senders_to_mend() -> None:
    narrow = row(1, "money", most="999999999999999", width="15", height="5")
    assert set(problems(narrow)) == {"field-00000001-width"}


def test_a_row_of_before_is_kept_as_it_was() -> None:
    old = {"key": "00000001", "document": str(DOCUMENT), "person": "aaaaaaaa", "kind": "text",
           "page": "1", "x": "1", "y": "1", "width": "1", "height": "1", "label": "x",
           "required": True, "options": "", "max_characters": ""}  # fmt: skip
    assert typed_field(old).as_json() == old
