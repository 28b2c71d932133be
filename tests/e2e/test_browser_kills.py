"""kill -9 in the middle of every step of somebody who signs on a phone: he comes back by his mail's
link and goes on, as the guide tells him; nothing that was saved is lost, nothing happens twice."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from playwright.sync_api import Error, Page, expect

from cli.faults.points import Moment, What
from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from tests.e2e.conftest import NewPage
from tests.e2e.pages import DESK, SLOW
from tests.e2e.processes import killed_at, killed_while_asked, points_of, wait_until_up
from tests.e2e.test_fields import send_with_fields, values_of
from tests.signing.forms import seal
from tests.webapp.signer.test_pad_browser import draw

MAIL = "kills.journey@selftest.example"
SIGN = "署名手続きを完了する"
PRESS = "button => { setTimeout(() => button.click()); }"
"""What the browser makes of the answer does not matter."""
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

    def interrupted(self, press: str, moment: Moment) -> None:
        """Presses, and the web app ends before or after it has written that down."""
        killed_at(self.stack, self._pressing(press), moment)
        wait_until_up(self.stack)

    def unanswered(self, press: str) -> None:
        """Follows a link, and the web app ends with the request in its hands."""
        killed_while_asked(self.stack, self._pressing(press, "link"))
        wait_until_up(self.stack)

    def _pressing(self, press: str, role: str = "button") -> Callable[[], object]:
        button = self.page.locator("main").get_by_role(role, name=press).last  # type: ignore[arg-type]
        expect(button).to_be_visible(timeout=SLOW)
        return partial(button.evaluate, PRESS)

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
    assert points_of(stack).withdraw() == [], "a worker was not where it should have died"
    wait_until_up(stack)
    finished = tmp_path / "finished.pdf"
    _downloads(person, link, finished)
    roots = str(stack.home.trust / "roots.pem")
    [report] = VerifyCommand(("--trust", roots)).run([finished])
    assert report["verdict"] == "valid"
    assert [row["kind"] for row in report["signatures"]].count("signature") == 1
    assert {name: value for name, value in values_of(finished).items() if name in TYPED} == TYPED
    assert len([mail for mail in mailbox.all_for(MAIL) if "/d/" in mail.text]) == 1


def _opens(person: Person) -> None:
    for moment in Moment:
        person.page.goto(person.link)
        person.interrupted("文書を確認する", moment)
    person.comes_back()
    person.unanswered("署名をはじめる")
    person.reads()


def _draws_elsewhere(person: Person, desk: Page, phone: Page) -> None:
    """A code on the computer, a hand on the phone; the web app ends as the drawing is sent, and so
    does the worker that has to look at it."""
    Person(person.stack, desk, person.link).reads()
    desk.get_by_text("スマートフォンで手書きする").click()
    desk.get_by_role("button", name="QRコードを表示する").click()
    shown = desk.locator("#pad-code .address")
    expect(shown).to_be_visible(timeout=SLOW)
    address = shown.inner_text()
    assert "/pad/" in address
    phone.goto(address)
    draw(phone)
    send = phone.get_by_role("button", name="この署名を送る")
    killed_at(person.stack, partial(send.evaluate, PRESS), Moment.BEFORE)
    wait_until_up(person.stack)
    phone.goto(address)
    draw(phone)
    killed_at(person.stack, send.click, Moment.BEFORE, "documents:commit:*")
    expect(phone.get_by_role("heading", level=1)).not_to_have_text("手書きの署名", timeout=SLOW)
    expect(desk.get_by_role("img", name="あなたの印影")).to_be_visible(timeout=SLOW)
    wait_until_up(person.stack)


def _fills_in(person: Person, stamp: Path) -> None:
    page, stack = person.page, person.stack
    place = page.get_by_role("textbox", name="所在地")
    killed_at(stack, partial(place.fill, TYPED["所在地"]), Moment.BEFORE)
    expect(page.locator("#saved")).to_contain_text("保存できませんでした", timeout=SLOW)
    wait_until_up(stack)
    page.get_by_role("textbox", name="備考").fill(TYPED["備考"])
    expect(page.locator("#saved")).to_contain_text("保存しました", timeout=SLOW)
    page.get_by_role("checkbox", name="個人情報の扱いに同意する").check()
    page.get_by_role("radio", name="年払い").check()
    page.get_by_role("combobox", name="請求書").select_option("電子メール")
    page.get_by_role("textbox", name="開始日").fill("令和8年12月1日")
    choose = partial(page.locator("#stamp-file").set_input_files, stamp)
    killed_at(stack, choose, Moment.AFTER, "documents:commit:*")  # which looks at pictures
    expect(page.get_by_role("img", name="あなたの印影")).to_be_visible(timeout=SLOW)
    wait_until_up(stack)
    person.interrupted("完了する", Moment.AFTER)
    person.reads()
    for name, value in TYPED.items():
        expect(page.get_by_role("textbox", name=name)).to_have_value(value)
    expect(page.get_by_role("img", name="あなたの印影")).to_be_visible()


def _signs(person: Person) -> None:
    """It is lost before it is written down; then it is written down, and nobody is told. The worker
    that carries it on ends with the token's answer, and the one that sends mails before a mail."""
    stack = person.stack
    person.finishes()
    person.interrupted(SIGN, Moment.BEFORE)
    person.comes_back()
    person.reads()
    person.finishes()
    points_of(stack).order("signing:sign:signing-1", Moment.AFTER, What.KILL)
    points_of(stack).order("envelopes:mail:send", Moment.BEFORE, What.KILL)
    person.interrupted(SIGN, Moment.AFTER)


def _downloads(person: Person, link: str, target: Path) -> None:
    person.comes_back(link)
    files = person.page.locator("a[href$='/file']")
    killed_while_asked(person.stack, partial(files.first.evaluate, PRESS))
    wait_until_up(person.stack)
    person.comes_back(link)
    with person.page.expect_download(timeout=SLOW) as download:
        files.first.click()
    download.value.save_as(target)
