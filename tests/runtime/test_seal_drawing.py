"""Seals made from names."""

from contextlib import suppress
from io import BytesIO

import pytest
from PIL import Image

from runtime.seal_drawing import INK, SIDE, NoSeal, SealForm, draw_seal
from signing.frames import Frame
from signing.work.cleaning import clean
from tests.hostile import NAMES


def seal(text: str, form: SealForm = SealForm.ROUND) -> Image.Image:
    return Image.open(BytesIO(draw_seal(text, form)))


def inked(image: Image.Image, *box: float) -> float:
    """Share of a part of the picture that is ink; the picture is 1 by 1."""
    part = image.getchannel("A").crop(tuple(round(edge * SIDE) for edge in box))  # type: ignore[arg-type]
    return sum(part.histogram()[128:]) / (part.width * part.height)


@pytest.mark.parametrize("form", SealForm)
@pytest.mark.parametrize(
    "text", ["山", "山田", "小野寺", "五十嵐 花子", "サトー", "髙﨑", "Li", "Smith"]
)
def test_a_name_stands_within_the_outline_in_vermilion(form: SealForm, text: str) -> None:
    image = seal(text, form)
    assert (image.mode, image.size) == ("RGBA", (SIDE, SIDE))
    assert image.getpixel((SIDE // 2, round(SIDE / 24) + 4)) == (*INK, 255)
    assert inked(image, 0.2, 0.2, 0.8, 0.8) > 0.03
    assert inked(image, 0, 0, 0.02, 0.02) == 0
    # between the outline and the letters there is air all around
    for box in ((0.46, 0.1, 0.54, 0.11), (0.1, 0.46, 0.11, 0.54)):
        assert inked(image, *box) == 0


def test_columns_run_from_right_to_left() -> None:
    image = seal("一一龍龍", SealForm.SQUARE)
    assert inked(image, 0.1, 0.1, 0.5, 0.9) > 3 * inked(image, 0.5, 0.1, 0.9, 0.9)


def test_letters_of_a_column_run_downwards() -> None:
    image = seal("一龍")
    assert inked(image, 0.3, 0.5, 0.7, 0.85) > 3 * inked(image, 0.3, 0.15, 0.7, 0.5)


def test_a_long_vowel_stands_upright_in_a_column() -> None:
    image = seal("ー")
    assert inked(image, 0.45, 0.2, 0.55, 0.8) > inked(image, 0.2, 0.45, 0.8, 0.55)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", SealForm.ROUND),
        (" \u3000", SealForm.SQUARE),
        ("山田太郎左衛門", SealForm.ROUND),
        ("Wolfeschlegelsteinhausen", SealForm.SQUARE),
        ("株" * 26, SealForm.SQUARE),
    ],
)
def test_nothing_and_too_much_are_refused(text: str, form: SealForm) -> None:
    with pytest.raises(NoSeal) as refused:
        draw_seal(text, form)
    assert refused.value.missing == ""


def test_characters_that_the_typeface_lacks_are_named() -> None:
    with pytest.raises(NoSeal) as refused:
        draw_seal("山😀ع", SealForm.ROUND)
    assert refused.value.missing == "😀ع"


def test_any_name_is_drawn_or_refused() -> None:
    for name in NAMES:
        for form in SealForm:
            with suppress(NoSeal):
                assert draw_seal(name[:40], form).startswith(b"\x89PNG")


@pytest.mark.parametrize("form", SealForm)
def test_a_seal_comes_whole_through_the_cleaning(form: SealForm) -> None:
    answer = clean(Frame("clean", parts=(draw_seal("山田", form),)))
    with Image.open(BytesIO(answer.parts[0])) as cleaned:
        assert cleaned.size[0] > 0.85 * SIDE
        middle = cleaned.getpixel((cleaned.width // 2, 8))
    assert middle == (*INK, 255)
