"""What a ZIP for the tax office calls its files and its scope."""

import pytest

from domain.disclosure import MAX_NAME_BYTES, conditions_words, file_stem, typed_of


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("業務委託契約書", "5050000111-01_業務委託契約書"),
        ("../..\\a:b?.pdf", "5050000111-01_.._.._a_b_.pdf"),
        ("CON", "5050000111-01_CON"),
        ("名前\u202e\x00\n付き", "5050000111-01_名前___付き"),
        ("か\u3099", "5050000111-01_が"),
        (" . ", "5050000111-01"),
    ],
)
def test_a_files_name_is_safe_everywhere(title: str, stem: str) -> None:
    assert file_stem("5050000111", 1, title) == stem


def test_a_long_title_is_cut_between_letters() -> None:
    stem = file_stem("5050000111", 12, "契" * 200)
    assert len(stem.encode()) <= MAX_NAME_BYTES
    assert set(stem.removeprefix("5050000111-12_")) == {"契"}


def test_the_scope_is_told_in_words_and_read_again() -> None:
    query = {"since": "2026-04-01", "least": "1000", "partner": "青山", "blank": ["made_on"]}
    said = conditions_words(query)
    assert said.ja == (
        "取引台帳の検索結果（取引年月日 2026-04-01 から、取引金額 1000 以上、取引先「青山」、"
        "取引年月日が未入力）"
    )
    assert "Amount at least 1000, Partner “青山”, No date" in said.en
    assert conditions_words({}).en == "Search of the register (all transactions)"
    assert typed_of(query).as_query() == query | {"blank": ("made_on",)}
