"""Access codes: which ones may be chosen, and how they are read."""

import pytest

from domain.factors import Easy, Factor, easy_words, method, read_code
from identity.access_codes import access_code_problem
from identity.codes import hash_code, verify_code


@pytest.mark.parametrize(
    "code",
    ["482915", "さくら通り12", "a" * 10 + "bc" * 15, "7f-Kq2", "山桜のころ咲く", "ΰ山ΐ川" * 10],
)
def test_a_code_that_is_not_easily_guessed_may_be_chosen(code: str) -> None:
    assert access_code_problem(code, "山田 太郎", "taro@yamada.example") is None


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("000000", Easy.REPEATED),
        ("121212", Easy.REPEATED),
        ("112211221122", Easy.REPEATED),
        ("123456", Easy.SEQUENCE),
        ("2468024", Easy.SEQUENCE),
        ("112233", Easy.COMMON),
        ("password", Easy.COMMON),
        ("P@ssw0rd", Easy.COMMON),
        ("himitsu", Easy.COMMON),
        ("20261125", Easy.DATE),
        ("2026年11月25日", Easy.DATE),
        ("R8.11.25", Easy.DATE),
        ("昭和55年5月5日", Easy.DATE),
        ("yamada1", Easy.KNOWN),
        ("taro@yamada.example", Easy.KNOWN),
        ("0312345679", Easy.KNOWN),
        ("清掃業務委託", Easy.KNOWN),
    ],
)
def test_what_somebody_would_try_first_is_refused_with_the_reason(code: str, why: Easy) -> None:
    known = ("山田 太郎", "Yamada", "taro@yamada.example", "03-1234-5679", "清掃業務委託")
    assert access_code_problem(code, *known) == easy_words(why)


def test_a_word_that_everybody_has_may_be_long() -> None:
    title = "清掃業務委託 " + "第一別館および第二別館の" * 20
    assert access_code_problem("清掃業務委託", title) == easy_words(Easy.KNOWN)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("12345", "6文字以上"),
        ("     1     ", "6文字以上"),
        ("x" * 41, "40文字以内"),
        ("x" * 5000, "40文字以内"),
        ("987654", "推測されやすい"),
        ("１２３４５６", "推測されやすい"),
        ("abcdef", "推測されやすい"),
        ("4829\n15", "使えない文字"),
        ("4829\u202e15", "使えない文字"),
    ],
)
def test_other_codes_are_refused_in_words(code: str, words: str) -> None:
    problem = access_code_problem(code)
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
