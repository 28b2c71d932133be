"""A member's passkey in a real browser, with Chromium's own virtual authenticator."""

import pytest
from playwright.sync_api import Page, expect

from tests.webapp.served import House
from tests.webapp.stack import HOST, PASSWORD, Office

pytestmark = pytest.mark.local_sockets


def plug_in(page: Page) -> None:
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def log_in(page: Page) -> None:
    page.goto(f"{HOST}/login?next=/account")
    page.get_by_label("メールアドレス").fill("clerk@city.example")
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()


def test_a_member_registers_a_passkey_and_logs_in_with_it_both_ways(
    office: Office, house: House
) -> None:
    with house.home_of(office.app) as browser:
        page = browser.new_context(locale="ja", viewport={"width": 390, "height": 844}).new_page()
        plug_in(page)
        log_in(page)
        page.get_by_role("link", name="パスキーを登録する").click()
        page.get_by_label("パスキーの名前").fill("通勤用のスマートフォン")
        page.get_by_label("現在のパスワード").fill("not mine")
        page.get_by_role("button", name="パスキーを登録する").click()
        expect(page.get_by_role("alert")).to_have_text("パスワードが正しくありません。")
        page.get_by_label("現在のパスワード").fill(PASSWORD)
        page.get_by_role("button", name="パスキーを登録する").click()
        expect(page.locator("#second strong")).to_have_text("通勤用のスマートフォン")
        page.context.clear_cookies()
        log_in(page)
        page.get_by_role("button", name="パスキーで確認する").click()
        expect(page.get_by_role("heading", name="アカウント", level=1)).to_be_visible()
        page.context.clear_cookies()
        page.goto(f"{HOST}/login?next=/account")
        page.get_by_role("button", name="パスキーでログイン").click()
        expect(page.get_by_role("heading", name="アカウント", level=1)).to_be_visible()
        expect(page.get_by_text("まだ使っていません")).to_have_count(0)
