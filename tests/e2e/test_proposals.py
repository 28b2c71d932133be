"""What stands in a document to be filled in becomes fields by one press, and a valid file."""

from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import Page, expect

from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.stack import Stack
from tests.e2e.conftest import NewPage
from tests.e2e.pages import DESK, SLOW, download, fits, follow, log_in, new_draft, press
from tests.files.forms import with_anchors, with_inputs

MAIL = "proposals@selftest.example"
WORDS = "契約者 {{署名:青山 一郎}}　住所 {{住所:青山 一郎}}"


@pytest.mark.thorough  # tests/signing and tests/webapp go each half of the way
def test_marks_and_empty_inputs_are_taken_filled_in_and_signed(
    stack: Stack, mailbox: Mailbox, new_page: NewPage, tmp_path: Path
) -> None:
    marked, form = tmp_path / "marked.pdf", tmp_path / "form.pdf"
    marked.write_bytes(with_anchors((100, 700, WORDS)))
    form.write_bytes(with_inputs())
    clerk = new_page(DESK)
    log_in(stack, clerk)
    new_draft(clerk, marked)
    clerk.get_by_label("PDFファイルを選ぶ").set_input_files(form)
    expect(clerk.locator("[data-document][data-state=ready]")).to_have_count(2, timeout=SLOW)
    clerk.locator("#people-0-name").fill("青山 一郎")
    clerk.locator("#people-0-mail").fill(MAIL)
    clerk.locator("#people-0-company").fill("株式会社青山建設")
    clerk.locator("#title").fill("目印のある契約")
    press(clerk, "入力欄を置く")
    expect(clerk.locator(".proposal")).to_have_count(2)
    fits(clerk)
    press(clerk, "すべて入力欄にする")
    expect(clerk.locator("#rows > li")).to_have_count(2)
    clerk.locator("button[value=document-2]").click()
    many = clerk.locator(".proposal")
    expect(many.first).to_be_visible()
    for name in clerk.locator("[name=unnamed], [name^=named-]").all():
        name.select_option(label="青山 一郎")
    press(clerk, "すべて入力欄にする")
    expect(many).to_have_count(1)  # a second signature of one person on one document
    expect(clerk.get_by_role("main")).to_contain_text("2つ目の署名欄")
    press(clerk, "下書きに戻る")
    press(clerk, "内容を確認する")
    press(clerk, "送信する")
    expect(clerk.locator("#live")).to_be_visible()
    _, link = mailbox.wait_for(MAIL, "/l/", Patience(120))
    vendor = new_page()
    _sign(vendor, link)
    _, link = mailbox.wait_for(MAIL, "/d/", Patience(180))
    finished = tmp_path / "finished.pdf"
    download(vendor, link, finished)
    roots = str(stack.home.trust / "roots.pem")
    (report,) = VerifyCommand(("--trust", roots)).run([finished])
    assert report["verdict"] == "valid"
    with pikepdf.open(finished) as pdf:
        values = {str(row.get("/TU")): str(row.get("/V")) for row in pdf.Root.AcroForm.Fields}
    assert "東京都千代田区" in values.values()


def _sign(page: Page, link: str) -> None:
    page.goto(link)
    press(page, "文書を確認する")
    follow(page, "署名をはじめる")
    for number in (1, 2):
        page.locator(f"[data-item='{number}']").click()
        expect(page.locator("#fill input[name=number]")).to_have_value(str(number))
        for box in page.locator("#fill input[type=text], #fill textarea").all():
            if box.is_visible() and box.is_editable() and not box.input_value():
                box.fill("東京都千代田区")
        for box in page.locator("#fill [type=checkbox], #fill [type=radio][name^=field]").all():
            box.check()
        for box in page.locator("#fill select").all():
            box.select_option(index=1)
        expect(page.locator("#saved")).to_contain_text("保存しました")
    page.locator("#finish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("内容の確認")
    fits(page)
    press(page, "署名手続きを完了する")
    page.wait_for_url("**/done", timeout=SLOW)
