"""What is cut off a picture by hand: whole percentages, and always something left."""

import pytest

from domain.crops import Crop, crop_of, read_crop
from domain.forms import FormCheck


def read(**typed: str) -> tuple[Crop, set[str]]:
    check = FormCheck()
    crop = read_crop(check, {f"crop_{side}": text for side, text in typed.items()})
    return crop, set(check.problems)


def test_empty_fields_cut_nothing_and_blanks_signs_and_wide_digits_are_understood() -> None:
    assert read() == (Crop(), set())
    assert not read(left="", top="0")[0].cuts
    assert read(left=" 10 ", top="5%", right="２０", bottom="0") == (Crop(10, 5, 20, 0), set())


@pytest.mark.parametrize("typed", ["x", "-1", "2.5", "96", "1000", "²", "1 2"])
def test_what_is_no_percentage_is_said_at_its_field(typed: str) -> None:
    crop, wrong = read(left="10", bottom=typed)
    assert wrong == {"crop_bottom"}
    assert crop == Crop(left=10)


def test_something_is_left_in_both_directions() -> None:
    assert read(left="50", right="46")[1] == {"crop_left"}
    assert read(top="95", bottom="1")[1] == {"crop_top"}
    assert read(left="50", right="45", top="0", bottom="95")[1] == set()


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (1600, 1200)])
def test_the_box_lies_within_the_picture_and_is_never_empty(size: tuple[int, int]) -> None:
    for crop in (Crop(), Crop(95, 95, 0, 0), Crop(0, 0, 95, 95), Crop(47, 47, 48, 48)):
        left, top, right, bottom = crop.box(*size)
        assert 0 <= left < right <= size[0]
        assert 0 <= top < bottom <= size[1]
    assert Crop(10, 20, 30, 40).box(1000, 500) == (100, 100, 700, 300)


def test_it_is_kept_as_a_text() -> None:
    assert crop_of(Crop(1, 2, 3, 4).text) == Crop(1, 2, 3, 4)
    assert crop_of(None) is None
    assert crop_of("") is None
