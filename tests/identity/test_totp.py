"""One-time codes: accepted in their time, once."""

from datetime import UTC, datetime

import pyotp
import pytest

from identity.totp import accepted_step, new_secret, provisioning_uri

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = datetime(2026, 11, 23, 8, 0, 10, tzinfo=UTC)
STEP = int(NOW.timestamp()) // 30


def _code(steps: int = 0) -> str:
    return pyotp.TOTP(SECRET).generate_otp(STEP + steps)


@pytest.mark.parametrize(
    ("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_code_is_good_for_one_step_to_each_side(steps: int, good: bool) -> None:
    assert accepted_step(SECRET, _code(steps), None, NOW) == (STEP + steps if good else None)


def test_a_code_works_once_and_so_does_every_older_one() -> None:
    step = accepted_step(SECRET, _code(), None, NOW)
    assert accepted_step(SECRET, _code(), step, NOW) is None
    assert accepted_step(SECRET, _code(-1), step, NOW) is None
    assert accepted_step(SECRET, _code(1), step, NOW) == STEP + 1


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "1" * 1000]
)
def test_what_is_no_code_is_refused(typed: str) -> None:
    assert accepted_step(SECRET, typed, None, NOW) is None


def test_spaces_between_digits_do_no_harm() -> None:
    code = _code()
    assert accepted_step(SECRET, f" {code[:3]} {code[3:]} ", None, NOW) == STEP


def test_secrets_are_long_and_new_each_time() -> None:
    assert len({new_secret() for _ in range(20)}) == 20
    assert len(new_secret()) == 32


def test_the_address_behind_the_qr_code_names_service_and_account() -> None:
    uri = provisioning_uri(SECRET, "hanako@city.example", "Musubi")
    assert uri.startswith("otpauth://totp/Musubi:hanako%40city.example?secret=")
