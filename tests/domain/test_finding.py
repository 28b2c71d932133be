"""Finding words in pages, as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.finding import find
from domain.limits import FOUND_PLACES

PAGES = (
    "業務委託契約書\n第１条 ｺﾝｻﾙﾃｨﾝｸﾞ業\n務を委託する。",
    "",
    None,
    "Confidential INFORMATION (NDA)",
)


@pytest.mark.parametrize(
    ("typed", "page", "words"),
    [
        ("業務を", 1, "業務を"),
        ("第1条", 1, "第1条"),
        ("第１条", 1, "第1条"),
        ("コンサルティング", 1, "コンサルティング"),
        ("confidential information", 4, "Confidential INFORMATION"),
        ("ｎｄａ", 4, "NDA"),
        ("(NDA)", 4, "(NDA)"),
    ],
)
def test_width_case_and_breaks_of_lines_do_not_count(typed: str, page: int, words: str) -> None:
    (place,) = find(PAGES, typed)
    assert (place.page, place.words) == (page, words)


def test_a_hit_is_shown_with_what_stands_around_it() -> None:
    (place,) = find(PAGES, "委託する")
    assert place.before == "業務委託契約書第1条 コンサルティング業務を"[-30:]
    assert place.after == "。"


@pytest.mark.parametrize("typed", ["", "  ", "\u3000", "無い言葉", ".*", "委.託"])
def test_nothing_is_found_where_nothing_is(typed: str) -> None:
    assert find(PAGES, typed) == ()


def test_hits_are_limited() -> None:
    assert len(find(["あ" * 10_000], "あ")) == FOUND_PLACES


LETTERS = st.text("あア亜契約aB19 ９Ｂ\n", max_size=40)


@given(st.lists(LETTERS, max_size=4), LETTERS)
def test_every_page_that_holds_the_words_is_found(texts: list[str], typed: str) -> None:
    found = {place.page for place in find(texts, typed)}
    if typed.strip():
        assert {n for n, text in enumerate(texts, 1) if typed in text} <= found
