"""A form that is not taken now: what was typed in it stays on the page that says why."""

import io

import pytest
from bs4 import Tag
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from domain.kinds import Role
from domain.refusals import Refusal, RefusalCode
from storage.tables import Document, Member
from tests.webapp.pages import check_page
from tests.webapp.stack import Office, form, post_multipart
from webapp.errors import TooManyTries

OWN = {"Sec-Fetch-Site": "same-origin"}
TYPED = "打った題名"


def _kept(answer: TestResponse) -> dict[str, str]:
    """By name, what the page's button sends again; nothing where it has none."""
    main = check_page(answer).find("main")
    assert isinstance(main, Tag)
    found = main.find("form")
    if found is None:
        return {}
    return {str(tag["name"]): str(tag["value"]) for tag in found.find_all("input")}


def _refusing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("webapp.sender.drafting.typed_from", refuse)


@pytest.mark.parametrize(
    ("error", "status"),
    [(TooManyTries(90), 429), (Refusal(RefusalCode.ALREADY_SENT), 409)],
    ids=["too many", "refused"],
)
def test_what_was_typed_stays_where_a_form_is_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    with monkeypatch.context() as patch:
        _refusing(patch, error)
        answer = browser.post(f"{path}/draft", data=form(title=TYPED), headers=OWN)
    assert answer.status_code == status
    values = _kept(answer)
    assert values["title"] == TYPED
    assert browser.post(f"{path}/draft", data=values, headers=OWN).status_code == 303


def test_what_was_typed_stays_where_the_permission_was_taken_away(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    with office.database.transaction() as session:
        session.get_one(Member, office.members["clerk"].id).roles = [Role.OPERATOR.value]
    answer = browser.post(f"{path}/draft", data=form(title=TYPED), headers=OWN)
    assert answer.status_code == 403
    assert _kept(answer)["title"] == TYPED
    foreign = browser.post(f"{path}/draft", data=form(title=TYPED))
    assert TYPED not in foreign.text


def test_what_was_typed_stays_where_a_colleague_has_discarded_the_draft(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    colleague = office.browser("clerk")
    shown = check_page(colleague.get(f"{path}/discard")).select_one("input[name=shown]")
    assert shown is not None
    colleague.post(f"{path}/discard", data=form(shown=str(shown["value"])), headers=OWN)
    answer = browser.post(f"{path}/draft", data=form(title=TYPED), headers=OWN)
    assert answer.status_code == 404
    assert _kept(answer)["title"] == TYPED
    assert "破棄" in answer.text
    assert "破棄" not in browser.get(path, headers=OWN).text


def test_a_button_that_may_not_be_pressed_is_not_offered_again(office: Office) -> None:
    browser = office.browser("operator")
    answer = browser.post("/envelopes/new", data={"action": "make"}, headers=OWN)
    assert answer.status_code == 403
    assert _kept(answer) == {}


def test_a_password_too_many_is_not_tried_once_more_without_one(office: Office) -> None:
    browser: FlaskClient = office.browser()
    data = {"mail": "clerk@city.example", "password": "wrong"}
    answers = [browser.post("/login", data=data, headers=OWN) for _ in range(6)]
    assert answers[-1].status_code == 429
    assert _kept(answers[-1]) == {}


def test_what_was_typed_beside_a_file_that_is_too_large_stays(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.sender.uploading.MAX_REQUEST_BYTES", 1_000_000)
    browser = office.browser("clerk")
    path = office.draft(browser)
    large = FileStorage(io.BytesIO(bytes(2_000_000)), "大きい.pdf", "files")
    parts = {"files": [large], **form(title=TYPED)}
    answer = post_multipart(browser, f"{path}/draft", parts, OWN)
    assert answer.status_code == 413
    values = _kept(answer)
    assert values["title"] == TYPED
    assert "選んだファイルは残っていません" in answer.text
    assert office.count(Document) == 0
    assert browser.post(f"{path}/draft", data=values, headers=OWN).status_code == 303


def test_an_access_code_stands_on_no_page_that_keeps_a_form(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    typed = form(title=TYPED) | {"people-0-code": "合言葉 himitsu"}
    with monkeypatch.context() as patch:
        _refusing(patch, Refusal(RefusalCode.ALREADY_SENT))
        answer = browser.post(f"{path}/draft", data=typed, headers=OWN)
    assert answer.status_code == 409
    assert _kept(answer)["title"] == TYPED
    assert "himitsu" not in answer.text


@pytest.mark.parametrize("who", ["", "clerk"])
def test_of_strangers_nothing_is_read_that_is_too_large(office: Office, who: str) -> None:
    browser = office.browser(who)
    large = FileStorage(io.BytesIO(bytes(2_000_000)), "大きい.pdf", "files")
    parts = {"files": [large], "mail": TYPED}
    answer = post_multipart(browser, "/login", parts, OWN)
    assert answer.status_code == 413
    assert (TYPED in answer.text) == bool(who)
