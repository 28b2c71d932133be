"""Own fields: what may be typed, how definitions change, and how a URL asks for values."""

from dataclasses import replace
from itertools import count

import pytest

from domain.deal_search import TypedSearch, check_search
from domain.disclosure import conditions_words, typed_of
from domain.forms import FormCheck, FormProblems
from domain.own_definitions import (
    TypedOwnField,
    as_typed,
    check_definition,
    rearranged_rows,
    typed_rows,
)
from domain.own_fields import OwnField, OwnKind, check_own, posted_own, value_words
from domain.own_search import LABELS, NONE, condition_name, labels_of


def field(kind: OwnKind, number: int = 1, **more: object) -> OwnField:
    key = f"00000000-0000-4000-8000-{number:012}"
    return replace(OwnField(key, kind, f"項目{number}", f"Field {number}"), **more)  # type: ignore[arg-type]  # each test names them


def checked(one: OwnField, typed: str, known: str | None = None) -> tuple[str, set[str]]:
    check = FormCheck()
    before = None if known is None else {one.id: known}
    found = check_own(check, [one], {one.id: typed}, before)
    return found.get(one.id, ""), set(check.problems)


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (OwnKind.TEXT, " 本庁舎 ", "本庁舎"),
        (OwnKind.MONEY, "￥１，２３４円", "1234"),
        (OwnKind.NUMBER, "－１２．５０", "-12.5"),
        (OwnKind.NUMBER, "1,000", "1000"),
        (OwnKind.NUMBER, "-0", "0"),
        (OwnKind.DATE, "2026/4/1", "2026-04-01"),
        (OwnKind.CHOICE, "乙", "乙"),
        (OwnKind.CHECK, "on", "1"),
        (OwnKind.TEXT, "", ""),
    ],
)
def test_a_value_is_kept_in_one_spelling(kind: OwnKind, typed: str, kept: str) -> None:
    assert checked(field(kind, choices=("甲", "乙")), typed) == (kept, set())


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (OwnKind.TEXT, "字" * 201),
        (OwnKind.TEXT, "上\u202e下"),
        (OwnKind.MONEY, "1.5"),
        (OwnKind.NUMBER, "1.23456"),
        (OwnKind.NUMBER, "9" * 14),
        (OwnKind.NUMBER, "=1+1"),
        (OwnKind.DATE, "2026-02-30"),
        (OwnKind.CHOICE, "丙"),
    ],
)
def test_what_does_not_fit_the_type_is_said_beside_its_input(kind: OwnKind, typed: str) -> None:
    one = field(kind, choices=("甲", "乙"))
    assert checked(one, typed)[1] == {one.name}


@pytest.mark.parametrize("kind", list(OwnKind))
def test_a_required_field_is_asked_for_before_sending_and_after_it_only_if_it_was_known(
    kind: OwnKind,
) -> None:
    one = field(kind, required=True, choices=("甲", "乙"))
    assert checked(one, "")[1] == {one.name}
    assert checked(one, "", known="")[1] == set()  # required since
    assert checked(one, "", known="1")[1] == {one.name}
    assert checked(replace(one, retired=True), "")[1] == set()


def test_a_retired_field_and_one_that_the_form_does_not_show_keep_their_value() -> None:
    retired, shown = field(OwnKind.TEXT, 1, retired=True), field(OwnKind.TEXT, 2)
    known = {retired.id: "前の値", shown.id: "今の値"}
    check = FormCheck()
    assert check_own(check, [retired, shown], {retired.id: "書き換え"}, known) == known
    assert not check.problems


def test_a_choice_that_was_taken_off_the_list_may_stay_but_not_be_chosen() -> None:
    one = field(OwnKind.CHOICE, choices=("甲", "乙"))
    assert checked(one, "旧", known="旧") == ("旧", set())
    assert checked(one, "旧", known="甲")[1] == {one.name}


def test_a_box_that_is_not_ticked_is_known_to_be_shown() -> None:
    one = field(OwnKind.CHECK)
    form = {f"shown-{one.name}": "1", "own-nonsense": "x", "shown-own-../x": "1"}
    assert posted_own(form) == ((one.id, ""),)


def test_values_read_well_in_both_languages() -> None:
    assert value_words(field(OwnKind.MONEY), "1234567").ja == "1,234,567円"
    assert value_words(field(OwnKind.NUMBER), "-1234.5").en == "-1,234.5"
    assert value_words(field(OwnKind.NUMBER), "-0.5").en == "-0.5"
    assert value_words(field(OwnKind.DATE), "2026-04-01").en == "1 Apr 2026"
    assert value_words(field(OwnKind.CHECK), "").ja == "いいえ"


# -- definitions -----------------------------------------------------------------------------------


def definition(*rows: TypedOwnField, before: tuple[OwnField, ...] = ()) -> tuple[OwnField, ...]:
    numbers = count(1)
    return check_definition(rows, before, lambda: f"new-{next(numbers)}")


