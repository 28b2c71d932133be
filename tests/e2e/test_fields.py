"""Fields and a stamp: placed by the clerk, filled in on a phone, drawn into a valid file."""

from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from tests.chromium import chromium as start_chromium
from tests.e2e.pages import PHONE, SLOW, download, fits, log_in, new_draft
from tests.signing.forms import seal

MAIL = "fields.journey@selftest.example"
PLACED = (
    ("signature", "", "20", "200", ""),
    ("text", "所在地", "20", "150", ""),
    ("multiline", "備考", "20", "160", ""),
    ("checkbox", "個人情報の扱いに同意する", "110", "150", ""),
    ("radio", "支払方法", "20", "185", "月払い\n年払い"),
    ("dropdown", "請求書", "110", "160", "郵送\n電子メール"),
    ("date", "開始日", "110", "185", ""),
)
"""Kind, label, millimetres from the left and from the top, options."""


@pytest.fixture
def chromium() -> Iterator[Chromium]:
    with start_chromium() as browser:
        yield browser


def test_what_a_vendor_fills_in_on_a_phone_stands_in_the_finished_file(
    stack: Stack, mailbox: Mailbox, chromium: Chromium, tmp_path: Path
) -> None:
    clerk = chromium.new_context(locale="ja-JP").new_page()
    phone = chromium.new_context(viewport=PHONE, locale="ja-JP", accept_downloads=True).new_page()
    for page in (clerk, phone):
        page.set_default_timeout(20_000)
    (contract,) = write_samples(tmp_path, 1)
    stamp = tmp_path / "stamp.png"
    stamp.write_bytes(seal())

    send_with_fields(stack, clerk, contract, MAIL)
    _, link = mailbox.wait_for(MAIL, "/l/", Patience(60))
    _fill_and_sign(phone, link, stamp)
    _, link = mailbox.wait_for(MAIL, "/d/", Patience(120))
    finished = tmp_path / "finished.pdf"
    download(phone, link, finished)

    roots = str(stack.home.trust / "roots.pem")
    (report,) = VerifyCommand(("--trust", roots)).run([finished])
    assert report["verdict"] == "valid"
    assert values_of(finished) == {
        "所在地": "東京都千代田区霞が関一丁目",
        "備考": "よろしくお願いします。\n二行目",
        "個人情報の扱いに同意する": "/On",
        "支払方法": "/1",
        "請求書": "電子メール",
        "開始日": "2026年12月1日",
    }


def values_of(file: Path) -> dict[str, str]:
    """Values of the inputs by what they are for; the signature must show its stamp."""
    with pikepdf.open(file) as pdf:
        fields = list(pdf.Root.AcroForm.Fields)
        [signature] = [
            row for row in fields if row.FT == "/Sig" and "/TU" not in row and "/AP" in row
        ]
        assert list(signature.AP.N.Resources.XObject) == ["/Im0"]
        return {str(row.TU): str(row.V).replace("\r\n", "\n") for row in fields if row.FT != "/Sig"}


def send_with_fields(stack: Stack, page: Page, contract: Path, mail: str) -> None:
    """As the clerk: all of PLACED, for one person."""
    log_in(stack, page)
    new_draft(page, contract)
    page.get_by_label("氏名").fill("青山 一郎")
    page.locator("#people-0-mail").fill(mail)
    page.get_by_label("会社名・団体名または部署").fill("株式会社青山建設")
    page.get_by_role("textbox", name="封筒名").fill("入力欄のある契約")
    page.get_by_role("button", name="入力欄を置く").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("入力欄を置く")
    for number, row in enumerate(PLACED, start=1):
        _place(page, number, *row)
    page.get_by_role("button", name="下書きに戻る").click()
    expect(page.get_by_role("main")).to_contain_text("置いた入力欄：7個")
    page.get_by_role("button", name="内容を確認する").click()
    expect(page.get_by_role("main")).to_contain_text("入力欄7個")
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("#live")).to_be_visible()


def _place(page: Page, number: int, kind: str, label: str, x: str, y: str, options: str) -> None:
    page.locator("#new-kind").select_option(kind)
    page.locator("#add").click()
    rows = page.locator("#rows > li")
    expect(rows).to_have_count(number)
    row = rows.nth(number - 1)
    if label:
        row.locator("input[name$='-label']").fill(label)
    if options:
        row.locator("textarea[name$='-options']").fill(options)
    row.locator("details:not(.rules)").evaluate("part => { part.open = true; }")
    row.locator("input[name$='-x']").fill(x)
    row.locator("input[name$='-y']").fill(y)
    row.locator("input[name$='-y']").press("Tab")


def _fill_and_sign(page: Page, link: str, stamp: Path) -> None:
    page.goto(link)
    page.get_by_role("button", name="文書を確認する").click()
    page.wait_for_url("**/sign/**")
    page.get_by_role("link", name="署名をはじめる").click()
    expect(page.get_by_text("文書 1 (1/2)")).to_be_visible(timeout=SLOW)
    fits(page)
    page.get_by_role("textbox", name="所在地").fill("東京都千代田区霞が関一丁目")
    page.get_by_role("textbox", name="備考").fill("よろしくお願いします。\n二行目")
    page.get_by_role("checkbox", name="個人情報の扱いに同意する").check()
    page.get_by_role("radio", name="年払い").check()
    page.get_by_role("combobox", name="請求書").select_option("電子メール")
    page.get_by_role("textbox", name="開始日").fill("令和8年12月1日")
    page.locator("#stamp-file").set_input_files(stamp)
    expect(page.get_by_role("img", name="あなたの印影")).to_be_visible(timeout=SLOW)
    page.get_by_role("link", name="署名 1").click()
    fits(page)
    page.get_by_role("button", name="完了する").or_(
        page.get_by_role("link", name="完了する")
    ).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("内容の確認")
    expect(page.locator("#values")).to_contain_text("2026年12月1日")
    expect(page.get_by_role("img", name="あなたの印影")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="署名手続きを完了する").click()
    page.wait_for_url("**/done", timeout=SLOW)
    expect(page.get_by_role("main")).to_contain_text("受け付けました")
