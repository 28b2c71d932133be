"""What people enter: what is meant is kept, what cannot be is told in words."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kinds import FieldKind, Language
from domain.lettering import NotPrintable, TooMuch, lettering_words
from domain.settling import AskedField
from domain.values import check_values, drawn_text, shown_text
from tests.domain.letters import SquareLettering

LETTERS = SquareLettering()


def asked(kind: FieldKind = FieldKind.TEXT, **changes: object) -> AskedField:
    words: dict[str, object] = {
        "id": "f1",
        "kind": kind,
        "label": "住所",
        "required": True,
        "options": ("甲", "乙") if kind in {FieldKind.RADIO, FieldKind.DROPDOWN} else (),
        "width": 240.0,
        "height": 24.0,
    }
    return AskedField(**(words | changes))  # type: ignore[arg-type]  # a builder for any column


def value(field: AskedField, typed: str) -> str | None:
    found = check_values([field], {"f1": typed}, LETTERS, Language.JA)
    assert set(found.values) & set(found.problems) == set()
    return found.values.get("f1")


def problem(field: AskedField, typed: str) -> str:
    found = check_values([field], {"f1": typed}, LETTERS, Language.JA)
    assert found.values == {}
    words = found.problems["f1"]
    assert words.ja != words.en
    return words.en


@pytest.mark.parametrize("kind", [kind for kind in FieldKind if kind != "signature"])
def test_a_required_field_is_missed_and_an_optional_one_is_not(kind: FieldKind) -> None:
    for empty in ("", "   ", "\r\n") if kind in {"text", "multiline"} else ("",):
        found = check_values([asked(kind)], {"f1": empty}, LETTERS, Language.JA)
        assert found.missing == {"f1"}
        assert found.problems["f1"].en.startswith("Please")
        free = check_values([asked(kind, required=False)], {"f1": empty}, LETTERS, Language.JA)
        assert not free.values
        assert not free.problems


def test_a_signature_asks_for_no_value() -> None:
    found = check_values([asked(FieldKind.SIGNATURE)], {"f1": "forged"}, LETTERS, Language.JA)
    assert not found.values
    assert not found.problems


def test_text_is_trimmed_and_normalised() -> None:
    assert value(asked(), " か\u3099\t東京 ") == "が 東京"
    assert value(asked(FieldKind.MULTILINE), "一\r\n二\r三") == "一\n二\n三"


@pytest.mark.parametrize("bad", ["a\x00b", "a\x1bb", "a\u202eb", "a\u2028b", "\ud800", "a\ufeffb"])
def test_what_no_document_can_show_is_refused(bad: str) -> None:
    assert "control characters" in problem(asked(), bad)
    assert "control characters" in problem(asked(FieldKind.MULTILINE), bad)


def test_one_line_means_one_line() -> None:
    assert "one line" in problem(asked(), "一\n二")


def test_length_is_told_with_both_numbers() -> None:
    assert problem(asked(max_characters=3), "一二三四") == "Use at most 3 characters (now 4)."
    assert "2000 characters (now 10000)" in problem(asked(), "x" * 10_000)


def test_what_does_not_fit_is_told_with_how_much_is_too_long() -> None:
    assert "2 characters shorter" in problem(asked(width=30.0), "一二三四五六七")
    assert "1 character shorter" in problem(asked(width=30.0), "一二三四五六")
    assert value(asked(FieldKind.MULTILINE, width=30.0), "一二三四五六七") is not None


def test_characters_that_cannot_be_printed_are_named() -> None:
    assert "😀 (U+1F600)" in problem(asked(), "はい😀")


def test_only_offered_options_are_taken() -> None:
    for kind in (FieldKind.RADIO, FieldKind.DROPDOWN):
        assert value(asked(kind), "乙") == "乙"
        for other in ("丙", "甲 ", "on", "甲\n乙"):
            assert "Choose" in problem(asked(kind), other)
    assert value(asked(FieldKind.CHECKBOX), "on") == "on"
    assert "Choose" in problem(asked(FieldKind.CHECKBOX), "off")


@pytest.mark.parametrize(
    "typed",
    [
        "2026-11-25",
        "2026/11/25",
        "2026年11月25日",
        " ２０２６．１１．２５ ",
        "令和8年11月25日",
        "R8.11.25",
        "２０２６年 11月 25日",
    ],
)
def test_a_date_is_understood_as_people_write_it(typed: str) -> None:
    assert value(asked(FieldKind.DATE), typed) == "2026-11-25"


@pytest.mark.parametrize(
    "typed", ["2026-02-30", "2026-13-01", "0001-01-01", "9999-12-31", "tomorrow", "25.11.26"]
)
def test_a_day_that_is_none_is_refused(typed: str) -> None:
    assert problem(asked(FieldKind.DATE), typed)


def test_the_first_year_of_an_era_and_older_eras_are_dates() -> None:
    assert value(asked(FieldKind.DATE), "令和元年5月1日") == "2019-05-01"
    assert value(asked(FieldKind.DATE), "昭和64年1月7日") == "1989-01-07"


def test_a_date_is_drawn_in_the_persons_language() -> None:
    assert drawn_text(FieldKind.DATE, "2026-11-25", Language.JA) == "2026年11月25日"
    assert drawn_text(FieldKind.DATE, "2026-11-25", Language.EN) == "25 November 2026"
    assert drawn_text(FieldKind.CHECKBOX, "on", Language.JA) == ""
    assert drawn_text(FieldKind.RADIO, "甲", Language.JA) == ""
    assert shown_text(FieldKind.RADIO, "甲", Language.JA) == "甲"
    assert drawn_text(FieldKind.TEXT, "甲", Language.EN) == "甲"


def test_what_was_not_asked_for_is_left_out() -> None:
    found = check_values([asked()], {"f1": "x", "f2": "y", "": "z"}, LETTERS, Language.EN)
    assert found.values == {"f1": "x"}


def test_long_lists_of_characters_are_cut_short() -> None:
    words = lettering_words(NotPrintable(tuple(chr(0x1F600 + n) for n in range(12))))
    assert "and 2 more" in words.en
    assert "ほか2文字" in words.ja
    assert "U+200B" in lettering_words(NotPrintable(("\u200b",))).en
    assert "「甲」" in lettering_words(TooMuch(3), "甲").ja


@given(st.sampled_from(list(FieldKind)), st.text(max_size=100), st.booleans())
def test_any_text_is_a_value_or_a_sentence_and_a_value_stays_one(
    kind: FieldKind, typed: str, required: bool
) -> None:
    field = asked(kind, required=required)
    for language in Language:
        found = check_values([field], {"f1": typed}, LETTERS, language)
        assert len(found.values) + len(found.problems) <= 1
        for kept in found.values.values():
            again = check_values([field], {"f1": kept}, LETTERS, language)
            assert again.values == {"f1": kept}
            assert drawn_text(kind, kept, language) is not None
            if kind is FieldKind.DATE:
                assert date.fromisoformat(kept)
