"""One journey in a real browser, in Japanese, on a phone: from the login to the download."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from tests.chromium import chromium as start_chromium
from tests.e2e.pages import PHONE, download, fits, log_in, new_draft, sign

MAIL = "phone.journey@selftest.example"
NewPage = Callable[[], Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with start_chromium() as browser:
        yield browser


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
