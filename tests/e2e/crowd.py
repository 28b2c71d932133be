"""People who all press at the moment in which processes are killed."""

import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path

from playwright.sync_api import Error, Locator, Page, expect

from cli.faults.points import Moment
from cli.selftest.browser import Browser
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.sender import Clerk
from cli.selftest.signer import Person
from cli.selftest.stack import Stack
from domain.kinds import Language
from runtime.i18n import translator
from tests.e2e.pages import SLOW, log_in, new_draft
from tests.e2e.processes import kill, killed_at, wait_until_up

ACCESS_CODE = "言わない約束の言葉"
NUMBER = "08024681357"
FIRM = "株式会社とちゅう"
ATTEMPTS = 3
_DIGITS = re.compile(r"\b(\d{4} \d{4}|\d{3} \d{3})\b")


ENGLISH = frozenset({"mail", "passkey", "agrees", "lost"})
AT_A_DESK = frozenset({"secret", "passkey", "heir", "agrees", "back"})
"""The others read Japanese, and sit nowhere: both languages meet both windows."""


def language_of(name: str) -> Language:
    """Of his mails and pages."""
    return Language.EN if name in ENGLISH else Language.JA


def mail_of(name: str) -> str:
    """Everybody's address."""
    return f"kill.{name}@selftest.example"


@dataclass
class Somebody:
    """One person in a browser of his own."""

    name: str
    page: Page
    mailbox: Mailbox
    _used: set[str] = field(default_factory=set)

    def say(self, text: str) -> str:
        """A text of the pages in his language."""
        return translator(language_of(self.name)).gettext(text)

    def button(self, name: str, role: str = "button") -> Locator:
        """The last one of this name: the first may be in a list of what one can do."""
        main = self.page.get_by_role("main")
        return main.get_by_role(role, name=self.say(name), exact=True).last  # type: ignore[arg-type]

    def headed(self, text: str) -> Locator:
        """The page's title."""
        return self.page.get_by_role("heading", level=1, name=self.say(text), exact=True)

    def sees(self, selector: str) -> Locator:
        """Whatever tells where he is."""
        return self.page.locator(selector).first

    def link(self, kind: str = "/l/", besides: str = "") -> str:
        """The newest one that came by mail."""

        def look() -> str | None:
            links = [mail.link(kind) for mail in self.mailbox.all_for(mail_of(self.name))]
            found = [link for link in links if link and link != besides]
            return found[-1] if found else None

        return Patience(150).until(f"{self.name}'s link", look)

    def opens(self, link: str) -> Locator:
        """Up to the one button of its page."""
        self.page.goto(link)
        return self.sees("main form button.primary")

    def code(self) -> str:
        """The newest one that came by mail, which was not used."""

        def look() -> str | None:
            mails = [mail.text for mail in self.mailbox.all_for(mail_of(self.name))]
            found = [match[1] for text in mails if (match := _DIGITS.search(text))]
            return next((code for code in reversed(found) if code not in self._used), None)

        found = Patience(90).until(f"{self.name}'s code", look)
        self._used.add(found)
        return found

    def types(self, selector: str, text: str) -> Locator:
        """Into this field; its form's button, which is not pressed."""
        field_ = self.page.locator(selector)
        field_.fill(text)
        form = self.page.locator("form").filter(has=field_)
        return form.locator("button[type=submit]").first

    def goes_on(self, done: Locator, again: Callable[[], Locator]) -> None:
        """Loads the page again, as who is shown an error by his browser: what he had sent is sent
        again. If he is asked all the same, he does it again; where he is shown neither, he loads
        once more."""
        seen = []
        for _ in range(ATTEMPTS):
            self._loads_again()
            expect(self.page.get_by_role("heading", level=1)).to_be_visible(timeout=SLOW)
            if not done.is_visible():
                try:
                    again().click()
                except Error:
                    seen.append(self._seen())
                    continue
            expect(done).to_be_visible(timeout=SLOW)
            return
        raise AssertionError(f"{self.name} cannot go on: {seen}")

    def _loads_again(self) -> None:
        """What is on its way still ends an attempt, and so does a page that says that the service
        is not all there yet."""
        end = time.monotonic() + 60
        while True:
            with suppress(Error):
                answer = self.page.reload()
                if answer is not None and answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
                    return
            assert time.monotonic() < end, f"{self.name} gets no page: {self._seen()}"
            self.page.wait_for_timeout(500)

    def _seen(self) -> str:
        return f"{self.page.url} {self.page.locator('body').inner_text()[:500]}"

    def reads(self) -> None:
        """As far as the page that asks whether all is right."""
        self.button("署名をはじめる", "link").click()
        self.page.locator("#checklist .item").first.click()
        self.page.locator("#finish").click()
        expect(self.headed("内容の確認")).to_be_visible(timeout=SLOW)

    def finishes(self) -> Locator:
        """The last button."""
        return self.sees("form[action$='/act'] button[type=submit]")


