"""Any one of two approves, the council resolves, the vendor signs: a whole stack, in a browser."""

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

CHIEF = "stages.chief@selftest.example"
DEPUTY = "stages.deputy@selftest.example"
VENDOR = "stages.vendor@selftest.example"


@pytest.mark.thorough  # test_deputies carries a chain; gates: tests/workflows and tests/webapp
def test_one_of_two_approves_the_council_resolves_and_the_vendor_signs(
    stack: Stack, mailbox: Mailbox, new_page: NewPage, tmp_path: Path
) -> None:
    """Who was not needed is told so by mail and by his link."""
    sender = new_page()
    (contract,) = write_samples(tmp_path, 1)
    _send(stack, sender, contract)
    _, chief_link = mailbox.wait_for(CHIEF, "/l/", Patience(60))
    _, deputy_link = mailbox.wait_for(DEPUTY, "/l/", Patience(60))
    approve(new_page(), deputy_link)
    chief = new_page()
    expect(sender.get_by_role("main")).to_contain_text("議決待ち", timeout=SLOW)
    fits(sender)
    chief.goto(chief_link)
    expect(chief.get_by_role("main")).to_contain_text("対応は不要になりました")
    fits(chief)
    told = [mail for mail in mailbox.all_for(CHIEF) if "対応は不要になりました" in mail.subject]
    assert len(told) <= 1
    _resolve(sender)
    _, link = mailbox.wait_for(VENDOR, "/l/", Patience(60))
    sign(new_page(), link)
    _, link = mailbox.wait_for(VENDOR, "/d/", Patience(120))
    finished = tmp_path / "finished.pdf"
    download(new_page(), link, finished)
    roots = str(stack.home.trust / "roots.pem")
    (report,) = VerifyCommand(("--trust", roots)).run([finished])
    assert report["verdict"] == "valid"
    told = [mail for mail in mailbox.all_for(CHIEF) if "対応は不要になりました" in mail.subject]
    assert len(told) == 1


def _send(stack: Stack, page: Page, contract: Path) -> None:
    log_in(stack, page)
    new_draft(page, contract)
    for number in (1, 2):
        page.get_by_role("button", name="関係者を追加").click()
        expect(page.locator(f"#people-{number}-name")).to_be_visible()
    page.get_by_label("段階を自分で決める").check()
    people = (
        ("課長 太郎", CHIEF, "own", "契約課", "approver"),
        ("補佐 花子", DEPUTY, "own", "契約課", "approver"),
        ("業者 一郎", VENDOR, "counterparty", "株式会社だんかい", "signer"),
    )
    for index, (name, mail, party, company, kind) in enumerate(people):
        page.locator(f"#people-{index}-name").fill(name)
        page.locator(f"#people-{index}-mail").fill(mail)
        page.locator(f"#people-{index}-party").select_option(party)
        page.locator(f"#people-{index}-company").fill(company)
        page.locator(f"#people-{index}-kind").select_option(kind)
        page.locator(f"#people-{index}-stage").select_option("1" if kind == "approver" else "3")
    page.locator("#stages-0-kind").select_option("any")
    page.locator("#stages-0-days").fill("5")
    page.locator("#stages-1-kind").select_option("gate")
    page.get_by_role("textbox", name="封筒名").fill("議決を要する契約")
    fits(page)
    page.get_by_role("button", name="内容を確認する").click()
    expect(page.get_by_role("main")).to_contain_text("登録できる人：担当者の誰でも")
    fits(page)
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("#live")).to_be_visible()


def _resolve(page: Page) -> None:
    page.reload()
    page.get_by_label("議決などの番号").fill("議案第12号")
    page.get_by_label("議決などの日付").fill("2026-11-20")
    fits(page)
    page.get_by_role("button", name="登録して次へ進む").click()
    expect(page.get_by_role("main")).to_contain_text("議案第12号（2026-11-20）", timeout=SLOW)
    fits(page)
