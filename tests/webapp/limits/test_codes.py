"""Codes of a second factor: once, for this browser's login, and too few tries to guess one."""

from datetime import timedelta

import pyotp
import pytest
from flask.testing import FlaskClient

from domain.limits import CODES_A_DAY, LOGIN_TRIES, LOGIN_WINDOW
from identity.totp import DIGITS, DRIFT_STEPS
from storage.tables import LoginSession
from tests.webapp.clock import Clock
from tests.webapp.stack import PASSWORD, Office
from webapp.login import COOKIE

MAIL = "clerk@city.example"
HIGHEST_CHANCE = 1e-4


@pytest.fixture
def totp(office: Office, clock: Clock) -> pyotp.TOTP:
    """The clerk's second factor, enrolled a minute ago."""
    found = pyotp.TOTP(pyotp.random_base32(32))
    data = {"secret": found.secret, "code": found.at(clock.at), "password": PASSWORD}
    answer = office.browser("clerk").post("/account/code", data=data)
    assert answer.status_code == 303, answer.text
    clock.pass_(minutes=2)
    return found


def _half(office: Office) -> FlaskClient:
    """A browser with the right password and no code yet."""
    browser = office.browser()
    assert str(office.log_in(browser, MAIL).location).startswith("/login/code")
    return browser


def _wrong(totp: pyotp.TOTP, clock: Clock) -> str:
    steps = range(-DRIFT_STEPS - 2, DRIFT_STEPS + 3)
    right = {totp.at(clock.at + timedelta(seconds=30 * step)) for step in steps}
    return min({f"{number:06}" for number in range(len(right) + 1)} - right)


def _try(browser: FlaskClient, code: str) -> int:
    return browser.post("/login/code", data={"code": code}).status_code


def test_a_day_of_guessing_codes_succeeds_with_less_than_one_in_ten_thousand(
    office: Office, clock: Clock, totp: pyotp.TOTP
) -> None:
    """The thief knows the password, and comes from everywhere; the owner comes and goes."""
    known = office.browser()
    office.log_in(known, MAIL)
    assert _try(known, totp.at(clock.at)) == 303
    judged, end = 0, clock.at + timedelta(days=1)
    while clock.at < end:
        thief = _half(office)
        thief.environ_base["REMOTE_ADDR"] = f"192.0.2.{judged}"
        statuses = [_try(thief, _wrong(totp, clock)) for _ in range(LOGIN_TRIES + 1)]
        judged += statuses.count(422)
        clock.pass_(minutes=20)
        office.log_in(known, MAIL)
        assert _try(known, totp.at(clock.at)) == 303
    assert judged <= CODES_A_DAY
    at_once = 2 * DRIFT_STEPS + 1
    assert judged * at_once / 10**DIGITS <= HIGHEST_CHANCE


def test_a_right_code_from_a_new_browser_gives_a_thief_no_further_tries(
    office: Office, clock: Clock, totp: pyotp.TOTP
) -> None:
    assert [_try(_half(office), _wrong(totp, clock)) for _ in range(3)] == [422] * 3
    assert _try(_half(office), totp.at(clock.at)) == 303
    assert [_try(_half(office), _wrong(totp, clock)) for _ in range(3)] == [422, 422, 429]


def test_after_five_wrong_codes_a_quarter_of_an_hour_passes_and_after_ten_a_day(
    office: Office, clock: Clock, totp: pyotp.TOTP
) -> None:
    for _ in range(2):
        for _ in range(LOGIN_TRIES):
            assert _try(_half(office), _wrong(totp, clock)) == 422
        assert _try(_half(office), totp.at(clock.at)) == 429
        clock.pass_(seconds=LOGIN_WINDOW.total_seconds() + 1)
    clock.pass_(hours=23)
    assert _try(_half(office), totp.at(clock.at)) == 429
    clock.pass_(hours=1)
    assert _try(_half(office), totp.at(clock.at)) == 303


def test_a_code_works_once_in_whatever_browser_and_never_again(
    office: Office, clock: Clock, totp: pyotp.TOTP
) -> None:
    code = totp.at(clock.at)
    assert _try(_half(office), code) == 303
    assert _try(_half(office), code) == 422
    earlier = totp.at(clock.at - timedelta(seconds=30))
    assert _try(_half(office), earlier) == 422, "an older code of the same window"
    clock.pass_(seconds=30)
    assert _try(_half(office), code) == 422
    assert _try(_half(office), totp.at(clock.at)) == 303


def test_a_code_is_good_for_half_a_minute_to_each_side_and_no_longer(
    office: Office, clock: Clock, totp: pyotp.TOTP
) -> None:
    code = totp.at(clock.at)
    clock.pass_(seconds=60)
    assert _try(_half(office), code) == 422


def test_a_code_completes_the_login_of_this_browser_and_of_no_other(
    office: Office, clock: Clock, totp: pyotp.TOTP
) -> None:
    """A thief with the password waits beside the owner, and with him knows his session's name."""
    owner, thief = _half(office), _half(office)
    before = owner.get_cookie(COOKIE, domain="localhost")
    assert before is not None
    assert _try(owner, totp.at(clock.at)) == 303
    assert thief.get("/envelopes").status_code == 303
    planted = office.browser()
    planted.set_cookie(COOKIE, before.value, domain="localhost")
    assert str(planted.get("/envelopes").location).startswith("/login")
    assert planted.get("/login/code").location == "/login", "the half login is over"
    assert owner.get("/envelopes").status_code == 200


def test_a_code_without_a_password_opens_nothing(office: Office, totp: pyotp.TOTP) -> None:
    answer = office.browser().post("/login/code", data={"code": totp.now()})
    assert answer.location == "/login"
    assert office.count(LoginSession) == 1
