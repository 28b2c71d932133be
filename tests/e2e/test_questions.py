"""A question on the way: by mail to the sender and back, while processes are killed."""

from pathlib import Path

from playwright.sync_api import Page, expect

from cli.selftest.mailbox import Mail, Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from tests.e2e.conftest import NewPage
from tests.e2e.pages import SLOW, fits, log_in, new_draft, sign
from tests.e2e.processes import kill, wait_until_up

VENDOR = "question.vendor@selftest.example"
ASKED = "第2条の「甲」は、どなたのことでしょうか。"
ANSWER = "甲は市のことです。\n受注者様は乙です。"


def test_a_question_reaches_the_sender_and_its_answer_the_asker_whoever_is_killed(
    stack: Stack, mailbox: Mailbox, new_page: NewPage, tmp_path: Path
) -> None:
    """One mail each way, and the answer's link signs."""
    sender = new_page()
    _send(stack, sender, *write_samples(tmp_path, 1))
    _, link = mailbox.wait_for(VENDOR, "/l/", Patience(60))
    vendor = new_page()
    kill(stack, "envelopes")  # nobody carries the mail while the question is posted
    _ask(vendor, link)
    kill(stack, "web")
    wait_until_up(stack)
    _mail_with(mailbox, stack.target().mail, ASKED)
    _answer(sender)
    kill(stack, "envelopes")
    answered = _mail_with(mailbox, VENDOR, "甲は市のことです。")
    fresh = answered.link("/l/")
    assert fresh
    wait_until_up(stack)
    vendor.reload()
    expect(vendor.get_by_role("main")).to_contain_text("受注者様は乙です。")
    fits(vendor)
    sign(new_page(), fresh)
    mailbox.wait_for(VENDOR, "/d/", Patience(120))
    for address, words in ((stack.target().mail, ASKED), (VENDOR, "甲は市のことです。")):
        found = [mail for mail in mailbox.all_for(address) if words in mail.text]
        assert len({mail.message_id for mail in found}) == 1, address


def _send(stack: Stack, page: Page, contract: Path) -> None:
    log_in(stack, page)
    new_draft(page, contract)
    page.locator("#people-0-name").fill("質問 太郎")
    page.locator("#people-0-mail").fill(VENDOR)
    page.locator("#people-0-company").fill("株式会社しつもん")
    page.get_by_role("textbox", name="封筒名").fill("質問のある契約")
    page.get_by_role("button", name="内容を確認する").click()
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("#live")).to_be_visible()


def _ask(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="文書を確認する").click()
    page.get_by_role("link", name="差出人に質問する").first.click()
    fits(page)
    page.get_by_label("質問の内容").fill(ASKED)
    page.get_by_role("button", name="差出人に伝える").click()
    expect(page.get_by_role("main")).to_contain_text("まだ回答がありません。", timeout=SLOW)
    expect(page.get_by_role("main")).to_contain_text(ASKED)
    fits(page)


def _answer(page: Page) -> None:
    page.reload()
    expect(page.get_by_role("main")).to_contain_text(ASKED)
    page.get_by_label("回答").fill(ANSWER)
    page.get_by_role("button", name="回答を送る").click()
    expect(page.get_by_role("main")).to_contain_text("受注者様は乙です。", timeout=SLOW)
    fits(page)


def _mail_with(mailbox: Mailbox, address: str, words: str) -> Mail:
    def look() -> Mail | None:
        return next((mail for mail in mailbox.all_for(address) if words in mail.text), None)

    return Patience(120).until(f"the mail with {words!r}", look)
