"""An offer that computes itself: placed by keyboard, filled in on a phone in Japanese and on a desk
in English, with a field that only companies see, and drawn into valid files."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Locator, Page, expect

from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from tests.chromium import chromium as start_chromium
from tests.e2e.pages import DESK, PHONE, SLOW, download, fits, log_in, new_draft
from tests.webapp.accessibility.eyes import AXE, RULES

PLACED = (
    ("radio", "区分", "20", "150"),
    ("company", "会社名", "110", "150"),
    ("money", "単価", "20", "175"),
    ("number", "数量", "110", "175"),
    ("money", "小計", "20", "190"),
    ("money", "消費税", "110", "190"),
    ("money", "合計", "20", "205"),
    ("text", "郵便番号", "110", "205"),
)
"""Kind, label, millimetres from the left and from the top."""


@pytest.fixture
def chromium() -> Iterator[Chromium]:
    with start_chromium() as browser:
        yield browser


@pytest.mark.thorough  # the rules: tests/webapp; drawn into files: tests/signing and test_fields
@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_offer_computes_itself_and_asks_only_what_concerns(
    stack: Stack, mailbox: Mailbox, chromium: Chromium, tmp_path: Path, language: str
) -> None:
    size = PHONE if language == "ja" else DESK
    clerk = chromium.new_context(locale="ja-JP", viewport=DESK).new_page()
    signer = chromium.new_context(
        locale="ja-JP" if language == "ja" else "en-GB", viewport=size, accept_downloads=True
    ).new_page()
    for page in (clerk, signer):
        page.set_default_timeout(20_000)
    (contract,) = write_samples(tmp_path, 1)
    mail = f"rules.{language}@selftest.example"

    _send(stack, clerk, contract, mail, language, tmp_path)
    _, link = mailbox.wait_for(mail, "/l/", Patience(60))
    _fill_and_sign(signer, link, language, tmp_path)
    _, link = mailbox.wait_for(mail, "/d/", Patience(120))
    finished = tmp_path / "finished.pdf"
    _download(signer, link, finished, language)

    roots = str(stack.home.trust / "roots.pem")
    (report,) = VerifyCommand(("--trust", roots)).run([finished])
    assert report["verdict"] == "valid"
    yen = "{}円" if language == "ja" else "¥{}"
    expected = {
        "区分": "/0",
        "会社名": "株式会社青山建設",
        "単価": yen.format("1,999"),
        "数量": "1.5",
        "小計": yen.format("2,998"),
        "消費税": yen.format("299"),
        "合計": yen.format("3,297"),
        "郵便番号": "100-0001",
    }
    if language == "en":  # a private person is not asked for a company
        expected |= {"区分": "/1"}
        del expected["会社名"]
    with pikepdf.open(finished) as pdf:
        inputs = [row for row in pdf.Root.AcroForm.Fields if row.FT != "/Sig"]
        assert {str(row.TU): str(row.V) for row in inputs if "/V" in row} == expected
    _look(finished, tmp_path / "finished")


def _look(file: Path, target: Path) -> None:
    """A picture for people who look at what the tests leave behind; text is there to be found."""
    command = ["pdftoppm", "-r", "100", "-f", "1", "-l", "1", "-png", "-singlefile"]
    subprocess.run([*command, str(file), str(target)], check=True)


def _sound(page: Page, folder: Path, name: str) -> None:
    """A picture, and nothing that axe-core objects to."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    page.evaluate(AXE.read_text())
    faults = page.evaluate(
        # pdf.js measures letters on a canvas of its own, which nobody sees
        "async tags => (await axe.run({exclude: ['.hiddenCanvasElement']}, {runOnly: tags}))"
        ".violations"
        ".flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target}`))",
        list(RULES),
    )
    assert faults == [], name


def _send(stack: Stack, page: Page, contract: Path, mail: str, language: str, folder: Path) -> None:
    log_in(stack, page)
    new_draft(page, contract)
    page.get_by_label("氏名").fill("青山 一郎")
    page.locator("#people-0-mail").fill(mail)
    page.get_by_label("会社名・団体名または部署").fill("株式会社青山建設")
    page.locator("#people-0-language").select_option(language)
    page.get_by_role("textbox", name="封筒名").fill("見積書")
    page.get_by_role("button", name="入力欄を置く").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("入力欄を置く")
    rows = {}
    for number, row in enumerate(PLACED, start=1):
        rows[row[1]] = _place(page, number, *row)
    rows["区分"].locator("textarea[name$='-options']").fill("法人\n個人")
    _rules(page, rows)
    _sound(page, folder, f"placing-{language}")
    page.set_viewport_size(PHONE)
    fits(page)
    page.screenshot(path=folder / f"placing-narrow-{language}.png", full_page=True)
    page.set_viewport_size(DESK)
    page.get_by_role("button", name="下書きに戻る").click()
    expect(page.get_by_role("main")).to_contain_text("置いた入力欄：8個")
    page.get_by_role("button", name="内容を確認する").click()
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("#live")).to_be_visible()


