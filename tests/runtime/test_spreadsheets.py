"""Tables in an older encoding, and texts that look like formulas."""

import pytest

from domain.tables import FORMULA_MARKS, cell_value
from runtime.spreadsheets import _SAME, csv_lines, harmless


def in_shift_jis(text: str) -> str:
    (line,) = csv_lines([[text]], "cp932")
    return line.decode("cp932").removesuffix("\r\n")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("令和8年—9年", "令和8年―9年"),
        ("¥1,000", '"￥1,000"'),
        ("10〜20", "10～20"),
        ("1‑2–3", "1‐2‐3"),
        ("A·B • C", "A・B ・ C"),
        ("カ\u3099ラスハ\u309aネル か\u3099", "ガラスパネル が"),
        ("葛\U000e0100飾区", "葛飾区"),
        ("一\u00a0二\u200b三", "一 二三"),
    ],
)
def test_a_letter_that_the_encoding_has_under_another_number_is_written_by_it(
    text: str, written: str
) -> None:
    assert in_shift_jis(text) == written


def test_a_letter_of_a_name_that_the_encoding_has_not_stays_a_mark() -> None:
    assert in_shift_jis("𠮷田 髙橋 é") == "〓田 髙橋 〓"


def test_what_stands_for_a_letter_is_in_the_encoding_and_begins_no_formula() -> None:
    for text in _SAME.values():
        assert str(text).encode("cp932").decode("cp932") == text
        assert harmless(str(text)) == text


@pytest.mark.parametrize("mark", FORMULA_MARKS)
def test_a_formula_in_any_width_is_a_text_and_comes_back_as_it_was(mark: str) -> None:
    evil = f"{mark}1+1"
    assert harmless(evil) == f"'{evil}"
    assert in_shift_jis(harmless(evil)).startswith("'")
    assert cell_value(harmless(evil)) == evil


def test_full_width_signs_are_among_the_marks() -> None:
    assert all(harmless(f"{mark}SUM(A1)").startswith("'") for mark in "＝＋－＠−")
