"""One journey in a real browser, in Japanese, on a phone: from the login to the download."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack

PHONE = ViewportSize(width=390, height=844)
MAIL = "phone.journey@selftest.example"
SLOW = 60_000
"""Milliseconds that a step with signing or mail may take."""

NewPage = Callable[[], Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as library:
        browser = library.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield browser
        browser.close()


@pytest.fixture
def new_phone(chromium: Chromium) -> Iterator[NewPage]:
    """A phone of its own: no cookies of anybody else. Errors on its console fail the test."""
    problems: list[str] = []

    def new_phone() -> Page:
        context = chromium.new_context(viewport=PHONE, locale="ja-JP", accept_downloads=True)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda line: problems.append(line.text) if line.type == "error" else None,
        )
        return page

    yield new_phone
    assert problems == []


def test_a_contract_from_login_to_download_on_a_phone(
    stack: Stack, new_phone: NewPage, tmp_path: Path
) -> None:
    mailbox = Mailbox(stack.home.catcher_url)
    (contract,) = write_samples(tmp_path, 1)
    _send(stack, new_phone(), contract)
    _, link = mailbox.wait_for(MAIL, "/l/", Patience(60))
    _sign(new_phone(), link)
    _, link = mailbox.wait_for(MAIL, "/d/", Patience(120))
    finished = tmp_path / "finished.pdf"
    _download(new_phone(), link, finished)
    mailbox.close()
    roots = str(stack.home.trust / "roots.pem")
    (report,) = VerifyCommand(("--trust", roots)).run([finished])
    assert report["verdict"] == "valid"


def _send(stack: Stack, page: Page, contract: Path) -> None:
    target = stack.target()
    page.goto(f"{target.base_url}/login")
    page.get_by_label("メールアドレス").fill(target.mail)
    page.get_by_label("パスワード").fill(target.password)
    page.get_by_role("main").get_by_role("button", name="ログイン").click()
    page.goto(f"{target.base_url}/envelopes")
    _fits(page)
    page.get_by_role("button", name="新しい封筒を作成").click()
    page.get_by_label("PDFファイルを選ぶ").set_input_files(contract)
    if page.locator("[data-document]").count() == 0:
        page.wait_for_timeout(1500)
        if page.locator("[data-document]").count() == 0:
            page.get_by_role("button", name="文書を追加").click()
    expect(page.locator("[data-document][data-state=ready]")).to_be_visible(timeout=SLOW)
    _fits(page)
    page.get_by_label("氏名").fill("電話 花子")
    page.locator("#people-0-mail").fill(MAIL)
    page.get_by_label("会社名・団体名または部署").fill("株式会社でんわ")
    page.get_by_role("textbox", name="封筒名").fill("携帯電話からの契約")
    page.get_by_role("button", name="内容を確認する").click()
    _fits(page)
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("#live")).to_be_visible()
    _fits(page)


def _sign(page: Page, link: str) -> None:
    page.goto(link)
    _fits(page)
    page.get_by_role("button", name="文書を確認する").click()
    page.wait_for_url("**/sign/**")
    assert link.rsplit("/", 1)[1] not in page.url
    _fits(page)
    page.get_by_role("link", name="署名をはじめる").click()
    expect(page.get_by_text("文書 1 (1/2)")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("必須項目: 0/1")).to_be_visible()
    page.get_by_role("link", name="署名 1").click()
    expect(page.get_by_text("必須項目: 1/1")).to_be_visible(timeout=SLOW)
    _fits(page)
    page.get_by_role("link", name="完了する").click()
    _fits(page)
    page.get_by_role("button", name="署名手続きを完了する").click()
    page.wait_for_url("**/done", timeout=SLOW)
    expect(page.get_by_role("main")).to_contain_text("受け付けました")
    _fits(page)


def _download(page: Page, link: str, target: Path) -> None:
    page.goto(link)
    _fits(page)
    page.get_by_role("button", name="ダウンロード").click()
    page.wait_for_url("**/download/**")
    _fits(page)
    with page.expect_download(timeout=SLOW) as download:
        page.locator("a[href$='/file']").first.click()
    download.value.save_as(target)


def _fits(page: Page) -> None:
    """Nobody scrolls sideways on a phone."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
