"""Passwords: which may be chosen, how they are stored, how unknown people are judged."""

import time
import unicodedata

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from domain.limits import MIN_PASSWORD_CHARACTERS
from identity import passwords
from identity.passwords import (
    PasswordProblem,
    hash_password,
    needs_new_hash,
    password_problem,
    verify_password,
)


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("short", PasswordProblem.TOO_SHORT),
        ("elevenchars", PasswordProblem.TOO_SHORT),
        ("x" * 129, PasswordProblem.TOO_LONG),
        ("Password1234", PasswordProblem.TOO_COMMON),
        ("aaaaaaaaaaaaaa", PasswordProblem.TOO_COMMON),
        ("hanako.tanaka@city.example", PasswordProblem.TOO_COMMON),
        ("hanako.tanaka", PasswordProblem.TOO_COMMON),
        ("twelve chars", None),
        ("桜の花が咲く春の朝に歩く", None),
        ("x1" + "y" * 126, PasswordProblem.TOO_COMMON),
        ("ΰ山ΐ川" * 20, PasswordProblem.TOO_COMMON),
        ("ねこ舌 印刷機 たそがれ 七輪", None),
        ("9f3kQ7vTz2LmXw", None),
    ],
)
def test_a_new_password_is_judged(password: str, problem: PasswordProblem | None) -> None:
    assert password_problem(password, "hanako.tanaka@city.example", "田中") is problem


def test_a_password_fits_its_own_hash_only() -> None:
    stored = hash_password("correct horse battery")
    assert stored.startswith("$argon2id$")
    assert verify_password(stored, "correct horse battery")
    assert not verify_password(stored, "correct horse Battery")
    assert hash_password("correct horse battery") != stored


def test_the_same_characters_from_another_keyboard_are_the_same_password() -> None:
    composed = "ガギグゲゴという合言葉です"
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed
    assert verify_password(hash_password(composed), decomposed)


def test_an_unknown_person_is_refused_in_the_time_of_a_known_one() -> None:
    stored = hash_password("correct horse battery")
    verify_password(None, "warms the cache")
    began = time.perf_counter()
    verify_password(stored, "wrong")
    known = time.perf_counter() - began
    began = time.perf_counter()
    assert not verify_password(None, "wrong")
    unknown = time.perf_counter() - began
    assert unknown > known / 5


def test_a_very_long_password_costs_no_more_and_never_fits() -> None:
    stored = hash_password("")
    assert not verify_password(hash_password("correct horse battery"), "x" * 1_000_000)
    assert not needs_new_hash(stored)


def test_a_broken_hash_fits_nothing() -> None:
    assert not verify_password("not a hash", "correct horse battery")


def test_a_hash_with_lower_costs_is_to_be_renewed() -> None:
    weak = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$WjyPqmUDXjbpKFE1NXXQig"
    assert needs_new_hash(weak)


def _made_longer(word: str) -> list[str]:
    """As people do whose favourite is too short."""
    short = MIN_PASSWORD_CHARACTERS - len(word)
    return [
        word,
        (word * MIN_PASSWORD_CHARACTERS)[: max(MIN_PASSWORD_CHARACTERS, len(word))],
        word + "1234567890ab"[: max(0, short)],
        word + "!" * max(0, short),
    ]


def test_none_of_the_three_thousand_most_frequent_passwords_may_be_chosen_made_longer_or_not() -> (
    None
):
    """A sample of them all, the same each time: each costs some milliseconds."""
    frequent = FREQUENCY_LISTS["passwords"][:3000]
    assert len(set(frequent)) == 3000
    for word in frequent[:30] + frequent[30::30]:
        for longer in _made_longer(word):
            assert password_problem(longer) is not None, longer


@pytest.mark.parametrize("word", passwords.FAMILIAR)
def test_a_word_that_everybody_here_knows_is_no_password(word: str) -> None:
    assert password_problem(f"{word}1234567890") is PasswordProblem.TOO_COMMON


def test_judging_a_password_costs_little_however_odd_it_is() -> None:
    for odd in ("a" * 128, "ab" * 64, "1qaz" * 32, "\u3042" * 128, "2026" * 32, "@4$" * 40):
        password_problem(odd, "hanako@city.example", "\u0000" * 200)
