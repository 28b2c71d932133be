"""Headers, tokens, hosts and limits, on whatever answer."""

import io
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import FileStorage

from storage.tables import Envelope
from tests.webapp.pages import check_page
from tests.webapp.stack import PDF, Office, build_office, form, post_multipart, sqlite_in, upload
from webapp.login import safe_path

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


@pytest.mark.parametrize(
    "path", ["/login", "/nowhere", "/envelopes", "/healthz", "/ops", "/static/css/base.css"]
)
def test_every_answer_bears_the_headers_errors_included(office: Office, path: str) -> None:
    answer = office.browser("clerk").get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "camera=()" in answer.headers["Permissions-Policy"]
    answer.close()


def test_nothing_but_static_files_is_kept_by_the_browser(office: Office) -> None:
    browser = office.browser("clerk")
    assert browser.get("/envelopes").headers["Cache-Control"] == "no-store"
    static = browser.get("/static/css/base.css")
    assert "no-store" not in static.headers["Cache-Control"]
    static.close()


def test_hsts_is_sent_over_https_only(
    office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert "Strict-Transport-Security" not in office.browser().get("/login").headers
    folder = tmp_path_factory.mktemp("https")
    secure = build_office(folder, sqlite_in(folder), base_url="https://localhost")
    answer = secure.app.test_client().get("/login", base_url="https://localhost")
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_cookies_are_bound_to_the_host_and_hidden_from_scripts(office: Office) -> None:
    browser = office.browser()
    browser.get("/login")
    answer = office.log_in(browser, "clerk@city.example")
    cookies = answer.headers.getlist("Set-Cookie")
    assert any(cookie.startswith("__Host-musubi=") for cookie in cookies)
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert part in cookie
        assert "Domain" not in cookie


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1"])
def test_a_host_that_is_not_ours_is_refused(office: Office, host: str) -> None:
    browser = office.app.test_client()
    forwarded = {"X-Forwarded-Host": "localhost"}
    answer = browser.get("/login", base_url=f"http://{host}", headers=forwarded)
    assert answer.status_code == 400
    assert "<form" not in answer.text


def test_a_post_without_its_token_changes_nothing(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    office.app.config["WTF_CSRF_ENABLED"] = True
    for target in (path + "/draft", path + "/send", path + "/withdraw", "/envelopes/new"):
        assert browser.post(target, data=form(title="changed")).status_code == 400
    assert office.count(Envelope) == 1
    with office.database.reading() as session:
        assert session.query(Envelope).one().title == ""


def test_a_page_that_was_open_too_long_offers_to_send_what_was_typed(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    office.app.config["WTF_CSRF_ENABLED"] = True
    own = {"Sec-Fetch-Site": "same-origin"}
    answer = browser.post(f"{path}/draft", data=form(title="打った題名"), headers=own)
    page = check_page(answer)
    again = page.find("main")
    assert again is not None
    button_form = again.find("form")
    assert button_form is not None
    values = {str(tag["name"]): str(tag["value"]) for tag in button_form.find_all("input")}
    assert values["title"] == "打った題名"
    assert browser.post(f"{path}/draft", data=values, headers=own).status_code == 303


def test_a_foreign_page_is_offered_no_second_try(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    answer = browser.post(f"{path}/draft", data=form(), headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    office.app.config["WTF_CSRF_ENABLED"] = True
    answer = browser.post(f"{path}/draft", data=form(title="打った題名"))
    assert answer.status_code == 400
    assert "打った題名" not in answer.text


def test_a_body_that_is_too_large_is_told_in_words(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    answer = browser.post(f"{path}/withdraw", data={"reason": "x" * 2_000_000})
    assert answer.status_code == 413
    check_page(answer)


TEN_MEGABYTES = "x" * 10_000_000


@pytest.mark.parametrize("page", ["withdraw", "draft", "documents", "fields", "login"])
def test_ten_megabytes_of_text_are_told_in_words_and_nothing_is_kept(
    office: Office, page: str
) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    upload(browser, path, ("契約書.pdf", PDF))
    office.accept_documents()
    fields = str(browser.get(f"{path}/fields", follow_redirects=True).request.path)
    target = {"login": "/login", "fields": fields}.get(page, f"{path}/{page}")
    kept = browser.get(path).text
    sent: dict[str, Any] = {"data": {"title": TEN_MEGABYTES}}
    if page == "documents":
        sent["content_type"] = "multipart/form-data"
    answer = browser.post(target, **sent)
    assert answer.status_code in {400, 413, 422}, answer.status_code
    check_page(answer)
    assert len(answer.text) < 1_000_000, "it comes back"
    assert _without_forms(browser.get(path).text) == _without_forms(kept)


def _without_forms(text: str) -> str:
    """A page's words."""
    return BeautifulSoup(text, "html5lib").get_text()


def test_a_file_on_a_form_that_takes_none_is_not_kept(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    before = sorted(office.folder.rglob("*"))
    file = FileStorage(io.BytesIO(b"plain text" * 90_000), "a.pdf", "file")
    post_multipart(browser, f"{path}/withdraw", {"reason": "", "file": file})
    assert sorted(office.folder.rglob("*")) == before


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/%0d%0aSet-Cookie:x\r\n",
        "\t//evil.example",
        "/\n/evil.example",
        "evil",
        "///evil.example",
        "/日本",
        "",
    ],
)
def test_no_redirect_leaves_the_service(office: Office, path: str) -> None:
    assert safe_path(path) == ""
    browser = office.browser()
    data = {"mail": "clerk@city.example", "password": "correct horse battery", "next": path}
    answer = browser.post("/login", data=data)
    assert answer.status_code == 303
    assert answer.location == "/"


def test_a_path_of_ours_is_followed_after_login(office: Office) -> None:
    assert safe_path("/envelopes?state=done") == "/envelopes?state=done"


def test_readiness_says_when_the_database_is_away(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    assert office.browser().get("/readyz").status_code == 200
    monkeypatch.setattr(office.database, "check", away)
    assert office.browser().get("/readyz").status_code == 503
    assert office.browser().get("/healthz").status_code == 200