def _place(page: Page, number: int, kind: str, label: str, x: str, y: str) -> Locator:
    page.locator("#new-kind").select_option(kind)
    page.locator("#add").click()
    rows = page.locator("#rows > li")
    expect(rows).to_have_count(number, timeout=SLOW)
    row = rows.nth(number - 1)
    row.locator("input[name$='-label']").fill(label)
    row.locator("details:not(.rules)").evaluate("part => { part.open = true; }")
    row.locator("input[name$='-x']").fill(x)
    row.locator("input[name$='-y']").fill(y)
    row.locator("input[name$='-y']").press("Tab")
    return row


def _rules(page: Page, rows: dict[str, Locator]) -> None:
    """With the keyboard: fold open, choose, tick."""
    for row in rows.values():
        row.locator("details.rules > summary").press("Enter")
    company = rows["会社名"].locator("select[name$='-shown_if']")
    company.select_option(label="「区分」が「法人」のとき")
    rows["会社名"].get_by_label("本人が変更できないようにする").press("Space")
    rows["単価"].get_by_label("記入の案内").fill("税抜きの単価")
    rows["数量"].get_by_label("小数点以下の桁数").fill("1")
    rows["郵便番号"].get_by_label("文字の種類").select_option(label="郵便番号")
    for name, operation, terms in (
        ("小計", "掛け合わせる", ("単価", "数量")),
        ("消費税", "消費税額（10%）を求める", ("小計",)),
        ("合計", "合計する", ("小計", "消費税")),
    ):
        rows[name].get_by_label("入力のしかた").select_option(label=operation)
        for term in terms:
            rows[name].get_by_role("checkbox", name=term, exact=True).press("Space")
    expect(page.locator("#field-problems")).to_be_empty()


def _fill_and_sign(page: Page, link: str, language: str, folder: Path) -> None:
    japanese = language == "ja"
    page.goto(link)
    page.get_by_role("button", name="文書を確認する" if japanese else "Review documents").click()
    page.wait_for_url("**/sign/**")
    page.get_by_role("link", name="署名をはじめる" if japanese else "Start signing").click()
    price = page.get_by_role("textbox", name="単価")
    expect(price).to_be_visible(timeout=SLOW)
    company = page.get_by_role("textbox", name="会社名")
    expect(company).to_be_hidden()
    page.get_by_role("radio", name="法人").check()
    expect(company).to_have_value("株式会社青山建設")
    expect(company).not_to_be_editable()
    if not japanese:
        page.get_by_role("radio", name="個人").check()
        expect(company).to_be_hidden()
    price.fill("１，９９９")
    page.get_by_role("textbox", name="数量").fill("1.55")
    total = page.locator("output", has_text="3,297")
    problem = page.get_by_text("小数点以下は1桁までです" if japanese else "At most 1 digit after")
    expect(problem).to_be_visible(timeout=SLOW)
    page.get_by_role("textbox", name="数量").fill("1.5")
    expect(total).to_be_visible(timeout=SLOW)
    page.get_by_role("textbox", name="郵便番号").fill("〒1000001")
    fits(page)
    _sound(page, folder, f"filling-{language}")
    page.locator("[data-item='1']").click()
    page.locator("#finish").click()
    expect(page.locator("#values")).to_contain_text("3,297円" if japanese else "¥3,297")
    fits(page)
    _sound(page, folder, f"confirm-{language}")
    page.locator("form[action$='/act'] button").first.click()
    page.wait_for_url("**/done", timeout=SLOW)


def _download(page: Page, link: str, target: Path, language: str) -> None:
    if language == "ja":
        download(page, link, target)
        return
    page.goto(link)
    page.get_by_role("button", name="Download").click()
    page.wait_for_url("**/download/**")
    with page.expect_download(timeout=SLOW) as found:
        page.locator("a[href$='/file']").first.click()
    found.value.save_as(target)
