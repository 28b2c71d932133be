"""The database, the token or the disk is away: a plain page, and nothing that was typed is lost."""

import errno
import io
import sqlite3
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import FileStorage

from domain.clocks import ClockDiffers
from runtime.pkcs11_errors import TokenMissing
from storage.clock import SharedClock
from storage.database import Database
from storage.tables import LoginSession
from storage.vault_errors import BlobMissing
from tests.webapp.stack import Office, form, post_multipart

LOCKED = OperationalError("BEGIN", None, sqlite3.OperationalError("database is locked"))
OUTAGES = {
    "locked": LOCKED,
    "token": TokenMissing("gone"),
    "blob": BlobMissing("gone"),
    "full": OSError(errno.ENOSPC, "full"),
    "read-only": OSError(errno.EROFS, "read-only"),
}
OWN = {"Sec-Fetch-Site": "same-origin"}


def break_writing(patch: pytest.MonkeyPatch, error: Exception) -> None:
    def transaction(_: Database) -> None:
        raise error

    patch.setattr(Database, "transaction", transaction)


@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_is_told_in_words_and_says_when_to_come_again(
    office: Office, monkeypatch: pytest.MonkeyPatch, outage: str
) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    break_writing(monkeypatch, OUTAGES[outage])
    answer = browser.post(f"{path}/draft", data=form(title="打った題名"), headers=OWN)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "ただいま処理できません" in answer.text


def test_the_operator_reads_his_page_while_nothing_can_be_written(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = office.browser("operator")
    with office.database.transaction() as session:
        session.query(LoginSession).one().last_seen_at -= timedelta(minutes=2)
    break_writing(monkeypatch, LOCKED)
    assert browser.get("/ops").status_code == 200


def test_what_was_typed_before_an_outage_is_sent_again_by_a_button(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    with monkeypatch.context() as patch:
        break_writing(patch, LOCKED)
        answer = browser.post(f"{path}/draft", data=form(title="打った題名"), headers=OWN)
    again = BeautifulSoup(answer.text, "html5lib").find("form")
    assert again is not None
    assert again["action"] == f"{path}/draft"
    values = {str(tag["name"]): str(tag["value"]) for tag in again.find_all("input")}
    assert values["title"] == "打った題名"
    assert browser.post(str(again["action"]), data=values, headers=OWN).status_code == 303


@pytest.mark.parametrize("chosen", ["", "印影.png"])
def test_what_was_typed_beside_a_place_for_files_is_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    """A browser sends an empty choice as a file without a name."""
    browser = office.browser("clerk")
    path = office.draft(browser)
    files = [FileStorage(io.BytesIO(b"x" if chosen else b""), chosen, "files")]
    with monkeypatch.context() as patch:
        break_writing(patch, LOCKED)
        answer = post_multipart(
            browser, f"{path}/draft", {**form(title="打った題名"), "files": files}, OWN
        )
    assert answer.status_code == 503
    again = BeautifulSoup(answer.text, "html5lib").find("form")
    assert again is not None
    values = {str(tag["name"]): str(tag["value"]) for tag in again.find_all("input")}
    assert values["title"] == "打った題名"
    assert ("選んだファイルは残っていません" in answer.text) == bool(chosen)
    assert browser.post(str(again["action"]), data=values, headers=OWN).status_code == 303


def test_an_upload_that_arrives_while_the_clock_is_wrong_is_told_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)

    def differs(_: SharedClock) -> None:
        raise ClockDiffers("database")

    monkeypatch.setattr(SharedClock, "check", differs)
    large = [FileStorage(io.BytesIO(bytes(2_000_000)), "大きい.pdf", "files")]
    answer = post_multipart(browser, f"{path}/documents", {"files": large}, OWN)
    assert answer.status_code == 503
    assert "時計がずれている" in answer.text


def test_the_page_is_whole_while_the_database_cannot_even_be_read(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = office.browser("clerk")
    browser.post("/language", data={"language": "en"})

    def reading(_: Database) -> None:
        raise LOCKED

    monkeypatch.setattr(Database, "reading", reading)
    answer = browser.get("/envelopes?state=done")
    again = BeautifulSoup(answer.text, "html5lib").find("a")
    assert answer.status_code == 503
    assert again is not None
    assert (again.get_text(), again["href"]) == ("Open again", "/envelopes?state=done")


def test_a_password_or_a_foreign_form_is_never_shown_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = office.browser()
    break_writing(monkeypatch, LOCKED)
    data = {"mail": "someone@example.jp", "password": "a long secret word"}
    answer = browser.post("/login", data=data, headers=OWN)
    assert answer.status_code == 503
    assert "a long secret word" not in answer.text
    foreign = browser.post("/login", data=data)
    assert "someone@example.jp" not in foreign.text


def test_the_page_is_whole_where_the_database_is_away_before_anybody_asked_who_reads(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock is compared first, with a server that is not there."""
    browser = office.browser("clerk")

    def away(*_: object) -> None:
        raise LOCKED

    monkeypatch.setattr(SharedClock, "check", away)
    monkeypatch.setattr(Database, "reading", away)
    answer = browser.get("/envelopes")
    assert answer.status_code == 503
    assert "もう一度開く" in answer.text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_nothing_is_taken_while_the_clock_is_wrong_and_what_was_typed_is_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    browser = office.browser("clerk")
    browser.post("/language", data={"language": language})
    path = office.draft(browser)

    def differs(_: SharedClock) -> None:
        raise ClockDiffers("database")

    with monkeypatch.context() as patch:
        patch.setattr(SharedClock, "check", differs)
        answer = browser.post(f"{path}/draft", data=form(title="打った題名"), headers=OWN)
        assert browser.get("/readyz").status_code == 503
        assert browser.get("/healthz").status_code == 200
    assert answer.status_code == 503
    assert {"ja": "時計がずれている", "en": "clock is wrong"}[language] in answer.text
    again = BeautifulSoup(answer.text, "html5lib").find("form")
    assert again is not None
    values = {str(tag["name"]): str(tag["value"]) for tag in again.find_all("input")}
    assert values["title"] == "打った題名"
    assert browser.post(str(again["action"]), data=values, headers=OWN).status_code == 303


def test_an_error_of_another_kind_stays_a_bug_with_a_reference(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    break_writing(monkeypatch, OSError(errno.EBADF, "bad"))
    answer = browser.post(f"{path}/draft", data=form(), headers=OWN)
    assert answer.status_code == 500
    assert "問題が発生しました" in answer.text
