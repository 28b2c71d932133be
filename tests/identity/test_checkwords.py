"""Check words: readable, keyed, and the same for all mails to one person."""

from uuid import UUID, uuid4

import pytest

from domain.checkwords import ALPHABET, CHARACTERS, read_number, read_word
from identity.checkwords import CheckWords

WORDS = CheckWords(b"c" * 32)
PERSON, MAIL = UUID(int=9), "taro@yamada.example"


def test_a_word_is_two_groups_of_letters_that_nobody_confuses() -> None:
    for _ in range(200):
        word = WORDS.word(uuid4(), MAIL)
        assert len(word) == CHARACTERS + 1
        assert word[4] == "-"
        assert set(word.replace("-", "")) <= set(ALPHABET)
    assert not set("0O1ILAEUBSZ") & set(ALPHABET)


def test_a_person_has_one_word_at_one_address_whatever_its_capitals() -> None:
    assert WORDS.word(PERSON, MAIL) == WORDS.word(PERSON, MAIL.upper())
    assert WORDS.word(PERSON, MAIL) != WORDS.word(PERSON, "hanako@yamada.example")
    assert WORDS.word(PERSON, MAIL) != WORDS.word(UUID(int=10), MAIL)


def test_a_word_depends_on_the_key() -> None:
    assert CheckWords(b"d" * 32).word(PERSON, MAIL) != WORDS.word(PERSON, MAIL)
    with pytest.raises(ValueError, match="at least 32 bytes"):
        CheckWords(b"short")


@pytest.mark.parametrize(
    "typed",
    [
        "k7mq-rt3v",
        " K7MQ RT3V ",
        "Ｋ７ＭＱ－ＲＴ３Ｖ",
        "K7MQRT3V",
        "K7MQ–RT3V",
        "Ｋ７ＭＱーＲＴ３Ｖ",
    ],
)
def test_a_word_is_read_however_it_is_typed(typed: str) -> None:
    assert read_word(typed) == "K7MQ-RT3V"


def test_a_number_is_read_in_any_width_and_grouping() -> None:
    assert read_number(" ５０５０ 000-111") == "5050000111"


def test_words_are_spread_evenly() -> None:
    letters = [letter for n in range(2000) for letter in WORDS.word(UUID(int=n), MAIL)]
    counts = [letters.count(letter) for letter in ALPHABET]
    assert min(counts) > 0.8 * sum(counts) / len(ALPHABET)
