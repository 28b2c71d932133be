"""The journey in a real browser: from the login to the download, on phones and at desks."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, ViewportSize, expect

from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from domain.kinds import Language
from runtime.i18n import translator
from tests.chromium import chromium as start_chromium
from tests.e2e.pages import DESK, PHONE, SLOW, download, fits, log_in, new_draft, sign

MAIL = "phone.journey@selftest.example"
NewPage = Callable[..., Page]
VIEWS = [(window, language) for window in (PHONE, DESK) for language in Language]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with start_chromium() as browser:
        yield browser


@pytest.fixture
def new_phone(chromium: Chromium) -> Iterator[NewPage]:
    """A phone of its own: no cookies of anybody else. Errors on its console fail the test."""
    problems: list[str] = []

    def new_phone(window: ViewportSize = PHONE, locale: str = "ja-JP") -> Page:
        context = chromium.new_context(viewport=window, locale=locale, accept_downloads=True)
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


@pytest.mark.thorough  # four people below go the same way
def test_a_contract_from_login_to_download_on_a_phone(
    stack: Stack, mailbox: Mailbox, new_phone: NewPage, tmp_path: Path
) -> None:
    (contract,) = write_samples(tmp_path, 1)
    _send(stack, new_phone(), contract)
    _, link = mailbox.wait_for(MAIL, "/l/", Patience(60))
    sign(new_phone(), link)
    _, link = mailbox.wait_for(MAIL, "/d/", Patience(120))
    finished = tmp_path / "finished.pdf"
    download(new_phone(), link, finished)
    roots = str(stack.home.trust / "roots.pem")
    (report,) = VerifyCommand(("--trust", roots)).run([finished])
    assert report["verdict"] == "valid"


def test_four_people_sign_in_four_views_and_see_it_finish_by_itself(
    stack: Stack, mailbox: Mailbox, new_phone: NewPage, tmp_path: Path
) -> None:
    (contract,) = write_samples(tmp_path, 1)
    _send_to_four(stack, new_phone(DESK), contract)
    pages = []
    for number, (window, language) in enumerate(VIEWS):
        _, link = mailbox.wait_for(_four(number), "/l/", Patience(60))
        pages.append(new_phone(window, language.value))
        _sign_in(pages[-1], link, language)
    for number, ((_, language), page) in enumerate(zip(VIEWS, pages, strict=True)):
        done = translator(language).gettext("すべての手続きが完了しました")
        expect(page.get_by_role("heading", level=1)).to_have_text(done, timeout=2 * SLOW)
        expect(page).to_have_title(re.compile(re.escape(done)))
        fits(page)
        _, link = mailbox.wait_for(_four(number), "/d/", Patience(120))
        page.goto(link)
        page.locator("main form button.primary").first.click()
        with page.expect_download(timeout=SLOW) as download:
            page.locator("a[href$='/file']").first.click()
        assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


def _four(number: int) -> str:
    return f"view{number}.journey@selftest.example"


def _sign_in(page: Page, link: str, language: Language) -> None:
    """With the words of one language, from the mail to the page that waits for the others."""
    say = translator(language).gettext
    page.goto(link)
    fits(page)
    page.get_by_role("button", name=say("文書を確認する")).click()
    page.get_by_role("link", name=say("署名をはじめる")).click()
    page.locator("#checklist a.item").first.click()
    expect(page.locator("#checklist a.item.done")).to_have_count(1, timeout=SLOW)
    page.locator("#finish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(say("内容の確認"))
    fits(page)
    page.get_by_role("button", name=say("署名手続きを完了する")).click()
    page.wait_for_url("**/done", timeout=SLOW)


def _send_to_four(stack: Stack, page: Page, contract: Path) -> None:
    log_in(stack, page)
    new_draft(page, contract)
    for number, (_, language) in enumerate(VIEWS):
        if number:
            page.get_by_role("button", name="関係者を追加").click()
            expect(page.locator(f"#people-{number}-name")).to_be_visible()
        page.locator(f"#people-{number}-name").fill(f"四方 {number}郎")
        page.locator(f"#people-{number}-mail").fill(_four(number))
        page.locator(f"#people-{number}-company").fill("株式会社四方")
        page.locator(f"#people-{number}-language").select_option(language.value)
    page.get_by_role("radio", name="全員に同時に依頼する").check()
    page.get_by_role("textbox", name="封筒名").fill("四つの画面からの契約")
    page.get_by_role("button", name="内容を確認する").click()
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("#live")).to_be_visible()


def _send(stack: Stack, page: Page, contract: Path) -> None:
    log_in(stack, page)
    new_draft(page, contract)
    fits(page)
    page.get_by_label("氏名").fill("電話 花子")
    page.locator("#people-0-mail").fill(MAIL)
    page.get_by_label("会社名・団体名または部署").fill("株式会社でんわ")
    page.get_by_role("textbox", name="封筒名").fill("携帯電話からの契約")
    page.get_by_role("button", name="内容を確認する").click()
    fits(page)
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("#live")).to_be_visible()
    fits(page)
