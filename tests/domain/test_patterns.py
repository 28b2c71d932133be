"""Named shapes of a line: what is meant is written one way, the rest is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.patterns import PATTERN_HINTS, PATTERN_WORDS, WRONG_SHAPE, TextPattern, shaped

ODD = "0123456789-－ー−()（） 　〒+アァャヴがぱｶﾞｱﾔー・あ漢a\u2010"


@pytest.mark.parametrize(
    ("pattern", "typed", "kept"),
    [
        ("digits", "０１２３", "0123"),
        ("digits", "12-3", None),
        ("katakana", "ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダ タロウ"),
        ("katakana", "やまだ　たろう", "ヤマダ タロウ"),
        ("katakana", "ジョン・スミス", "ジョン・スミス"),
        ("katakana", "ヴァージニア", "ヴァージニア"),
        ("katakana", "山田", None),
        ("katakana", "Yamada", None),
        ("postal_code", "1000001", "100-0001"),
        ("postal_code", "〒１００－０００１", "100-0001"),
        ("postal_code", "100ー0001", "100-0001"),
        ("postal_code", "100-001", None),
        ("phone", "03-1234-5678", "03-1234-5678"),
        ("phone", "０３（１２３４）５６７８", "03-1234-5678"),
        ("phone", "09012345678", "09012345678"),
        ("phone", "+81 3 1234 5678", "+81-3-1234-5678"),
        ("phone", "1234-5678", None),
        ("phone", "03-1234", None),
        ("phone", "03-1234-5678 内線5", None),
    ],
)
def test_shapes(pattern: str, typed: str, kept: str | None) -> None:
    assert shaped(TextPattern(pattern), typed) == kept


@given(st.sampled_from(list(TextPattern)), st.text(max_size=20) | st.text(ODD, max_size=20))
def test_what_is_kept_is_kept_again(pattern: TextPattern, typed: str) -> None:
    found = shaped(pattern, typed)
    if found is not None:
        assert shaped(pattern, found) == found


def test_each_has_its_words_in_both_languages() -> None:
    for words in (PATTERN_WORDS, PATTERN_HINTS, WRONG_SHAPE):
        assert set(words) == set(TextPattern)
        assert all(said.ja and said.en and said.ja != said.en for said in words.values())
