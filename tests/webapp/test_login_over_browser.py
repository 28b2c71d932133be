"""The end of a login in a real browser: said in time, and nothing typed is lost."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from domain.limits import MEMBER_IDLE
from storage.tables import Envelope
from tests.webapp.clock import Clock
from tests.webapp.served import browsing
from tests.webapp.stack import HOST, PASSWORD, PDF, Office

pytestmark = [pytest.mark.local_sockets, pytest.mark.timeout(300)]
WARNED = timedelta(minutes=5)
OVER = MEMBER_IDLE + timedelta(seconds=2)


@pytest.fixture
def town(clock: Clock, town: Office) -> Office:
    del clock
    town.app.config["WTF_CSRF_ENABLED"] = True
    return town


@pytest.fixture
def browser(town: Office) -> Iterator[Browser]:
    with browsing(town.app) as found:
        yield found


def context_of(browser: Browser, *, scripts: bool = True) -> BrowserContext:
    return browser.new_context(locale="ja-JP", java_script_enabled=scripts)


def log_in(context: BrowserContext, who: str, path: str = "/login/again") -> Page:
    """In a tab of its own."""
    page = context.new_page()
    page.goto(f"{HOST}/login?next={path}")
    page.get_by_label("メールアドレス").fill(f"{who}@city.example")
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="ログイン", exact=True).click()
    page.wait_for_url(f"**{path}")
    return page


def a_draft(context: BrowserContext) -> Page:
    """A new one, on a clock that the test sets."""
    page = log_in(context, "clerk", "/envelopes")
    page.clock.install()
    page.get_by_role("button", name="新しい封筒を作成").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("新しい封筒")
    return page


def pass_by(page: Page, clock: Clock, quiet: timedelta) -> None:
    """So long nobody has done anything, as the browser and the server have it."""
    clock.pass_(seconds=quiet.total_seconds())
    page.clock.fast_forward(int(quiet.total_seconds() * 1000))


def notice(page: Page) -> Locator:
    return page.locator("#ending")


def title(town: Office) -> str:
    with town.database.reading() as session:
        return session.query(Envelope).one().title


def test_the_end_is_said_before_and_nobody_else_sends_what_is_typed_afterwards(
    town: Office, browser: Browser, clock: Clock
) -> None:
    context = context_of(browser)
    page = a_draft(context)
    pass_by(page, clock, MEMBER_IDLE - WARNED + timedelta(seconds=2))
    expect(notice(page)).to_contain_text("あと5分で、ログインが終わります")
    notice(page).get_by_role("button", name="操作を続ける").click()
    expect(notice(page)).to_be_hidden()
    pass_by(page, clock, OVER)
    expect(notice(page)).to_contain_text("ログインが終わりました")
    page.get_by_role("textbox", name="封筒名").fill("打った題名")
    with page.expect_response("**/draft") as saving:
        page.clock.run_for(2000)
    assert saving.value.status == 401
    assert "/envelopes/" in page.url, "nobody is led away"
    log_in(context, "admin")
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(notice(page)).to_contain_text("別の利用者がログインしています")
    page.get_by_role("button", name="下書きを保存").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("別の利用者がログインしている")
    assert title(town) == ""


def test_a_page_goes_on_by_itself_once_its_member_has_logged_in_again(
    town: Office, browser: Browser, clock: Clock, tmp_path: Path
) -> None:
    """With what was typed, and with a file that was chosen meanwhile."""
    (tmp_path / "契約書.pdf").write_bytes(PDF)
    context = context_of(browser)
    page = a_draft(context)
    pass_by(page, clock, OVER)
    page.get_by_role("textbox", name="封筒名").fill("打った題名")
    with page.expect_response("**/draft"):
        page.clock.run_for(2000)
    expect(notice(page)).to_contain_text("ログインが終わりました")
    page.get_by_label("PDFファイルを選ぶ").set_input_files(tmp_path / "契約書.pdf")
    expect(page.locator("#progress")).to_contain_text("別のタブでログインし直すと")
    log_in(context, "clerk")
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(notice(page)).to_contain_text("この画面の続きから操作できます")
    page.clock.run_for(2000)
    expect(page.locator("#saved")).to_contain_text("保存しました")
    assert title(town) == "打った題名"
    expect(page.locator("[data-document]")).to_contain_text("契約書")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_form_that_was_sent_too_late_is_sent_again_from_its_page(
    town: Office, browser: Browser, clock: Clock, scripts: bool
) -> None:
    context = context_of(browser, scripts=scripts)
    page = log_in(context, "admin", "/admin/contact")
    clock.pass_(seconds=OVER.total_seconds())
    page.get_by_label("電話番号").fill("03-9999-0000")
    page.locator("main form button.primary").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ログインが終わったため")
    log_in(context, "admin")
    if scripts:
        page.evaluate("dispatchEvent(new Event('focus'))")
        expect(notice(page)).to_contain_text("ログインを確認しました")
    page.get_by_role("button", name="もう一度送信する").click()
    if not scripts:
        page.get_by_role("button", name="もう一度送信する").click()
    page.wait_for_url("**/admin/contact")
    expect(page.get_by_label("電話番号")).to_have_value("03-9999-0000")
