"""Logging in: who may, how often, for how long, and with which second factor."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from flask.testing import FlaskClient

from domain.limits import LOGIN_TRIES, MEMBER_ABSOLUTE, MEMBER_IDLE
from storage.tables import LedgerEvent, LoginSession, Member
from tests.webapp.pages import check_page
from tests.webapp.stack import PASSWORD, Office, build_office
from webapp.devices import COOKIE as DEVICE
from webapp.login import COOKIE

MAIL = "clerk@city.example"


def _enrol(office: Office, browser: FlaskClient) -> pyotp.TOTP:
    page = check_page(browser.get("/account/code"))
    field = page.find("input", attrs={"name": "secret"})
    assert field is not None
    totp = pyotp.TOTP(str(field["value"]))
    data = {"secret": totp.secret, "code": totp.now(), "password": PASSWORD}
    answer = browser.post("/account/code", data=data)
    assert answer.status_code == 303, answer.text
    return totp


def _later_code(totp: pyotp.TOTP) -> str:
    """A code of the next step, which was not used yet."""
    return totp.at(datetime.now(UTC) + timedelta(seconds=30))


def test_a_wrong_password_and_an_unknown_address_read_the_same(office: Office) -> None:
    wrong = office.log_in(office.browser(), MAIL, "wrong password 123")
    unknown = office.log_in(office.browser(), "nobody@city.example", "wrong password 123")
    assert wrong.status_code == unknown.status_code == 422
    one, other = check_page(wrong), check_page(unknown)
    assert str(one.find(class_="error-summary")) == str(other.find(class_="error-summary"))


def test_what_was_typed_stays_but_the_password_does_not(office: Office) -> None:
    answer = office.log_in(office.browser(), MAIL, "wrong password 123")
    assert MAIL in answer.text
    assert "wrong password 123" not in answer.text


def _from(office: Office, address: str) -> FlaskClient:
    """A browser that nobody has logged in with, somewhere."""
    browser = office.browser()
    browser.environ_base["REMOTE_ADDR"] = address
    return browser


def _guess(office: Office, address: str, times: int = LOGIN_TRIES, mail: str = MAIL) -> list[int]:
    """Statuses of so many wrong passwords."""
    browser = _from(office, address)
    return [office.log_in(browser, mail, "wrong").status_code for _ in range(times)]


def test_five_wrong_passwords_close_the_account_to_that_network(office: Office) -> None:
    assert _guess(office, "192.0.2.1") == [422] * LOGIN_TRIES
    answer = office.log_in(_from(office, "192.0.2.1"), MAIL)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60 + 1
    check_page(answer)


def test_a_stranger_s_guesses_do_not_close_an_account_to_its_owner(office: Office) -> None:
    _guess(office, "192.0.2.1", LOGIN_TRIES + 1)
    assert office.log_in(_from(office, "198.51.100.1"), MAIL).status_code == 303


def test_many_networks_together_close_an_account_to_strangers_but_not_to_known_browsers(
    office: Office,
) -> None:
    known = office.browser("clerk")
    known.post("/logout")
    statuses = [status for host in range(5) for status in _guess(office, f"192.0.2.{host}")]
    assert statuses == [422] * LOGIN_TRIES * 4 + [429] * LOGIN_TRIES
    assert office.log_in(_from(office, "198.51.100.1"), MAIL).status_code == 429
    assert office.log_in(known, MAIL).status_code == 303


def test_a_known_browser_is_known_for_its_own_account_only(office: Office) -> None:
    known = office.browser("admin")
    known.post("/logout")
    known.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    _guess(office, "192.0.2.1")
    assert office.log_in(known, MAIL).status_code == 429
    assert office.log_in(known, office.members["admin"].mail).status_code == 303


def test_a_known_browser_has_five_tries_too(office: Office) -> None:
    known = office.browser("clerk")
    statuses = [office.log_in(known, MAIL, "wrong").status_code for _ in range(LOGIN_TRIES + 1)]
    assert statuses == [422] * LOGIN_TRIES + [429]


def test_a_forged_device_is_a_stranger(office: Office) -> None:
    known = office.browser("clerk")
    cookie = known.get_cookie(DEVICE, domain="localhost")
    assert cookie is not None
    _guess(office, "192.0.2.1")
    for value in ("", "x", cookie.value[:-2], "." + cookie.value, cookie.value.swapcase()):
        browser = _from(office, "192.0.2.1")
        browser.set_cookie(DEVICE, value, domain="localhost")
        assert office.log_in(browser, MAIL).status_code == 429


def test_a_device_alone_opens_nothing_and_names_nobody(office: Office) -> None:
    known = office.browser("clerk")
    cookie = known.get_cookie(DEVICE, domain="localhost")
    assert cookie is not None
    stranger = office.browser()
    stranger.set_cookie(DEVICE, cookie.value, domain="localhost")
    assert stranger.get("/envelopes").status_code == 303
    assert MAIL not in cookie.value
    assert office.log_in(stranger, MAIL, "wrong").status_code == 422


def test_a_password_alone_makes_no_known_browser_where_a_code_is_asked(office: Office) -> None:
    _enrol(office, office.browser("clerk"))
    browser = office.browser()
    office.log_in(browser, MAIL)
    assert browser.get_cookie(DEVICE, domain="localhost") is None


def test_a_lock_out_does_not_end_a_login_that_is_open(office: Office) -> None:
    browser = office.browser("clerk")
    for _ in range(LOGIN_TRIES + 1):
        office.log_in(office.browser(), MAIL, "wrong")
    assert browser.get("/envelopes").status_code == 200


def test_a_right_password_forgets_earlier_slips(office: Office) -> None:
    for _ in range(2):
        browser = office.browser()
        for _ in range(LOGIN_TRIES - 1):
            office.log_in(browser, MAIL, "wrong")
        assert office.log_in(browser, MAIL).status_code == 303


def test_one_network_may_not_try_accounts_without_end(tmp_path: Path, ready_url: str) -> None:
    """Ten times as many as for one account: a whole office may stand behind one address."""
    office = build_office(tmp_path, ready_url, login_tries=1)
    statuses = [
        office.log_in(office.browser(), f"p{number}@city.example", "x").status_code
        for number in range(11)
    ]
    assert statuses == [422] * 10 + [429]
    office.database.close()


def test_an_office_that_logs_in_at_nine_is_no_attack(tmp_path: Path, ready_url: str) -> None:
    office = build_office(tmp_path, ready_url, login_tries=1)
    assert [office.log_in(office.browser(), MAIL).status_code for _ in range(12)] == [303] * 12
    office.database.close()


def test_the_token_changes_at_login_and_only_its_hash_is_stored(office: Office) -> None:
    browser = office.browser()
    browser.set_cookie(COOKIE, "fixed-by-an-attacker", domain="localhost")
    office.log_in(browser, MAIL)
    cookie = browser.get_cookie(COOKIE, domain="localhost")
    assert cookie is not None
    assert cookie.value != "fixed-by-an-attacker"
    assert len(cookie.value) == 43
    with office.database.reading() as session:
        assert session.query(LoginSession).one().token_sha256 != cookie.value


def test_logging_out_ends_the_login_on_the_server(office: Office) -> None:
    browser = office.browser("clerk")
    cookie = browser.get_cookie(COOKIE, domain="localhost")
    assert cookie is not None
    assert browser.post("/logout").status_code == 303
    thief = office.browser()
    thief.set_cookie(COOKIE, cookie.value, domain="localhost")
    assert thief.get("/envelopes").status_code == 303


@pytest.mark.parametrize("column", ["last_seen_at", "created_at"])
def test_a_login_ends_when_idle_and_when_old(office: Office, column: str) -> None:
    browser = office.browser("clerk")
    limit = MEMBER_IDLE if column == "last_seen_at" else MEMBER_ABSOLUTE
    with office.database.transaction() as session:
        login = session.query(LoginSession).one()
        setattr(login, column, datetime.now(UTC) - limit - timedelta(seconds=1))
    assert browser.get("/envelopes").status_code == 303


def test_a_page_that_asks_by_itself_keeps_no_login_alive(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.sent(browser)
    then = datetime.now(UTC) - timedelta(minutes=20)
    with office.database.transaction() as session:
        session.query(LoginSession).one().last_seen_at = then
    browser.get(f"{path}/live")
    with office.database.reading() as session:
        assert session.query(LoginSession).one().last_seen_at == then
    browser.get(path)
    with office.database.reading() as session:
        assert session.query(LoginSession).one().last_seen_at > then


def test_a_part_of_a_page_says_that_the_login_is_over_and_leaves_the_page(office: Office) -> None:
    answer = office.browser().get(
        "/ops/live",
        headers={"HX-Request": "true", "HX-Current-URL": "http://localhost:8080/ops"},
    )
    assert answer.status_code == 401
    assert "HX-Redirect" not in answer.headers
    assert "別のタブでログインし直すと" in answer.text


def test_with_a_second_factor_the_password_alone_opens_nothing(office: Office) -> None:
    totp = _enrol(office, office.browser("clerk"))
    browser = office.browser()
    answer = office.log_in(browser, MAIL)
    assert str(answer.location).startswith("/login/code")
    assert browser.get("/envelopes").status_code == 303
    check_page(browser.get("/login/code"))
    assert browser.post("/login/code", data={"code": "000000"}).status_code == 422
    answer = browser.post("/login/code", data={"code": _later_code(totp), "next": "/account"})
    assert answer.location == "/account"
    assert browser.get("/envelopes").status_code == 200


def test_a_code_works_once(office: Office) -> None:
    totp = _enrol(office, office.browser("clerk"))
    first, second = office.browser(), office.browser()
    office.log_in(first, MAIL)
    office.log_in(second, MAIL)
    code = _later_code(totp)
    assert first.post("/login/code", data={"code": code}).status_code == 303
    assert second.post("/login/code", data={"code": code}).status_code == 422


def test_the_code_that_enrolled_is_used_up(office: Office) -> None:
    totp = _enrol(office, office.browser("clerk"))
    with office.database.reading() as session:
        step = session.get_one(Member, office.members["clerk"].id).totp_last_step
    assert step is not None
    browser = office.browser()
    office.log_in(browser, MAIL)
    used = totp.generate_otp(step)
    assert browser.post("/login/code", data={"code": used}).status_code == 422


def test_codes_are_guessed_five_times_only(office: Office) -> None:
    totp = _enrol(office, office.browser("clerk"))
    browser = office.browser()
    office.log_in(browser, MAIL)
    for _ in range(LOGIN_TRIES):
        browser.post("/login/code", data={"code": "000000"})
    assert browser.post("/login/code", data={"code": _later_code(totp)}).status_code == 429


def test_the_token_changes_again_at_the_code(office: Office) -> None:
    totp = _enrol(office, office.browser("clerk"))
    browser = office.browser()
    office.log_in(browser, MAIL)
    before = browser.get_cookie(COOKIE, domain="localhost")
    browser.post("/login/code", data={"code": _later_code(totp)})
    after = browser.get_cookie(COOKIE, domain="localhost")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_enrolling_wants_the_password_and_closes_other_browsers(office: Office) -> None:
    other, browser = office.browser("clerk"), office.browser("clerk")
    secret = pyotp.random_base32(32)
    answer = browser.post(
        "/account/code", data={"secret": secret, "code": pyotp.TOTP(secret).now(), "password": ""}
    )
    assert answer.status_code == 422
    _enrol(office, browser)
    assert other.get("/envelopes").status_code == 303
    assert browser.get("/envelopes").status_code == 200


def test_the_secret_is_sealed_in_the_database(office: Office) -> None:
    totp = _enrol(office, office.browser("clerk"))
    with office.database.reading() as session:
        sealed = session.get_one(Member, office.members["clerk"].id).totp_sealed
    assert sealed is not None
    assert totp.secret.encode() not in sealed


def test_logins_and_refusals_are_in_the_ledger_without_addresses(office: Office) -> None:
    office.log_in(office.browser(), MAIL, "wrong")
    office.log_in(office.browser(), MAIL)
    with office.database.reading() as session:
        events = session.query(LedgerEvent).all()
    tags = [event.tag for event in events]
    assert "member:login_refused" in tags
    assert "member:logged_in" in tags
    assert not any(MAIL in str(event.data) + event.actor for event in events)


def test_an_older_password_hash_is_renewed_at_login(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    assert office.log_in(office.browser(), MAIL).status_code == 303
    with office.database.reading() as session:
        stored = session.get_one(Member, office.members["clerk"].id).password_hash
    assert "m=65536" in stored


def test_limits_are_settings(tmp_path: Path, ready_url: str) -> None:
    office = build_office(tmp_path, ready_url, login_tries=1)
    assert office.log_in(office.browser(), MAIL, "wrong").status_code == 422
    assert office.log_in(office.browser(), MAIL, "wrong").status_code == 429
    office.database.close()
