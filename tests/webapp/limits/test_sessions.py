"""Logins and visits: new at every step up, over when idle, when old, and when somebody says so."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from cli.main import main
from domain.limits import MEMBER_ABSOLUTE, MEMBER_IDLE
from storage.tables import LoginSession, Member
from tests.webapp.clock import Clock
from tests.webapp.stack import PASSWORD, Office
from webapp.login import COOKIE

MAIL = "clerk@city.example"


def _token(browser: FlaskClient) -> str:
    cookie = browser.get_cookie(COOKIE, domain="localhost")
    assert cookie is not None
    return cookie.value


def _is_in(browser: FlaskClient) -> bool:
    return browser.get("/envelopes").status_code == 200


def _with(office: Office, token: str) -> FlaskClient:
    browser = office.browser()
    browser.set_cookie(COOKIE, token, domain="localhost")
    return browser


def _command(url: str, *words: str) -> str:
    result = CliRunner().invoke(main, ["user", *words], env={"MUSUBI_DATABASE_URL": url})
    assert result.exit_code == 0, result.output
    return result.output


def test_a_login_is_over_after_thirty_idle_minutes_and_not_before(
    office: Office, clock: Clock
) -> None:
    assert MEMBER_IDLE.total_seconds() == 30 * 60
    browser = office.browser("clerk")
    for _ in range(3):
        clock.pass_(minutes=30)
        assert _is_in(browser)
    clock.pass_(minutes=30, seconds=1)
    assert not _is_in(browser)


def test_a_login_is_over_after_twelve_hours_however_busy(office: Office, clock: Clock) -> None:
    assert MEMBER_ABSOLUTE.total_seconds() == 12 * 3600
    browser = office.browser("clerk")
    for _ in range(12 * 3):
        clock.pass_(minutes=20)
        assert _is_in(browser)
    clock.pass_(seconds=1)
    assert not _is_in(browser)


def test_logging_in_again_gives_a_new_token_and_ends_the_old_one(
    office: Office, clock: Clock
) -> None:
    browser = office.browser("clerk")
    old = _token(browser)
    assert office.log_in(browser, MAIL).status_code == 303
    assert _token(browser) != old
    assert not _is_in(_with(office, old))
    assert _is_in(browser)


def test_a_session_that_a_stranger_planted_becomes_nobody_s(office: Office, clock: Clock) -> None:
    """Fixation: the thief's own live login in the victim's browser does not become the victim's."""
    thief = office.browser("neighbour")
    victim = _with(office, _token(thief))
    assert office.log_in(victim, MAIL).status_code == 303
    assert _token(victim) != _token(thief)
    assert not _is_in(thief), "what was planted ends at the login"
    assert "clerk@city.example" in victim.get("/account").text


def test_logging_out_kills_the_token_wherever_it_is(office: Office, clock: Clock) -> None:
    browser = office.browser("clerk")
    copy = _with(office, _token(browser))
    assert _is_in(copy)
    browser.post("/logout")
    assert not _is_in(copy)


def test_a_disabled_member_is_out_at_the_next_request(office: Office, ready_url: str) -> None:
    browser, other = office.browser("clerk"), office.browser("clerk")
    assert _is_in(browser)
    _command(ready_url, "disable", MAIL)
    assert not _is_in(browser)
    assert not _is_in(other)
    assert office.log_in(office.browser(), MAIL).status_code == 422


def test_a_member_whose_roles_were_taken_has_none_at_the_next_request(office: Office) -> None:
    browser = office.browser("clerk")
    with office.database.transaction() as session:
        session.get_one(Member, office.members["clerk"].id).roles = []
    assert browser.get("/envelopes").status_code == 403


def test_a_password_that_was_reset_closes_every_browser(office: Office, ready_url: str) -> None:
    browser = office.browser("clerk")
    said = _command(ready_url, "reset-password", MAIL)
    assert not _is_in(browser)
    assert office.log_in(office.browser(), MAIL, PASSWORD).status_code == 422
    assert office.log_in(office.browser(), MAIL, said.split()[-1]).status_code == 303


def test_a_token_has_256_bits_and_the_database_knows_only_its_hash(
    office: Office, tmp_path: Path
) -> None:
    tokens = {_token(office.browser("clerk")) for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) == 43 for token in tokens)
    with office.database.reading() as session:
        stored = {row.token_sha256 for row in session.query(LoginSession)}
    assert not stored & tokens


@pytest.mark.parametrize("path", ["/account", "/envelopes", "/admin/members"])
def test_a_token_in_an_address_is_no_token(office: Office, path: str) -> None:
    token = _token(office.browser("admin"))
    for query in (f"{COOKIE}={token}", f"token={token}", f"session={token}"):
        assert office.browser().get(f"{path}?{query}").status_code == 303