def test_a_field_keeps_its_id_and_type_and_is_never_taken_out() -> None:
    first, second = field(OwnKind.DATE, 1), field(OwnKind.TEXT, 2)
    renamed = replace(as_typed(first), ja="工期", kind="text")
    found = definition(TypedOwnField(ja="新しい"), renamed, before=(first, second))
    assert [(one.id, one.kind.value, one.ja, one.retired) for one in found] == [
        ("new-1", "text", "新しい", False),
        (first.id, "date", "工期", False),
        (second.id, "text", "項目2", True),
    ]


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (TypedOwnField(en="Site"), "fields-0-ja"),
        (TypedOwnField(ja="型", kind="formula"), "fields-0-kind"),
        (TypedOwnField(ja="区分", kind="choice", choices="一つだけ"), "fields-0-choices"),
        (TypedOwnField(ja="区分", kind="choice", choices="甲\n甲"), "fields-0-choices"),
        (TypedOwnField(ja="区分", kind="choice", choices="甲\n" + "乙" * 201), "fields-0-choices"),
    ],
)
def test_a_definition_says_what_is_wrong_with_which_row(row: TypedOwnField, name: str) -> None:
    with pytest.raises(FormProblems) as found:
        definition(row)
    assert set(found.value.problems) == {name}


def test_two_fields_in_use_have_two_names_and_there_are_forty_at_most() -> None:
    with pytest.raises(FormProblems) as found:
        definition(TypedOwnField(ja="工期"), TypedOwnField(ja="工　期"))
    assert set(found.value.problems) == {"fields-1-ja"}
    with pytest.raises(FormProblems) as found:
        definition(*(TypedOwnField(ja=f"項目{number}") for number in range(41)))
    assert set(found.value.problems) == {"fields"}


def test_rows_are_read_moved_and_added_as_typed() -> None:
    form = {"fields-1-ja": "乙", "fields-0-ja": "甲", "fields-0-required": "yes", "fields-x-ja": ""}
    rows = typed_rows(form)
    assert [(row.ja, row.required) for row in rows] == [("甲", "yes"), ("乙", "")]
    moved = rearranged_rows(rows, "down-0")
    assert moved is not None
    assert [row.ja for row in moved[0]] == ["乙", "甲"]
    assert rearranged_rows(rows, "up-0") == (rows, 0)
    added = rearranged_rows(rows, "add")
    assert added is not None
    assert added[1] == 2
    assert rearranged_rows(rows, "save") is None


# -- searching -------------------------------------------------------------------------------------


def test_a_url_asks_with_the_fields_type_and_comes_back_from_a_row_the_same() -> None:
    money, text = field(OwnKind.MONEY, 1), field(OwnKind.TEXT, 2)
    asked = {
        condition_name(money, "from"): "1,000",
        condition_name(text): "本庁舎",
        "own-text-nonsense": "x",
    }
    typed = TypedSearch.read(asked, ())
    search = check_search(typed)
    assert [(one.kind, one.least, one.text) for one in search.own] == [
        (OwnKind.MONEY, 1000, ""),
        (OwnKind.TEXT, None, "本庁舎"),
    ]
    assert typed_of(typed.as_query()) == typed
    said = conditions_words(typed.as_query() | {LABELS: labels_of(typed.own, [money, text])})
    assert "項目1 1,000 から、項目2「本庁舎」" in said.ja
    assert "Field 1 from 1,000, Field 2 “本庁舎”" in said.en


def test_what_was_not_filled_in_is_asked_for_without_a_value_of_the_same() -> None:
    money, text, box = field(OwnKind.MONEY, 1), field(OwnKind.TEXT, 2), field(OwnKind.CHECK, 3)
    names = [condition_name(one, NONE) for one in (money, text, box)]
    typed = TypedSearch.read(dict.fromkeys(names, "1"), ())
    assert [(one.field, one.blank) for one in check_search(typed).own] == [
        (money.id, True),
        (text.id, True),
    ], "a box that is not ticked is asked for otherwise"
    assert typed_of(typed.as_query()) == typed
    said = conditions_words(typed.as_query() | {LABELS: labels_of(typed.own, [money, text])})
    assert "項目1が未入力、項目2が未入力" in said.ja
    assert "Field 1 not entered, Field 2 not entered" in said.en
    for one, edge in ((money, "from"), (text, "")):
        asked = {condition_name(one, edge): "5", condition_name(one, NONE): "1"}
        with pytest.raises(FormProblems) as found:
            check_search(TypedSearch.read(asked, ()))
        assert set(found.value.problems) == {condition_name(one, edge)}


def test_a_range_that_is_turned_or_unreadable_is_said_beside_it() -> None:
    day = field(OwnKind.DATE)
    for since, until, name in (("2026-05-01", "2026-04-01", "to"), ("soon", "", "from")):
        asked = {condition_name(day, "from"): since, condition_name(day, "to"): until}
        with pytest.raises(FormProblems) as found:
            check_search(TypedSearch.read(asked, ()))
        assert set(found.value.problems) == {condition_name(day, name)}
