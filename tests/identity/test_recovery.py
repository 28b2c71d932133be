"""Recovery codes: ten, read however they were typed, hashed."""

import pytest

from identity.recovery import (
    CODES,
    LETTERS,
    finder_of,
    new_codes,
    read_recovery,
    verify_recovery,
)


@pytest.fixture(scope="module")
def code() -> tuple[str, str]:
    found = new_codes()
    assert len({one.finder for one in found}) == CODES
    return found[0].shown, found[0].stored


def test_a_code_is_known_by_its_hash_however_it_is_typed(code: tuple[str, str]) -> None:
    shown, stored = code
    wide = "".join(chr(ord(letter) + 0xFEE0) if letter != "-" else "ー" for letter in shown)
    for typed in (shown, shown.lower(), shown.replace("-", " "), f" {shown}\u3000", wide):
        assert verify_recovery(stored, read_recovery(typed)), typed
        assert shown.startswith(finder_of(read_recovery(typed)))
    assert shown.replace("-", "") not in stored


def test_another_code_opens_nothing(code: tuple[str, str]) -> None:
    shown, stored = code
    other = next(letter for letter in LETTERS if letter != shown[-1])
    assert not verify_recovery(stored, read_recovery(shown[:-1] + other))


@pytest.mark.parametrize("typed", ["", "123456", "ABCD-EFGHJ-KLMN", "ABCD-EFGHJ-KLMNO1", "A" * 99])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_recovery(typed) == ""
