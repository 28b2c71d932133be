"""A text in a box: shrunk, broken into lines as Japanese is, or refused with a reason."""

import itertools
import unicodedata

import pytest

from runtime.lettering import (
    LARGEST,
    SMALLEST,
    DoesNotFit,
    Unprintable,
    fit,
    glyphs_of,
    normalised,
    width_of,
)

ADDRESS = "大阪府富田林市常盤町1番1号「庁舎」。電話 0721-25-1000（代表）、担当は総務課です。"


def test_a_short_text_has_the_size_of_a_contracts_text() -> None:
    fitted = fit("山田太郎", 100, 16, multiline=False)
    assert (fitted.lines, fitted.size) == (("山田太郎",), LARGEST)
    assert fitted.width == pytest.approx(4 * LARGEST)


def test_a_longer_text_is_shrunk_to_its_box() -> None:
    fitted = fit("株式会社サンプル 代表取締役 山田太郎", 150, 16, multiline=False)
    assert SMALLEST <= fitted.size < LARGEST
    assert fitted.width <= 150


def test_a_text_too_long_at_the_smallest_size_says_by_how_much() -> None:
    with pytest.raises(DoesNotFit) as caught:
        fit("字" * 50, 100, 16, multiline=False)
    assert caught.value.room == 16
    assert caught.value.excess == 34
    assert fit("字" * caught.value.room, 100, 16, multiline=False).size == SMALLEST


def test_a_low_box_shrinks_too_and_one_without_room_takes_nothing() -> None:
    assert fit("字", 100, 10, multiline=False).size < LARGEST
    with pytest.raises(DoesNotFit):
        fit("字", 100, 6, multiline=False)


@pytest.mark.parametrize("width", range(40, 260, 7))
def test_no_line_begins_or_ends_where_japanese_forbids_it(width: int) -> None:
    lines = fit(ADDRESS * 2, width, 900, multiline=True).lines
    assert "".join(lines).replace(" ", "") == (ADDRESS * 2).replace(" ", "")
    for line in lines:
        assert line[0] not in "、。」）ー"
        assert line[-1] not in "「（"


def test_western_words_and_numbers_are_not_broken() -> None:
    lines = fit("The total is 1,234,567 yen payable in advance.", 80, 200, multiline=True).lines
    words = ["The", "total", "is", "1,234,567", "yen", "payable", "in", "advance."]
    assert list(itertools.chain(*(line.split() for line in lines))) == words


def test_a_word_longer_than_a_line_is_broken_anyway() -> None:
    lines = fit("x" * 60, 80, 200, multiline=True).lines
    assert len(lines) > 1
    assert "".join(lines) == "x" * 60


def test_typed_line_breaks_stay_and_do_not_fit_into_one_line() -> None:
    assert fit("一\r\n\r\n二", 100, 100, multiline=True).lines == ("一", "", "二")
    with pytest.raises(Unprintable) as caught:
        fit("一\n二", 100, 100, multiline=False)
    assert caught.value.names == ("U+000A",)


def test_rare_characters_of_names_are_printable() -> None:
    for name in ("𠮷野家", "髙橋", "山﨑", "辻󠄀", "葛󠄀城", "渡邉", "\ufa4f\ufa19", "①㈱㎡℡ｱｶﾞ"):
        assert fit(name, 200, 16, multiline=False).lines == (normalised(name),)


def test_a_variation_selector_chooses_another_glyph() -> None:
    (plain,), (chosen,) = glyphs_of("辻"), glyphs_of("辻󠄀")
    assert plain.number != chosen.number
    assert width_of("辻󠄀", 10) == width_of("辻", 10) == 10


@pytest.mark.parametrize("character", ["\ufa19", "\ufa1b", "\ufa45", "\ufa26"])
def test_the_shape_of_a_name_survives_the_normal_form(character: str) -> None:
    kept = normalised(character)
    assert unicodedata.is_normalized("NFC", kept)
    assert kept != unicodedata.normalize("NFC", character)
    assert glyphs_of(kept)[0].number == glyphs_of_unnormalised(character)


def glyphs_of_unnormalised(character: str) -> int:
    from runtime.typeface import typeface

    return typeface().glyphs[ord(character)]


def test_composable_accents_are_composed() -> None:
    assert normalised("Cafe\u0301 か\u3099") == "Café が"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("了解😀", ("😀",)),
        ("a\u200bb", ("U+200B",)),
        ("a\u202eb", ("U+202E",)),
        ("a\x00b", ("U+0000",)),
        ("か\u309a", ("U+309A",)),
        ("外\ue000字", ("U+E000",)),
        ("3\ufe0f\u20e3", ("U+0033+U+FE0F", "U+20E3")),
    ],
)
def test_what_cannot_be_shown_is_named(text: str, names: tuple[str, ...]) -> None:
    with pytest.raises(Unprintable) as caught:
        fit(text, 500, 50, multiline=True)
    assert caught.value.names == names


def test_scripts_from_right_to_left_are_told_apart() -> None:
    with pytest.raises(Unprintable) as caught:
        fit("مرحبا", 500, 50, multiline=False)
    assert caught.value.right_to_left
    with pytest.raises(Unprintable) as caught:
        fit("😀", 500, 50, multiline=False)
    assert not caught.value.right_to_left


@pytest.mark.timeout(60)
def test_a_whole_book_is_refused_in_its_time() -> None:
    """A second or so; each letter tried in each size would take hours."""
    with pytest.raises(DoesNotFit):
        fit("長い文章、" * 10_000, 300, 100, multiline=True)
