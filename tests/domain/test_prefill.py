"""Fields filled in from the address book: what fits their rules, until somebody types."""

from dataclasses import replace
from uuid import uuid4

import pytest

from domain.contacts import Contact
from domain.facts import Source, known_of, known_text, still_known
from domain.field_rules import FieldRules, rules_of
from domain.fields import DraftField
from domain.kinds import FieldKind
from domain.patterns import TextPattern
from domain.prefill import Facts, given, is_fixed, prefilled, sender_note
from domain.settling import AskedField
from tests.domain.letters import SquareLettering

LETTERS = SquareLettering()
CONTACT = Contact(
    name="山田 太郎", mail="taro@example.jp", company="青山建設", title="部長",
    postal_code="100-0001", address="東京都千代田区千代田1-1", phone="+81312345678",
)  # fmt: skip
KEY = uuid4()
FACTS = Facts("山田 次郎", "jiro@example.jp", "赤坂設計", known_of(known_text(KEY, CONTACT)))
"""He was typed over since he was chosen."""


def asked(source: Source, **changes: object) -> AskedField:
    rules = FieldRules(source=source, **changes.pop("rules", {}))  # type: ignore[arg-type]
    field = AskedField("f", FieldKind.TEXT, "欄", required=True, width=300, height=20, rules=rules)
    return replace(field, **changes)  # type: ignore[arg-type]  # the test names each


def first(field: AskedField, facts: Facts = FACTS) -> str:
    return prefilled([field], {}, facts, LETTERS)["f"]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (Source.TITLE, "部長"), (Source.PHONE, "03-1234-5678"), (Source.POSTAL_CODE, "100-0001"),
        (Source.ADDRESS, "東京都千代田区千代田1-1"), (Source.DEPARTMENT, ""),
        # What the envelope itself says of him goes before the copy.
        (Source.NAME, "山田 次郎"), (Source.MAIL, "jiro@example.jp"), (Source.COMPANY, "赤坂設計"),
    ],
)  # fmt: skip
def test_a_field_is_filled_in_with_what_is_known(source: Source, value: str) -> None:
    assert first(asked(source)) == value


def test_what_was_typed_stays_also_where_it_was_emptied() -> None:
    field = asked(Source.TITLE)
    assert prefilled([field], {"f": "専務"}, FACTS, LETTERS) == {"f": "専務"}
    assert prefilled([field], {"f": ""}, FACTS, LETTERS) == {"f": ""}
    assert given([field], {"f": "部長"}, FACTS, LETTERS) == {"f"}
    assert given([field], {"f": "専務"}, FACTS, LETTERS) == frozenset()


@pytest.mark.parametrize(
    "field",
    [
        asked(Source.ADDRESS, max_characters=5),
        asked(Source.ADDRESS, width=12),
        asked(Source.ADDRESS, rules={"pattern": TextPattern.DIGITS}),
    ],
)
def test_what_breaks_the_fields_own_rules_is_left_out_and_its_sender_told(
    field: AskedField,
) -> None:
    assert first(field) == ""
    assert not is_fixed(replace(field, rules=replace(field.rules, fixed=True)), FACTS, LETTERS)
    made = DraftField(
        key="f",
        document=uuid4(),
        person="a",
        kind=field.kind,
        page=0,
        rect=(0, 0, field.width, field.height),
        label="欄",
        required=True,
        options=(),
        max_characters=field.max_characters,
        rules=field.rules,
    )
    note = sender_note(made, FACTS, LETTERS)
    assert note is not None
    assert "千代田" in note.ja
    unknown = sender_note(made, Facts("a"), LETTERS)
    assert unknown is not None
    assert "空欄" in unknown.ja
    fits = replace(made, rect=(0, 0, 300, 20), max_characters=None)
    fits = replace(fits, rules=FieldRules(source=Source.ADDRESS))
    assert sender_note(fits, FACTS, LETTERS) is None


def test_a_fixed_field_holds_what_the_sender_says() -> None:
    field = asked(Source.TITLE, rules={"fixed": True})
    assert prefilled([field], {"f": "forged"}, FACTS, LETTERS) == {"f": "部長"}
    assert is_fixed(field, FACTS, LETTERS)
    assert not is_fixed(field, Facts("a"), LETTERS)
    assert prefilled([field], {"f": "x"}, Facts("a"), LETTERS) == {"f": "x"}


def test_the_rule_is_kept_and_a_field_without_one_is_stored_as_before() -> None:
    rules = FieldRules(source=Source.TITLE, fixed=True)
    assert rules_of(rules.as_json()) == rules
    assert FieldRules().as_json() == {}


def test_the_copy_stays_while_the_person_is_the_same() -> None:
    text = known_text(KEY, CONTACT)
    assert still_known(text, "山田太郎様", "TARO@example.jp") == text
    assert still_known(text, "山田 太郎", "new@example.jp") == text
    assert still_known(text, "佐藤", "sato@example.jp") == ""
    assert still_known(text, "", "") == ""


@pytest.mark.parametrize("text", ["", "x", "[]", "1", '{"title": "部長", "role": "admin"}'])
def test_a_copy_holds_nothing_but_what_can_be_known(text: str) -> None:
    assert set(known_of(text)) <= {"title"}
