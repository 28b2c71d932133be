"""kill -9 in the middle of every step of somebody who signs on a phone: he comes back by his mail's
link and goes on, as the guide tells him; nothing that was saved is lost, nothing happens twice."""

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error, Page, expect

from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from tests.e2e.conftest import NewPage
from tests.e2e.pages import DESK, SLOW
from tests.e2e.processes import kill, wait_until_up
from tests.e2e.test_fields import send_with_fields, values_of
from tests.signing.forms import seal
from tests.webapp.signer.test_pad_browser import draw

MAIL = "kills.journey@selftest.example"
TYPED = {
    "所在地": "東京都千代田区霞が関一丁目",
    "備考": "よろしくお願いします。",
}


@dataclass
class Person:
    """Who signs, and whoever ends a process while he does."""

    stack: Stack
    page: Page
    link: str

    def comes_back(self, link: str = "") -> None:
        """Opens the mail's link again until it opens."""
        end = time.monotonic() + 90
        while True:
            try:
                self.page.goto(link or self.link)
                self.page.locator("main form button.primary").first.click(timeout=5_000)
                self.page.wait_for_url(lambda url: "/l/" not in url and "/d/" not in url)
            except Error:
                assert time.monotonic() < end, "the web app did not come back"
                time.sleep(0.5)
            else:
                return

    def interrupted(self, press: str, process: str = "web", role: str = "button") -> None:
        """Presses just as a process is ended; what the browser makes of it does not matter."""
        button = self.page.locator("main").get_by_role(role, name=press).last  # type: ignore[arg-type]
        expect(button).to_be_visible(timeout=SLOW)
        kill(self.stack, process)
        with suppress(Error):
            button.click(timeout=5_000)
        wait_until_up(self.stack)

    def reads(self) -> None:
        self.comes_back()
        self.page.get_by_role("link", name="署名をはじめる").click()
        expect(self.page.get_by_text("文書 1 (1/2)")).to_be_visible(timeout=SLOW)

    def finishes(self) -> None:
        """As far as the page that asks whether all is right."""
        self.page.get_by_role("link", name="署名 1").click()
        self.page.locator("main").get_by_role("button", name="完了する").last.click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("内容の確認")


def test_every_step_is_interrupted_and_everything_is_there_once(
    stack: Stack, mailbox: Mailbox, new_page: NewPage, tmp_path: Path
) -> None:
    (contract,) = write_samples(tmp_path, 1)
    stamp = tmp_path / "stamp.png"
    stamp.write_bytes(seal())
    send_with_fields(stack, new_page(), contract, MAIL)
    _, link = mailbox.wait_for(MAIL, "/l/", Patience(60))
    person = Person(stack, new_page(), link)
    _opens(person)
    _draws_elsewhere(person, new_page(DESK), new_page())
    _fills_in(person, stamp)
    _signs(person)
    _, link = mailbox.wait_for(MAIL, "/d/", Patience(120))
    finished = tmp_path / "finished.pdf"
    _downloads(person, link, finished)
    roots = str(stack.home.trust / "roots.pem")
    [report] = VerifyCommand(("--trust", roots)).run([finished])
    assert report["verdict"] == "valid"
    assert [row["kind"] for row in report["signatures"]].count("signature") == 1
    assert {name: value for name, value in values_of(finished).items() if name in TYPED} == TYPED
    assert len([mail for mail in mailbox.all_for(MAIL) if "/d/" in mail.text]) == 1


def _opens(person: Person) -> None:
    person.page.goto(person.link)
    person.interrupted("文書を確認する")
    person.comes_back()
    person.interrupted("署名をはじめる", role="link")
    person.reads()


def _draws_elsewhere(person: Person, desk: Page, phone: Page) -> None:
    """A code on the computer, a hand on the phone; the web app ends as the drawing is sent, and so
    does the worker that has to look at it."""
    Person(person.stack, desk, person.link).reads()
    desk.get_by_text("スマートフォンで手書きする").click()
    desk.get_by_role("button", name="QRコードを表示する").click()
    shown = desk.locator("#pad-code .address")
    expect(shown).to_contain_text("/pad/", timeout=SLOW)
    address = shown.inner_text()
    phone.goto(address)
    draw(phone)
    send = phone.get_by_role("button", name="この署名を送る")
    kill(person.stack, "web")
    with suppress(Error):
        send.click(timeout=5_000)
    wait_until_up(person.stack)
    kill(person.stack, "documents")
    phone.goto(address)
    if send.count():  # it was not taken before the process died
        draw(phone)
        send.click()
    expect(phone.get_by_role("heading", level=1)).not_to_have_text("手書きの署名", timeout=SLOW)
    expect(desk.get_by_role("img", name="あなたの印影")).to_be_visible(timeout=SLOW)


def _fills_in(person: Person, stamp: Path) -> None:
    page = person.page
    page.get_by_role("textbox", name="所在地").fill(TYPED["所在地"])
    kill(person.stack, "web")  # before the page has saved by itself
    expect(page.locator("#saved")).to_contain_text("保存できませんでした", timeout=SLOW)
    wait_until_up(person.stack)
    page.get_by_role("textbox", name="備考").fill(TYPED["備考"])
    expect(page.locator("#saved")).to_contain_text("保存しました", timeout=SLOW)
    page.get_by_role("checkbox", name="個人情報の扱いに同意する").check()
    page.get_by_role("radio", name="年払い").check()
    page.get_by_role("combobox", name="請求書").select_option("電子メール")
    page.get_by_role("textbox", name="開始日").fill("令和8年12月1日")
    kill(person.stack, "documents")  # which looks at pictures
    page.locator("#stamp-file").set_input_files(stamp)
    expect(page.get_by_role("img", name="あなたの印影")).to_be_visible(timeout=SLOW)
    person.interrupted("完了する")
    person.reads()
    for name, value in TYPED.items():
        expect(page.get_by_role("textbox", name=name)).to_have_value(value)
    expect(page.get_by_role("img", name="あなたの印影")).to_be_visible()


def _signs(person: Person) -> None:
    page = person.page
    person.finishes()
    person.interrupted("署名手続きを完了する")
    person.comes_back()  # whether it was taken before the process died, nobody knows
    if "/done" not in page.url:
        person.reads()
        person.finishes()
        page.get_by_role("button", name="署名手続きを完了する").click()
        page.wait_for_url("**/done", timeout=SLOW)
    for process in ("signing", "envelopes"):
        kill(person.stack, process)


def _downloads(person: Person, link: str, target: Path) -> None:
    person.comes_back(link)
    kill(person.stack, "web")
    wait_until_up(person.stack)
    person.page.reload()
    with person.page.expect_download(timeout=SLOW) as download:
        person.page.locator("a[href$='/file']").first.click()
    download.value.save_as(target)
