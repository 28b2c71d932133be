"""私の対応待ち by keyboard alone, on a phone and at a desk."""

import pytest
from playwright.sync_api import Browser, Page, expect

from storage.tables import Act, Visit
from tests.webapp.accessibility.eyes import AXE, faults_on
from tests.webapp.served import browsing
from tests.webapp.stack import HOST, PASSWORD, Office
from tests.webapp.test_waiting import asked
from tests.webapp.test_waiting_looks import clean, registers, to_sign

pytestmark = pytest.mark.local_sockets


def logged_in(browser: Browser) -> Page:
    context = browser.new_context(locale="ja-JP", bypass_csp=True)
    context.add_init_script(path=AXE)
    page = context.new_page()
    page.goto(f"{HOST}/login?next=/waiting")
    page.get_by_label("メールアドレス").fill("admin@city.example")
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="ログイン", exact=True).click()
    expect(page.get_by_role("heading", name="私の対応待ち")).to_be_visible()
    return page


def fits(page: Page) -> None:
    """Nothing has to be moved sideways at either width, and axe finds nothing."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert faults_on(page) == []


def tab_to(page: Page, selector: str) -> None:
    """As far as it takes."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(selector)


def test_the_registered_seal_shows_in_all_by_one_press(town: Office) -> None:
    registers(town, "admin")
    for title in ("庁舎清掃業務委託契約書", "小学校体育館屋根改修工事請負契約書"):
        to_sign(town, title)
    with browsing(town.app) as browser:
        page = logged_in(browser)
        for box in page.locator("input[name=task]").all():
            box.check()
        page.get_by_role("button", name="選んだ封筒の確認へ進む").last.click()
        page.get_by_role("checkbox", name="小学校体育館").uncheck()
        page.get_by_role("button", name="登録した印影にする").click()
        expect(page.get_by_text("この封筒用に準備しています")).to_have_count(2)
        clean(town)
        expect(page.locator(".signature-preview img")).to_have_count(2)
        expect(page.locator("#seals-said")).to_contain_text("準備が終わりました")
        fits(page)
        page.get_by_role("button", name="選ばれている封筒の手続きを完了する").click()
        expect(page.get_by_role("heading", name="手続きを受け付けました")).to_be_visible()
    with town.database.reading() as session:
        assert [act.evidence["look"]["kind"] for act in session.query(Act)] == ["stamp"]


def test_several_are_read_and_acted_on_by_keyboard(town: Office) -> None:
    for title in ("庁舎清掃業務委託契約書", "小学校体育館屋根改修工事請負契約書"):
        asked(town, title)
    with browsing(town.app) as browser:
        page = logged_in(browser)
        fits(page)
        for _ in range(2):
            tab_to(page, "input[name=task]")
            page.keyboard.press("Space")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="まとめて手続きする内容の確認")).to_be_visible()
        fits(page)
        expect(page.get_by_text("まだ開いていません")).to_have_count(2)
        tab_to(page, ".papers a")
        with page.expect_popup() as opened:
            page.keyboard.press("Enter")
        expect(
            opened.value.get_by_role("tab").or_(opened.value.get_by_text("契約書")).first
        ).to_be_visible()
        tab_to(page, "textarea")
        page.keyboard.type("了承します")
        tab_to(page, "main button[type=submit]")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="手続きを受け付けました")).to_be_visible()
        fits(page)
    with town.database.reading() as session:
        assert sorted(act.reason for act in session.query(Act)) == ["", "了承します"]
        assert session.query(Visit).count() == 2
