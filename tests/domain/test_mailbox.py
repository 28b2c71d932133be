"""あなたの文書: its words, and codes that are hard to guess."""

from pathlib import Path

from domain.mailbox import CODE_DIGITS, SHOW_WORDS, STATUS_WORDS, Show, Status, digits_from

TEXT = (Path(__file__).parents[2] / "docs" / "states.md").read_text()


def test_the_table_of_states_has_every_word_in_both_languages() -> None:
    part = TEXT.split("## あなたの文書")[1]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    told = [tuple(cell.strip() for cell in line.strip("|").split("|"))[:2] for line in lines]
    assert told == [tuple(STATUS_WORDS[status]) for status in Status]


def test_every_choice_has_words() -> None:
    assert set(SHOW_WORDS) == set(Show)


def test_a_code_has_six_digits_whatever_the_bytes_are() -> None:
    codes = [digits_from(bytes([n]) * 32) for n in range(256)]
    assert all(len(code) == CODE_DIGITS and code.isdecimal() for code in codes)
    assert digits_from(b"\x00" * 32) == "000000"
    assert len(set(codes)) > 250
