"""Sent back, resumed, handed over, signed: one envelope through a whole stack, in a browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from tests.e2e.conftest import NewPage
from tests.e2e.pages import SLOW, approve, download, fits, log_in, new_draft, sign

BOSS = "acts.boss@selftest.example"
FIRST = "acts.first@selftest.example"
SECOND = "acts.second@selftest.example"


@pytest.mark.thorough  # test_deputies sends back; handing over: tests/webapp and tests/workflows
def test_an_envelope_is_sent_back_resumed_handed_over_and_signed(
    stack: Stack, mailbox: Mailbox, new_page: NewPage, tmp_path: Path
) -> None:
    """Each link that is replaced dies; the last person's file is valid."""
    sender = new_page()
    (contract,) = write_samples(tmp_path, 1)
    _send(stack, sender, contract)
    _, link = mailbox.wait_for(BOSS, "/l/", Patience(60))
    boss = new_page()
    _send_back(boss, link)
    _resume(sender)
    approve(boss, link)
    _, link = mailbox.wait_for(FIRST, "/l/", Patience(60))
    first = new_page()
    _hand_over(first, link)
    first.goto(link)
    expect(first.get_by_role("main")).to_contain_text("ほかの方に引き継がれています")
    _, link = mailbox.wait_for(SECOND, "/l/", Patience(60))
    sender.reload()
    expect(sender.get_by_role("main")).to_contain_text("最初 一郎さんから引き継ぎ")
    fits(sender)
    second = new_page()
    sign(second, link)
    _, link = mailbox.wait_for(SECOND, "/d/", Patience(120))
    finished = tmp_path / "finished.pdf"
    download(second, link, finished)
    assert not [mail for mail in mailbox.all_for(FIRST) if mail.link("/d/")]
    roots = str(stack.home.trust / "roots.pem")
    (report,) = VerifyCommand(("--trust", roots)).run([finished])
    assert report["verdict"] == "valid"


def _send(stack: Stack, page: Page, contract: Path) -> None:
    log_in(stack, page)
    new_draft(page, contract)
    page.get_by_role("button", name="関係者を追加").click()
    expect(page.locator("#people-1-name")).to_be_visible()
    people = (
        ("課長 太郎", BOSS, "own", "契約課", "approver"),
        ("最初 一郎", FIRST, "counterparty", "株式会社ひきつぎ", "signer"),
    )
    for index, (name, mail, party, company, kind) in enumerate(people):
        page.locator(f"#people-{index}-name").fill(name)
        page.locator(f"#people-{index}-mail").fill(mail)
        page.locator(f"#people-{index}-party").select_option(party)
        page.locator(f"#people-{index}-company").fill(company)
        page.locator(f"#people-{index}-kind").select_option(kind)
    page.get_by_role("textbox", name="封筒名").fill("差し戻しと引き継ぎの契約")
    fits(page)
    page.get_by_role("button", name="内容を確認する").click()
    expect(page.get_by_role("main")).to_contain_text("引き継ぎ：可")
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("#live")).to_be_visible()


def _send_back(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="文書を確認する").click()
    fits(page)
    page.get_by_role("link", name="差し戻す").first.click()
    fits(page)
    page.get_by_label("差し戻しの理由").fill("第3条の金額を確認してください。")
    page.get_by_role("button", name="確認へ進む").click()
    fits(page)
    page.get_by_role("button", name="差し戻す").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("差し戻しました", timeout=SLOW)
    fits(page)


def _resume(page: Page) -> None:
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("第3条の金額を確認してください。")
    fits(page)
    page.get_by_label("差し戻した人へのコメント").fill("見積書のとおりで正しい金額です。")
    page.get_by_role("button", name="再開する").click()
    expect(page.get_by_role("main")).to_contain_text("次の人の対応を待っています", timeout=SLOW)


def _hand_over(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="文書を確認する").click()
    expect(page.get_by_role("main")).to_contain_text("自分で署名する")
    fits(page)
    page.get_by_role("link", name="引き継ぐ方を指定する").click()
    page.get_by_role("button", name="確認へ進む").click()
    fits(page)
    page.get_by_label("引き継ぐ方の氏名").fill("二番 花子")
    page.get_by_label("引き継ぐ方のメールアドレス").fill(SECOND)
    page.get_by_label("引き継ぎの理由").fill("契約の担当は二番です。")
    page.get_by_role("button", name="確認へ進む").click()
    fits(page)
    page.get_by_role("button", name="この方に依頼する").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("引き継ぎました", timeout=SLOW)
    fits(page)