def interrupted(stack: Stack, buttons: Iterable[Locator], *workers: str) -> None:
    """All are pressed at one moment. The web app ends when a third of them has been written down,
    and these workers with it. Fails if everybody was answered, or if nobody was heard."""
    buttons = list(buttons)
    cut: list[str] = []
    for button in buttons:
        expect(button).to_be_visible(timeout=SLOW)
        button.page.on("requestfailed", lambda sent: cut.append(sent.method))
    killed_at(stack, partial(_press, buttons), Moment.AFTER, passing=len(buttons) // 3)
    for process in workers:
        kill(stack, process)
    wait_until_up(stack)
    buttons[0].page.wait_for_timeout(100)  # what the browsers have to tell
    assert "POST" in cut, "everybody was answered"


def _press(buttons: list[Locator]) -> None:
    moment = time.time() + 0.3 + 0.05 * len(buttons)
    press = "(button, at) => { setTimeout(() => button.click(), at - Date.now()); }"
    for button in buttons:
        button.evaluate(press, moment * 1000)


def send_to_all(stack: Stack, page: Page, contract: Path) -> None:
    """One envelope whose people are each asked for something else besides the link."""
    log_in(stack, page)
    new_draft(page, contract)
    for index, name in enumerate(("secret", "mail", "sms", "passkey", "app", "hands")):
        if index:
            page.get_by_role("button", name="関係者を追加").click()
            expect(page.locator(f"#people-{index}-name")).to_be_visible()
        row = f"#people-{index}"
        page.locator(f"{row}-name").fill(f"検証 {name}")
        page.locator(f"{row}-mail").fill(mail_of(name))
        page.locator(f"{row}-party").select_option("own" if name == "app" else "counterparty")
        page.locator(f"{row}-company").fill(FIRM)
        page.locator(f"{row}-language").select_option(language_of(name).value)
    page.locator("#people-0-withcode").check()
    page.locator("#people-0-code").fill(ACCESS_CODE)
    page.locator("#people-1-mailcode").check()
    page.locator("#people-2-smscode").check()
    page.locator("#people-2-phone").fill(NUMBER)
    page.locator("#people-3-withpasskey").check()
    page.locator("#people-4-appcode").check()
    page.locator("input[name=order][value=parallel]").check()
    page.get_by_role("textbox", name="封筒名").fill("途中で止まる契約")
    page.get_by_role("button", name="内容を確認する").click()
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("#live")).to_be_visible()


def send_by_hand(browser: Browser, contract: Path, *names: str) -> None:
    """An envelope for people who are asked for nothing besides the link."""
    people = [
        Person(
            f"検証 {name}",
            mail_of(name),
            FIRM,
            party="own" if name == "back" else "counterparty",
            language=language_of(name).value,
        )
        for name in names
    ]
    clerk = Clerk(browser.tab(browser.patience))
    clerk.create()
    clerk.upload([contract], [])
    clerk.send(f"途中で止まる契約（{names[0]}）", people, "parallel")
