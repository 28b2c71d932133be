"""The steps of a draft: what is done, what is missing, where each is, on each of its pages."""

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient

from tests.webapp.pages import check_page
from tests.webapp.stack import PDF, Office, form, upload
from tests.webapp.test_organisation_contact import nameless
from webapp.sender import draft_steps, drafting
from webapp.sender.draft_page import DraftPage

pytestmark = pytest.mark.usefixtures("without_token")


@pytest.fixture
def browser(office: Office) -> FlaskClient:
    return office.browser("clerk")


def steps(page: BeautifulSoup) -> list[Tag]:
    return page.select("#draft-steps > ol > li")


def said(page: BeautifulSoup) -> list[str]:
    return [str(step.select_one(".step-state").get_text()) for step in steps(page)]  # type: ignore[union-attr]


def current(page: BeautifulSoup) -> list[int]:
    return [at for at, step in enumerate(steps(page), 1) if step.get("aria-current") == "step"]


def again(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html5lib")


def test_an_empty_draft_says_what_is_missing_and_leads_to_where_it_is(
    office: Office, browser: FlaskClient
) -> None:
    path = office.draft(browser)
    page = check_page(browser.get(path))
    states = said(page)
    assert all(text.startswith("未完了") for text in states[:3])
    assert states[3:] == ["置いていません", "ほかの手順が済んだら"]
    assert current(page) == [1]
    for link in page.select("#draft-steps a"):
        assert page.select_one(str(link["href"])) is not None, "its card is on this page"
    assert len(page.select("#draft-steps a")) == 3
    assert not page.select("#draft-steps button"), "nothing to place on, and nothing to send"
    assert "PDFを1つ以上追加してください" in steps(page)[0].get_text()


def test_they_follow_what_is_uploaded_and_typed_without_a_reload(
    office: Office, browser: FlaskClient
) -> None:
    path = office.draft(browser)
    answer = again(upload(browser, path, ("契約書.pdf", PDF)).text)
    assert said(answer)[0].startswith("未完了"), "it is being checked"
    office.accept_documents()
    answer = again(browser.get(f"{path}/documents?seen=x").text)
    assert said(answer)[0] == "済み"
    assert answer.select_one("#draft-steps[hx-swap-oob]") is not None
    assert current(answer) == [2]
    saved = again(browser.post(f"{path}/draft", data=form(action="autosave", title="")).text)
    assert said(saved)[1:3] == ["済み", "未完了：1件"]
    assert current(saved) == [3]
    saved = again(browser.post(f"{path}/draft", data=form(action="autosave")).text)
    assert said(saved) == ["済み"] * 3 + ["置いていません", "送信できます"]
    page = check_page(browser.get(path))
    named = [button["value"] for button in page.select("#draft-steps button[name='action']")]
    assert named == ["fields", "confirm"], "they keep the form before they lead away"


def test_the_pages_behind_the_form_show_them_too(office: Office, browser: FlaskClient) -> None:
    path = office.draft(browser)
    upload(browser, path, ("契約書.pdf", PDF))
    office.accept_documents()
    browser.post(f"{path}/draft", data=form(action="save"))
    for where, at in (("fields", 4), ("confirm", 5), ("preview", 5)):
        page = check_page(browser.get(f"{path}/{where}"))
        assert current(page) == [at]
        first = steps(page)[0].select_one("a")
        assert first is not None
        assert first["href"] == f"{path}#step-documents"
    page = check_page(browser.get(f"{path}/fields"))
    assert page.select_one(f"#draft-steps a[href='{path}/confirm']") is not None
    browser.post(f"{path}/draft", data=form(action="save", title=""))
    page = check_page(browser.get(f"{path}/fields"))
    assert page.select_one(f"#draft-steps a[href='{path}/confirm']") is None
    assert "封筒名" in steps(page)[2].get_text()


def test_what_keeps_an_organisation_from_sending_stands_at_the_last_step(
    office: Office, browser: FlaskClient
) -> None:
    nameless(office)
    path = office.draft(browser)
    assert said(check_page(browser.get(path)))[4].startswith("未完了")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_they_are_read_in_both_languages(
    office: Office, browser: FlaskClient, language: str
) -> None:
    browser.set_cookie("__Host-musubi-language", language, secure=True)
    base = {"base_url": "https://localhost:8080"} if language == "en" else {}
    page = check_page(browser.get(office.draft(browser), **base))
    words = {"ja": "関係者と順番", "en": "People and order"}[language]
    assert words in steps(page)[1].get_text()


@pytest.mark.parametrize("query", ["", "?check=1"])
def test_a_page_checks_its_draft_once(
    office: Office, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    path, checks = office.draft(browser), []
    check = drafting.draft_problems

    def counting(page: DraftPage) -> dict[str, str]:
        checks.append(page)
        return check(page)

    for module in (drafting, draft_steps):
        monkeypatch.setattr(module, "draft_problems", counting)
    page = check_page(browser.get(path + query))
    assert said(page)[0].startswith("未完了")
    assert bool(page.select("#error-summary")) == bool(query)
    assert len(checks) == 1
