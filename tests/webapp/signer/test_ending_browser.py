"""A visit that is about to end says so in time, lasts longer at a press, and says that as well."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect
from werkzeug.wrappers import Response

import webapp
from domain.limits import SIGNER_ABSOLUTE, SIGNER_IDLE
from domain.mailbox import IDLE
from storage.tables import MailboxVisit, Visit
from tests.webapp.accessibility.eyes import DESK, PHONE
from tests.webapp.mailbox import browsing as mailbox
from tests.webapp.served import browsing
from tests.webapp.signer.readable import enter, window
from tests.webapp.signer.world import HOST, World, small_world
from tests.webapp.stack import sqlite_in
from webapp.mailbox.visiting import COOKIE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.timeout(300),
]
WARNED = timedelta(minutes=5)
WORDS = {
    "ja": (
        "あと5分で",
        "操作を続ける",
        "この画面の操作を続けられます",
        "これ以上は延ばせません",
        "操作できなくなりました",
    ),
    "en": (
        "In 5 minutes",
        "Stay on this page",
        "You can go on using",
        "cannot stay open longer",
        "stopped working",
    ),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("ending")
    built = small_world(folder, sqlite_in(folder))
    as_old_browsers_have_it(built.app)
    yield built
    built.database.close()


@pytest.fixture(scope="module")
def browser(world: World) -> Iterator[Browser]:
    with browsing(world.app) as found:
        yield found


MODULE = re.compile(r'<script type="module"[^>]*></script>')
PLAIN = Path(webapp.__file__).parent / "static/js/ending_plain.js"
NEWER = re.compile(
    r"=>|`|\.\.\.|\?\.|\?\?|\*\*|\b(?:let|const|class|async|await|of|fetch|Promise)\b"
)


OLD = {"X-Old-Browser": "yes"}


def as_old_browsers_have_it(app: Flask) -> None:
    """Who says so gets pages as a browser of 2016 takes them: modules are not for it, `nomodule` is
    unknown to it."""
    today = app.wsgi_app

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        if "HTTP_X_OLD_BROWSER" not in environ:
            return today(environ, start)
        response = Response.from_app(today, environ)
        if response.mimetype == "text/html":
            response.set_data(
                MODULE.sub("", response.get_data(as_text=True)).replace(" nomodule", "")
            )
        return response(environ, start)

    app.wsgi_app = answer  # type: ignore[method-assign, assignment]  # as Flask's documentation does


def opened(page: Page, world: World, language: str) -> UUID:
    """The reading page, on a clock that the test sets."""
    page.clock.install()
    visit = enter(page, world, language=language)
    page.wait_for_load_state("networkidle")  # whatever it still fetches keeps the visit awake
    return UUID(visit.rstrip("/").rpartition("/")[2])


def pass_by(page: Page, world: World, visit: UUID, quiet: timedelta) -> None:
    """So long nobody has done anything, as the browser and the server have it."""
    world.change(Visit, visit, last_seen_at=datetime.now(UTC) - quiet)
    page.clock.fast_forward(int(quiet.total_seconds() * 1000))


def seen(world: World, visit: UUID) -> datetime:
    with world.database.reading() as session:
        return session.get_one(Visit, visit).last_seen_at


def notice(page: Page) -> Locator:
    return page.locator("#ending")


@pytest.mark.parametrize(
    ("width", "language"), [pytest.param(DESK, "ja", marks=pytest.mark.thorough), (PHONE, "en")]
)
def test_it_is_said_five_minutes_before_and_a_press_makes_it_last(
    world: World, browser: Browser, width: int, language: str
) -> None:
    soon, stay, stays, _, _ = WORDS[language]
    with window(browser, width, language) as page:
        visit = opened(page, world, language)
        page.clock.fast_forward(int((SIGNER_IDLE - WARNED).total_seconds() * 1000) - 20_000)
        expect(notice(page)).to_be_hidden()
        pass_by(page, world, visit, SIGNER_IDLE - WARNED + timedelta(seconds=2))
        expect(notice(page)).to_be_visible()
        # A screen reader says it without being led there, and nothing has taken the focus.
        spoken = notice(page).aria_snapshot()
        assert re.search(rf"- alert:\n.*{soon}.*\n.*button \"{stay}\"", spoken), spoken
        assert page.evaluate("document.activeElement === document.body")
        whole = notice(page).bounding_box()
        assert whole is not None
        assert whole["x"] >= 0
        assert whole["x"] + whole["width"] <= width
        # The button alone, without the moving hand that would tell as much.
        page.locator("#main a").first.evaluate("link => link.focus()")
        button = notice(page).get_by_role("button")
        button.evaluate("button => { button.focus(); button.click(); }")
        expect(notice(page)).to_be_hidden()
        assert datetime.now(UTC) - seen(world, visit) < WARNED
        expect(page.get_by_role("status").filter(has_text=stays)).to_have_count(1)
        expect(page.locator("#main a").first).to_be_focused()


def test_who_moves_is_there_and_need_not_press_anything(world: World, browser: Browser) -> None:
    with window(browser) as page:
        visit = opened(page, world, "ja")
        pass_by(page, world, visit, SIGNER_IDLE - WARNED + timedelta(seconds=2))
        expect(notice(page)).to_be_visible()
        page.keyboard.press("Shift")
        expect(notice(page)).to_be_hidden()


@pytest.mark.parametrize("language", ["ja", pytest.param("en", marks=pytest.mark.thorough)])
def test_what_cannot_last_longer_says_so_and_what_is_over_too(
    world: World, browser: Browser, language: str
) -> None:
    _, stay, _, last, over = WORDS[language]
    with window(browser, PHONE, language) as page:
        visit = opened(page, world, language)
        world.change(Visit, visit, opened_at=datetime.now(UTC) - SIGNER_ABSOLUTE + WARNED)
        pass_by(page, world, visit, SIGNER_IDLE - WARNED + timedelta(seconds=2))
        button = notice(page).get_by_role("button", name=stay)
        button.evaluate("button => button.click()")
        expect(notice(page)).to_contain_text(last)
        expect(button).to_be_hidden()
        world.change(Visit, visit, opened_at=datetime.now(UTC) - SIGNER_ABSOLUTE)
        page.clock.fast_forward(61_000)
        expect(notice(page)).to_contain_text(over)


def test_the_plain_script_is_one_that_old_browsers_read() -> None:
    code = re.sub(r"//.*|/\*.*?\*/|\"[^\"]*\"", "", PLAIN.read_text())
    assert NEWER.findall(code) == []


@pytest.mark.parametrize("language", ["ja", pytest.param("en", marks=pytest.mark.thorough)])
def test_a_browser_without_modules_is_warned_too(
    world: World, browser: Browser, language: str
) -> None:
    soon, stay, stays, last, over = WORDS[language]
    with window(browser, PHONE, language) as page:
        page.set_extra_http_headers(OLD)
        page.add_init_script("delete window.fetch;")
        visit = opened(page, world, language)
        assert page.locator("script[type=module]").count() == 0
        pass_by(page, world, visit, SIGNER_IDLE - WARNED + timedelta(seconds=2))
        expect(notice(page)).to_contain_text(soon)
        button = notice(page).get_by_role("button", name=stay)
        button.evaluate("button => button.click()")
        expect(notice(page)).to_be_hidden()
        assert datetime.now(UTC) - seen(world, visit) < WARNED
        expect(page.get_by_role("status").filter(has_text=stays)).to_have_count(1)
        world.change(Visit, visit, opened_at=datetime.now(UTC) - SIGNER_ABSOLUTE + WARNED)
        pass_by(page, world, visit, SIGNER_IDLE - WARNED + timedelta(seconds=2))
        button.evaluate("button => button.click()")
        expect(notice(page)).to_contain_text(last)
        expect(button).to_be_hidden()
        world.change(Visit, visit, opened_at=datetime.now(UTC) - SIGNER_ABSOLUTE)
        page.clock.fast_forward(61_000)
        expect(notice(page)).to_contain_text(over)


def test_who_knows_modules_is_warned_once(world: World, browser: Browser) -> None:
    asked: list[str] = []
    with window(browser) as page:
        page.on("request", lambda request: asked.append(request.url))
        opened(page, world, "ja")
        page.wait_for_load_state("networkidle")
    assert any("/ending.js" in url for url in asked)
    assert not any("ending_plain" in url for url in asked)


@pytest.mark.parametrize("language", ["ja", pytest.param("en", marks=pytest.mark.thorough)])
def test_where_no_script_runs_the_page_says_until_when_it_is_open(
    world: World, browser: Browser, language: str
) -> None:
    with window(browser, PHONE, language, java_script_enabled=False) as page:
        enter(page, world, language=language)
        said = page.locator(".until")
        expect(said).to_be_visible()
        found = re.search(r"\b(\d{1,2}):(\d\d)\b", said.inner_text())
        assert found, said.inner_text()
        end = datetime.now(UTC) + SIGNER_IDLE + timedelta(hours=9)
        minutes = (end.hour * 60 + end.minute - int(found[1]) * 60 - int(found[2])) % (24 * 60)
        assert minutes in {0, 1, 2}


# -- あなたの文書 ------------------------------------------------------------------------------


LIST = {
    "ja": ("あと5分で、この一覧は", "操作を続ける", "見続けられます", "一覧は閉じられました"),
    "en": ("In 5 minutes this list", "Stay on this page", "You can go on", "This list was closed"),
}


def listed(page: Page, world: World) -> UUID:
    """The list of a mailbox, on a clock that the test sets."""
    client = world.client()
    mailbox.ask(client)
    mailbox.deliver(world.database)
    mailbox.enter(client)
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    secure = f"{HOST.replace('http:', 'https:')}/"  # what a name with __Host- asks for
    page.context.add_cookies(
        [{"name": COOKIE, "value": cookie.value, "url": secure, "secure": True}]
    )
    page.clock.install()
    page.goto(f"{HOST}/mailbox/documents")
    with world.database.reading() as session:
        newest = session.query(MailboxVisit).order_by(MailboxVisit.opened_at.desc()).first()
    assert newest is not None
    return newest.id


@pytest.mark.parametrize(
    ("width", "language"), [pytest.param(DESK, "ja", marks=pytest.mark.thorough), (PHONE, "en")]
)
def test_the_list_of_a_mailbox_says_so_too(
    world: World, browser: Browser, width: int, language: str
) -> None:
    soon, stay, stays, over = LIST[language]
    almost = IDLE - WARNED + timedelta(seconds=2)
    with window(browser, width, language) as page:
        visit = listed(page, world)
        expect(notice(page)).to_be_hidden()
        world.change(MailboxVisit, visit, last_seen_at=datetime.now(UTC) - almost)
        page.clock.fast_forward(int(almost.total_seconds() * 1000))
        expect(notice(page)).to_contain_text(soon)
        button = notice(page).get_by_role("button", name=stay)
        button.evaluate("button => button.click()")
        expect(notice(page)).to_be_hidden()
        expect(page.get_by_role("status").filter(has_text=stays)).to_have_count(1)
        # A page that asks by itself keeps nothing open.
        world.change(MailboxVisit, visit, last_seen_at=datetime.now(UTC) - almost)
        page.clock.fast_forward(int(almost.total_seconds() * 1000))
        expect(notice(page)).to_be_visible()
        world.change(MailboxVisit, visit, last_seen_at=datetime.now(UTC) - IDLE)
        page.clock.fast_forward(61_000)
        expect(notice(page)).to_contain_text(over)
