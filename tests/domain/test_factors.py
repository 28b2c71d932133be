"""Access codes: which ones may be chosen, and how they are read."""

import pytest

from domain.factors import Factor, code_problem, method, read_code
from identity.codes import hash_code, verify_code


@pytest.mark.parametrize("code", ["482915", "さくら通り12", "a" * 10 + "bc" * 15, "7f-Kq2"])
def test_a_code_that_is_not_easily_guessed_may_be_chosen(code: str) -> None:
    assert code_problem(code) is None


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("12345", "6文字以上"),
        ("     1     ", "6文字以上"),
        ("x" * 41, "40文字以内"),
        ("x" * 5000, "40文字以内"),
        ("000000", "推測されやすい"),
        ("121212", "推測されやすい"),
        ("123456", "推測されやすい"),
        ("987654", "推測されやすい"),
        ("１２３４５６", "推測されやすい"),
        ("abcdef", "推測されやすい"),
        ("4829\n15", "使えない文字"),
        ("4829\u202e15", "使えない文字"),
    ],
)
def test_other_codes_are_refused_in_words(code: str, words: str) -> None:
    problem = code_problem(code)
    assert problem is not None
    assert words in problem.ja
    assert problem.en


def test_a_code_is_the_same_in_any_width() -> None:
    stored = hash_code("４８２９１５")
    assert "482915" not in stored
    assert verify_code(stored, " 482915 ")
    assert not verify_code(stored, "482916")
    assert not verify_code(stored, "4" * 10_000)
    assert not verify_code("", "482915")
    assert read_code("ＡＢ 12") == "AB 12"


def test_the_method_names_every_factor() -> None:
    assert method([]) == "link"
    assert method([Factor.ACCESS_CODE]) == "link+access_code"
