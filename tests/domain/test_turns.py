"""What a form says of its place among the forms of its page."""

import pytest

from domain.turns import MAX_TURN, Turn, turn_of

PEN = "0123456789abcdef" * 2


def test_a_page_names_itself_and_counts() -> None:
    assert turn_of({"pen": PEN, "turn": "7"}) == Turn(PEN, 7)
    assert turn_of({"pen": PEN, "turn": str(MAX_TURN)}) == Turn(PEN, MAX_TURN)


@pytest.mark.parametrize("turn", ["", "0", "-1", "1.5", "１", "x", str(MAX_TURN + 1), "9" * 5000])
def test_a_number_that_none_of_our_pages_sends_says_nothing(turn: str) -> None:
    assert turn_of({"pen": PEN, "turn": turn}) is None


@pytest.mark.parametrize("pen", ["", "x", PEN.upper(), PEN + "0", "'; --" + PEN])
def test_a_pen_that_none_of_our_pages_has_says_nothing(pen: str) -> None:
    assert turn_of({"pen": pen, "turn": "1"}) is None


def test_a_page_without_scripts_says_nothing() -> None:
    assert turn_of({}) is None
