"""Passwords: which may be chosen, how they are stored, how unknown people are judged."""

import time
import unicodedata

import pytest

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
        ("x1" + "y" * 126, None),
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


def test_the_list_of_common_passwords_holds_what_the_length_lets_through() -> None:
    assert all(len(word) >= 12 for word in passwords.COMMON)
