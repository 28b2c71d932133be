"""あなたの文書 in a whole stack: on a phone in Japanese, at a desk in English, to the last file."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mail, Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from tests.e2e.conftest import NewPage
from tests.e2e.pages import DESK, PHONE, SLOW, fits, log_in, new_draft, sign

WORDS = {
    "ja": {
        "send": "確認コードを送る",
        "open": "あなたの文書を開く",
        "yours": "あなたの手続き待ち",
        "link": "手続きのリンクをメールで受け取る",
        "sent": "新しいリンクを",
        "done": "完了",
        "files": "ダウンロードに進む",
        "close": "一覧を閉じる",
        "closed": "閉じました",
        "address": "メールアドレス",
        "code": "確認コード",
        "subject": "確認コードのお知らせ",
    },
    "en": {
        "send": "Send a code",
        "open": "Open your documents",
        "yours": "Waiting for you",
        "link": "Have the link sent by mail",
        "sent": "A new link of",
        "done": "Completed",
        "files": "Go on to the download",
        "close": "Close the list",
        "closed": "is closed",
        "address": "Mail address",
        "code": "One-time code",
        "subject": "Your code for",
    },
}


@pytest.mark.parametrize(
    ("language", "window"), [("ja", PHONE), pytest.param("en", DESK, marks=pytest.mark.thorough)]
)
def test_a_vendor_finds_signs_and_fetches_without_any_mail_but_the_code_s(
    stack: Stack,
    mailbox: Mailbox,
    new_page: NewPage,
    tmp_path: Path,
    language: str,
    window: ViewportSize,
) -> None:
    words, vendor = WORDS[language], f"mailbox.{language}@selftest.example"
    _send(stack, new_page(), vendor, *write_samples(tmp_path, 1))
    _, first = mailbox.wait_for(vendor, "/l/", Patience(60))
    page = new_page(window, language)
    _show_mailbox(stack, mailbox, page, vendor, words)
    main = page.get_by_role("main")
    expect(main).to_contain_text(words["yours"])
    page.get_by_role("button", name=words["link"]).click()
    expect(main).to_contain_text(words["sent"])
    fits(page)
    second = Patience(90).until("the fresh link", lambda: _other_link(mailbox, vendor, first))
    sign(new_page(), second)
    mailbox.wait_for(vendor, "/d/", Patience(180))
    page.reload()
    expect(main).to_contain_text(words["done"])
    page.get_by_role("button", name=words["files"]).click()
    page.wait_for_url("**/download/**")
    with page.expect_download(timeout=SLOW) as download:
        page.locator("a[href$='/file']").first.click()
    finished = tmp_path / "finished.pdf"
    download.value.save_as(finished)
    page.goto(f"{stack.target().base_url}/mailbox")
    page.get_by_role("button", name=words["close"]).click()
    expect(main).to_contain_text(words["closed"])
    fits(page)
    roots = str(stack.home.trust / "roots.pem")
    (report,) = VerifyCommand(("--trust", roots)).run([finished])
    assert report["verdict"] == "valid"


@pytest.mark.thorough  # tests/webapp/mailbox asks the same of the web alone
def test_an_address_of_nobody_is_told_the_same_and_gets_no_mail(
    stack: Stack, mailbox: Mailbox, new_page: NewPage, tmp_path: Path
) -> None:
    """A code that was asked for afterwards has arrived: the one before it would have, too."""
    known, nobody = "mailbox.known@selftest.example", "mailbox.nobody@selftest.example"
    _send(stack, new_page(), known, *write_samples(tmp_path, 1))
    mailbox.wait_for(known, "/l/", Patience(60))
    texts = []
    for address in (nobody, known):
        page = new_page()
        _ask(stack, page, address, WORDS["ja"])
        texts.append(page.get_by_role("main").inner_text().replace(address, "ADDRESS"))
    assert texts[0] == texts[1]
    _code(mailbox, known, WORDS["ja"])
    assert mailbox.all_for(nobody) == []


def _ask(stack: Stack, page: Page, address: str, words: dict[str, str]) -> None:
    page.goto(f"{stack.target().base_url}/mailbox")
    fits(page)
    page.get_by_label(words["address"]).fill(address)
    page.get_by_role("button", name=words["send"]).click()
    page.wait_for_url("**/mailbox/code")
    fits(page)


def _show_mailbox(
    stack: Stack, mailbox: Mailbox, page: Page, address: str, words: dict[str, str]
) -> None:
    _ask(stack, page, address, words)
    page.locator("#code").fill(_code(mailbox, address, words))
    page.get_by_role("button", name=words["open"]).click()
    page.wait_for_url("**/mailbox/documents")
    fits(page)


def _code(mailbox: Mailbox, address: str, words: dict[str, str]) -> str:
    """The digits of the mail, however it spaces them."""

    def look() -> Mail | None:
        mails = mailbox.all_for(address)
        return next((mail for mail in mails if words["subject"] in mail.subject), None)

    mail = Patience(60).until("the mail with the code", look)
    found = re.search(r"\b(\d{3} \d{3})\b", mail.text)
    assert found, mail.text
    return found[1]


def _other_link(mailbox: Mailbox, address: str, before: str) -> str | None:
    links = [mail.link("/l/") for mail in mailbox.all_for(address)]
    return next((link for link in links if link and link != before), None)


def _send(stack: Stack, page: Page, vendor: str, contract: Path) -> None:
    log_in(stack, page)
    new_draft(page, contract)
    page.locator("#people-0-name").fill("文書 一覧")
    page.locator("#people-0-mail").fill(vendor)
    page.locator("#people-0-company").fill("株式会社いちらん")
    page.get_by_role("textbox", name="封筒名").fill("一覧から探す契約")
    page.get_by_role("button", name="内容を確認する").click()
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("#live")).to_be_visible()
