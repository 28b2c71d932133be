"""A login ends while somebody types: the page keeps what was typed, and nobody else sends it."""

import re
from pathlib import Path

import pytest
from bs4 import Tag
from werkzeug.test import TestResponse

import webapp
from domain.limits import MEMBER_ABSOLUTE, MEMBER_IDLE
from storage.tables import Envelope
from tests.webapp.clock import Clock
from tests.webapp.pages import check_page
from tests.webapp.stack import Office, form
from webapp.kept import SECRETS

OWN = {"Sec-Fetch-Site": "same-origin"}
TYPED = "打った題名"
LONG = "あ" * 130_000
"""Percent-encoded more than a form may have that is no list."""


class Browser:
    """A clerk's browser with a draft's page open, whose forms need their token."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.client = office.browser()
        self.log_in("clerk")
        self.path = self._unguarded("/envelopes/new", {}).location or ""
        self.token = self.token_of(self.path)

    def _unguarded(self, path: str, data: dict[str, str]) -> TestResponse:
        config = self.office.app.config
        config["WTF_CSRF_ENABLED"] = False
        answer = self.client.post(path, data=data)
        config["WTF_CSRF_ENABLED"] = True
        assert answer.status_code == 303, answer.text
        return answer

    def log_in(self, who: str) -> None:
        """In another tab."""
        mail = self.office.members[who].mail
        self._unguarded("/login", {"mail": mail, "password": "correct horse battery"})

    def token_of(self, path: str) -> str:
        """What the forms of a page carry."""
        field = check_page(self.client.get(path)).find("input", attrs={"name": "csrf_token"})
        assert isinstance(field, Tag)
        return str(field["value"])

    def send(self, headers: dict[str, str] = OWN, **typed: str) -> TestResponse:
        """The page's form, as it was typed."""
        data = form(title=TYPED, csrf_token=self.token, **typed)
        return self.client.post(f"{self.path}/draft", data=data, headers=headers)

    def send_again(self, answer: TestResponse) -> TestResponse:
        """The one button of a page that kept a form."""
        button = _form_of(answer)
        values = {str(tag["name"]): str(tag["value"]) for tag in button.find_all("input")}
        return self.client.post(str(button["action"]), data=values, headers=OWN)

    def title(self) -> str:
        """Of the draft, as it is kept."""
        with self.office.database.reading() as session:
            return session.query(Envelope).one().title


def _form_of(answer: TestResponse) -> Tag:
    main = check_page(answer).find("main")
    assert isinstance(main, Tag)
    found = main.find("form")
    assert isinstance(found, Tag)
    return found


@pytest.fixture
def browser(office: Office, clock: Clock) -> Browser:
    del clock
    return Browser(office)


@pytest.fixture
def idle(browser: Browser, clock: Clock) -> Browser:
    """His login is over, and his page is still open."""
    clock.pass_(seconds=MEMBER_IDLE.total_seconds() + 1)
    return browser


def test_what_was_typed_stays_on_the_page_that_says_that_the_login_is_over(idle: Browser) -> None:
    answer = idle.send(message="一行目\r\n二行目", password="secret words")
    assert answer.status_code == 401
    assert "ログインが終わったため、まだ送信していません" in answer.text
    kept = {str(tag["name"]): str(tag["value"]) for tag in _form_of(answer).find_all("input")}
    assert (kept["title"], kept["message"].split()) == (TYPED, ["一行目", "二行目"])
    assert "secret words" not in answer.text
    assert "パスワードや確認コードは残していません" in answer.text
    assert idle.title() == ""


def test_it_is_sent_again_once_he_has_logged_in(idle: Browser) -> None:
    over = idle.send()
    assert idle.send_again(over).status_code == 401, "it waits as long as he likes"
    idle.log_in("clerk")
    asked = idle.send_again(over)  # without scripts, the page has the old token
    assert asked.status_code == 400
    assert idle.title() == ""
    assert idle.send_again(asked).status_code == 303
    assert idle.title() == TYPED


def test_nobody_else_who_logs_in_sends_it(idle: Browser) -> None:
    over = idle.send()
    idle.log_in("admin")
    for _ in range(2):
        over = idle.send_again(over)
        assert over.status_code == 409
        assert "別の利用者がログインしているため" in over.text
        assert TYPED in over.text
    assert idle.title() == ""
    idle.log_in("clerk")
    assert idle.send_again(idle.send_again(over)).status_code == 303
    assert idle.title() == TYPED


def test_a_page_of_somebody_who_logged_out_is_not_sent_by_the_next_one(browser: Browser) -> None:
    browser.log_in("admin")
    browser.token_of("/account")
    assert browser.send().status_code == 409
    fragment = browser.send({**OWN, "HX-Request": "true"})
    assert fragment.status_code == 409
    assert "<html" not in fragment.text
    assert browser.title() == ""


