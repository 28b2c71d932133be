"""What is looked for in the text of documents, and how letters are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import text_search
from domain.deal_search import TypedSearch, check_search
from domain.forms import FormProblems
from domain.text_search import (
    MAX_GRAMS,
    even_page,
    few_places,
    grams_asked,
    grams_of,
    letters,
    pattern_of,
    places,
    words_of,
)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("工事 請負", ("工事", "請負")),
        ("工事　請負", ("工事", "請負")),
        ('"工事 請負" 契約', ("工事 請負", "契約")),
        ("“工事 請負”", ("工事 請負",)),
        ('工事 "請負', ("工事", "請負")),
        ("工事 工事", ("工事",)),
        ("、 ・", ()),
        ('""', ()),
    ],
)
def test_blanks_part_words_and_quotation_marks_keep_them(typed: str, words: object) -> None:
    assert words_of(typed) == words


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("ｶﾞｽ", "ガス"),
        ("がす", "ガス"),
        ("ＡＢＣ", "abc"),
        ("1000000", "1,000,000"),
        ("青山 建設", "青山\n建設"),
        ("㈱青山", "株式会社青山"),
        ("（株）青山", "株式会社青山"),
        ("株式会社青山", "㈱青山"),
        ("（公財）日本協会", "公益財団法人日本協会"),
        ("公益財団法人日本協会", "（公財）日本協会"),
        ("一般社団法人結", "(一社)結"),
        ("(NPO)結", "特定非営利活動法人結"),
        ("(地独)結", "地方独立行政法人結"),
        ("(同)結", "合同会社結"),
        ("高崎", "髙\n﨑"),
        ("渡邉", "渡辺"),
        ("渡辺", "渡邊"),
        ("葛城", "葛󠄀城"),
        ("ヴァイオリン", "バイオリン"),
        ("バイオリン", "ゔぁいおりん"),
        ("インタビュー", "インタヴュー"),
        ("ラブ", "ラヴ"),
    ],
)
def test_letters_that_count_as_the_same(typed: str, written: str) -> None:
    assert letters(typed) == letters(written)
    assert places([written], [pattern_of(typed)], 1)


def test_a_long_vowel_parts_words_from_each_other() -> None:
    assert not places(["契約することができる"], [pattern_of("コート")], 1)


def test_every_word_has_to_be_in_the_document_and_each_place_is_named_with_its_page() -> None:
    pages = ("仕様書のとおり工事を行う。", None, "監督員の指示に従う。")
    both = [pattern_of("仕様"), pattern_of("監督員")]
    assert [place.page for place in places(pages, both, 9)] == [1, 3]
    assert places(pages, [*both, pattern_of("瑕疵")], 9) == ()


def test_no_more_pairs_are_asked_than_tell_texts_apart() -> None:
    assert grams_asked(["請負代金"]) == (("請負",), ("代金",))
    assert grams_asked(["請負金"]) == (("請負",), ("負金",))
    assert grams_asked(["金"]) == (("金",),)
    assert grams_asked(["高橋"]) == (("高橋", "髙橋"),)
    assert grams_asked(["(公財)結"]) == (("結",), ("公益", "公財"))
    assert len(grams_asked(["".join(map(chr, range(0x4E00, 0x4E60)))])) == MAX_GRAMS


@pytest.mark.parametrize("typed", ["・、", " ".join("甲乙丙丁戊己庚辛壬")])
def test_what_cannot_be_looked_for_is_refused_beside_its_field(typed: str) -> None:
    with pytest.raises(FormProblems) as refused:
        check_search(TypedSearch(text=typed))
    assert list(refused.value.problems) == ["text"]


def test_the_index_keeps_letters_as_it_always_did() -> None:
    """Documents that were indexed years ago are looked for by the same letters."""
    assert grams_of("髙ヴァ(株)") >= {"髙", "髙ヴ", "ヴァ", "ァ株", "株式", "式会", "会社"}
    assert grams_of("(公財)") == {"(", "公", "財", ")", "(公", "公財", "財)"}


WRITTEN = st.text("かカガｶﾞ株式会社(㈱公財㈳団法人)aA １1,・ \nー契高髙ヴばﾞビァﾞュ", max_size=30)


@given(WRITTEN, st.data())
def test_the_index_names_whatever_the_text_holds(page: str, data: st.DataObject) -> None:
    """No word that a page says is lost between the index and the text."""
    start = data.draw(st.integers(0, max(0, len(page) - 1)))
    word = page[start : start + data.draw(st.integers(1, 6))]
    if letters(word) and pattern_of(word).search(even_page(page)):
        assert all(set(ways) & grams_of(page) for ways in grams_asked([word]))


def test_a_list_of_hits_reads_no_page_behind_the_last_that_it_shows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    even = text_search.even_page

    def noted(text: str) -> str:
        read.append(text)
        return even(text)

    monkeypatch.setattr(text_search, "even_page", noted)
    texts = ("第一条 検査", "第二条 騒音", None, f"検査{'。' * 99}騒音", "検査")
    patterns = [pattern_of(word) for word in ("検査", "騒音")]
    assert [place.page for place in few_places(texts, patterns, 3)] == [1, 2, 4]
    assert read == [*texts[:2], "", texts[3]]
    assert few_places(texts, [*patterns, pattern_of("損害")], 3) == ()
