"""A member changes his password: the old one is asked for, the new one is judged."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.limits import LOGIN_TRIES, MAX_PASSWORD_CHARACTERS
from storage.tables import LedgerEvent, Member
from tests.webapp.pages import check_page
from tests.webapp.stack import PASSWORD, Office

MAIL = "clerk@city.example"
GOOD = "川沿い ペンギン 電卓 むらさき"


def _change(
    browser: FlaskClient, wanted: str = GOOD, again: str | None = None, password: str = PASSWORD
) -> TestResponse:
    data = {"password": password, "wanted": wanted, "again": wanted if again is None else again}
    return browser.post("/account/password", data=data)


def _hash(office: Office) -> str:
    with office.database.reading() as session:
        return session.get_one(Member, office.members["clerk"].id).password_hash


def test_a_new_password_replaces_the_old_one_and_closes_other_browsers(office: Office) -> None:
    browser, other = office.browser("clerk"), office.browser("clerk")
    check_page(browser.get("/account/password"))
    answer = _change(browser)
    assert answer.status_code == 303
    assert "変更しました" in browser.get(str(answer.location)).text
    assert browser.get("/envelopes").status_code == 200
    assert other.get("/envelopes").status_code == 303
    assert office.log_in(office.browser(), MAIL).status_code == 422
    assert office.log_in(office.browser(), MAIL, GOOD).status_code == 303
    with office.database.reading() as session:
        events = session.query(LedgerEvent).filter_by(tag="member:password_changed").all()
    assert [event.actor for event in events] == [f"member:{office.members['clerk'].id}"]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("", "12文字以上"),
        ("elevenchars", "12文字以上"),
        ("x" * (MAX_PASSWORD_CHARACTERS + 1), "128文字以内"),
        ("password1234", "推測されやすい"),
        ("qwertyuiop[]", "推測されやすい"),
        ("clerk@city.example", "推測されやすい"),
        ("田中花子田中花子田中花子", "推測されやすい"),
        ("musubimusubi", "推測されやすい"),
    ],
)
def test_a_password_that_is_short_long_or_easy_to_guess_is_refused_in_words(
    office: Office, wanted: str, words: str
) -> None:
    before = _hash(office)
    answer = _change(office.browser("clerk"), wanted)
    assert answer.status_code == 422
    assert words in check_page(answer).get_text()
    assert _hash(office) == before
    shown = {str(tag.get("value", "")) for tag in check_page(answer).select("[type=password]")}
    assert shown == {""}


def test_a_slip_in_the_second_field_changes_nothing(office: Office) -> None:
    before = _hash(office)
    answer = _change(office.browser("clerk"), again=GOOD + "x")
    assert answer.status_code == 422
    assert "同じもの" in check_page(answer).get_text()
    assert _hash(office) == before


def test_the_old_password_is_asked_for_and_guessed_five_times_only(office: Office) -> None:
    browser, before = office.browser("clerk"), _hash(office)
    statuses = [_change(browser, password="wrong").status_code for _ in range(LOGIN_TRIES + 1)]
    assert statuses == [422] * LOGIN_TRIES + [429]
    assert _change(browser).status_code == 429, "a right one too"
    assert _hash(office) == before
    assert browser.get("/envelopes").status_code == 200


def test_sixty_four_characters_and_more_are_taken_as_they_are(office: Office) -> None:
    """ASVS 5.0, 6.2.9 and 6.2.10: long ones are not cut off, and blanks and signs count."""
    long = "ひとつ ふたつ " + "".join(chr(0x4E00 + 37 * number) for number in range(100))
    assert 64 < len(long) <= MAX_PASSWORD_CHARACTERS
    assert _change(office.browser("clerk"), long).status_code == 303
    assert office.log_in(office.browser(), MAIL, long[:-1]).status_code == 422
    assert office.log_in(office.browser(), MAIL, long).status_code == 303