def test_nobody_reads_what_another_typed_on_a_page_that_is_not_his(idle: Browser) -> None:
    over = idle.send(message="内緒の話")
    assert idle.send_again(over).status_code == 401
    idle.log_in("operator")
    answer = idle.send_again(over)
    assert answer.status_code == 409
    assert "入力した文章を表示する" not in answer.text


@pytest.mark.parametrize("where", ["cross-site", "same-site"])
def test_a_form_of_another_site_is_refused_whoever_is_logged_in(idle: Browser, where: str) -> None:
    assert idle.send({"Sec-Fetch-Site": where}).status_code == 403
    idle.log_in("clerk")
    assert idle.send({"Sec-Fetch-Site": where}).status_code == 403
    assert idle.title() == ""


def test_a_form_that_nobody_says_is_ours_is_not_shown(idle: Browser) -> None:
    answer = idle.send({})
    assert (answer.status_code, answer.location) == (303, "/login")
    assert TYPED not in answer.text


def test_a_long_list_is_kept_for_a_browser_that_had_a_login_only(idle: Browser) -> None:
    answer = idle.client.post("/admin/chains/new", data={"name": LONG}, headers=OWN)
    assert LONG in answer.text
    answer = idle.office.browser().post("/admin/chains/new", data={"name": LONG}, headers=OWN)
    assert answer.status_code == 401
    assert LONG not in answer.text
    assert "入力した内容は残せませんでした" in answer.text


def test_a_page_that_saves_itself_is_told_and_not_led_away(idle: Browser) -> None:
    answer = idle.send({**OWN, "HX-Request": "true"})
    assert answer.status_code == 401
    assert "HX-Redirect" not in answer.headers
    assert "別のタブでログインし直すと" in answer.text


def test_a_look_is_led_to_the_login_and_back(idle: Browser) -> None:
    answer = idle.client.get("/envelopes?state=done")
    assert answer.location == "/login?next=/envelopes?state%3Ddone"


def test_the_notice_asks_how_long_the_login_lasts(browser: Browser, clock: Clock) -> None:
    client = browser.client
    page = {"headers": {"X-CSRFToken": browser.token}}
    whole = int(MEMBER_IDLE.total_seconds())
    clock.pass_(minutes=20)
    assert int(client.get("/account/remaining", **page).text) == whole - 20 * 60
    assert int(client.get("/account/remaining", **page).text) == whole - 20 * 60
    stayed = client.post("/account/stay", headers={**OWN, **page["headers"]})
    assert int(stayed.text) == whole
    clock.pass_(seconds=whole + 1)
    assert client.get("/account/remaining", **page).status_code == 404
    assert client.post("/account/stay", headers=page["headers"]).status_code in {303, 401}


def test_a_login_cannot_be_stretched_beyond_its_last_hour(browser: Browser, clock: Clock) -> None:
    left = MEMBER_ABSOLUTE
    step = MEMBER_IDLE * 0.9
    while left > step:
        clock.pass_(seconds=step.total_seconds())
        left -= step
        answer = browser.client.post("/account/stay", headers={"X-CSRFToken": browser.token})
        assert int(answer.text) == int(min(MEMBER_IDLE, left).total_seconds())


def test_the_notice_gets_the_new_login_s_token_for_a_page_of_the_same_member_only(
    idle: Browser,
) -> None:
    page = {"headers": {"X-CSRFToken": idle.token}}
    idle.log_in("admin")
    assert idle.client.get("/account/remaining", **page).status_code == 409
    idle.log_in("clerk")
    answer = idle.client.get("/account/remaining", **page)
    assert answer.status_code == 200
    idle.token = answer.headers["X-CSRFToken"]
    assert idle.send().status_code == 303
    assert idle.title() == TYPED
    known = idle.client.get("/account/remaining", headers={"X-CSRFToken": idle.token})
    forged = idle.client.get("/account/remaining", headers={"X-CSRFToken": "forged"})
    assert "X-CSRFToken" not in known.headers
    assert "X-CSRFToken" not in forged.headers


def test_another_tab_says_who_is_logged_in(idle: Browser) -> None:
    assert idle.client.get("/login/again").location == "/login?next=/login/again"
    idle.log_in("admin")
    page = check_page(idle.client.get("/login/again"))
    assert "佐藤 健さんとしてログインしています" in page.get_text()


def test_no_secret_that_a_page_asks_for_is_shown_again() -> None:
    asked = re.compile(r'text_field\("(\w+)"[^}]*(?:type="password"|"one-time-code")')
    drawn = re.compile(r'<input(?=[^>]*(?:type="password"|one-time-code))[^>]*name="(\w+)"')
    templates = Path(webapp.__file__).parent / "templates"
    text = "\n".join(file.read_text("utf-8") for file in templates.rglob("*.html"))
    names = {*asked.findall(text), *drawn.findall(text)}
    assert len(names) >= 5
    assert names <= SECRETS
