"""Somebody with a browser of his own, on the pages of a small world."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from argon2 import PasswordHasher
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from domain.kinds import Language, Role
from runtime.i18n import translator
from storage.tables import Act, Member, Participant
from tests.webapp.accessibility.eyes import AXE, DESK, PHONE, faults_on
from tests.webapp.keyboard import reach
from tests.webapp.served import House
from tests.webapp.signer.world import HOST, World, small_world
from tests.webapp.stack import sqlite_in


class How(StrEnum):
    """What somebody has at hand."""

    MOUSE = "mouse"
    KEYBOARD = "keyboard"
    NO_SCRIPT = "no-script"


View = tuple[int, str, How]
VIEWS = [(width, language, How.MOUSE) for width in (PHONE, DESK) for language in ("ja", "en")]
"""On a phone and at a desk, in both languages."""
AUDITED = {(PHONE, "ja"), (DESK, "en"), (PHONE, "en")}
"""Where axe-core looks at every page on the way. tests/webapp/accessibility looks at them all."""
HANDS = [
    (PHONE, "ja", How.MOUSE),
    (DESK, "en", How.MOUSE),
    (DESK, "ja", How.NO_SCRIPT),
    (PHONE, "en", How.KEYBOARD),
]
"""The same four windows; two of them without a script, and without a mouse."""
HARDER_HANDS = HANDS[2:]
"""Both windows and both languages. What can be reached with the Tab key can be clicked."""
PASSWORD = "correct horse battery"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
_LOOKED_AT: set[str] = set()
"""Marks of pages that nothing was found on: the way there is the same for many."""
_MARK = """() => document.documentElement.lang + innerWidth + document.title
  + [...document.querySelectorAll("main *")].map(part => part.tagName + part.className).join()"""
UNREAD = (
    "文書%(number)sが、まだ最後まで表示されていませんでした。"
    "内容を確認してから、もう一度「完了する」を押してください。"
)


@dataclass
class Person:
    """A signer, the first one unless told; or a member of the organisation that asks him."""

    world: World
    browser: Browser
    page: Page
    language: str
    number: int = 0
    how: How = How.MOUSE

    @property
    def main(self) -> Locator:
        """What the page is for."""
        return self.page.get_by_role("main")

    def asked_for(self, **values: object) -> None:
        """What the sender asked of this person."""
        self.world.change(Participant, self.world.participants[self.number], **values)

    def say(self, text: str) -> str:
        """A text of the pages in his language."""
        return translator(Language(self.language)).gettext(text)

    def look(self) -> None:
        """As axe-core sees the page."""
        if self.how is How.NO_SCRIPT or not self.page.evaluate("() => 'axe' in window"):
            return
        mark = self.page.evaluate(_MARK)
        if mark in _LOOKED_AT:
            return
        faults = faults_on(self.page)
        assert not faults, f"{self.page.url}\n" + "\n".join(faults)
        _LOOKED_AT.add(mark)

    def press(self, text: str, role: str = "button") -> None:
        """Go on; nothing may have to be scrolled sideways."""
        found = self.main.get_by_role(role, name=self.say(text), exact=True).first  # type: ignore[arg-type]
        expect(found).to_be_visible()
        self.look()
        assert self.page.locator("html").evaluate("html => html.scrollWidth - innerWidth") <= 0
        self.activates(found)

    def activates(self, found: Locator) -> None:
        """A link or a button, with what he has at hand."""
        self._goes_to(found)
        if self.how is How.KEYBOARD:
            self.page.keyboard.press("Enter")
        else:
            found.click()

    def _goes_to(self, found: Locator) -> None:
        """With the Tab key alone, and sees where he is."""
        if self.how is How.KEYBOARD:
            reach(self.page, found)

    def reads(self, text: str) -> None:
        """It stands on the page."""
        expect(self.main).to_contain_text(self.say(text))

    def headed(self, text: str) -> None:
        """The page's title."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.say(text))
        self.look()

    def fails(self) -> None:
        """Something typed is missing or wrong, and the page says what."""
        expect(self.page.locator(".error-summary")).to_be_visible()
        self.look()

    def types(self, label: str, value: str) -> None:
        """Into the field of this name."""
        found = self.main.get_by_role("textbox", name=self.say(label))
        self._goes_to(found)
        if self.how is How.KEYBOARD:
            self.page.keyboard.press("Control+A")
            self.page.keyboard.type(value)
        else:
            found.fill(value)

    def opens(self, path: str = "") -> None:
        """The mailed link, and its one button."""
        self.page.goto(f"{HOST}{path or '/l/' + self.world.token(self.number)}")
        self.activates(self.page.locator("main form button.primary").first)

    def signs(self) -> None:
        """All that lies between the guide and the last page."""
        self.press("署名をはじめる", "link")
        if self.how is not How.MOUSE:
            self.finishes_reading()
            # Where scripts run, what was not shown yet comes first.
            self.page.wait_for_url(re.compile("document=2|/confirm"))
            if "document=2" in self.page.url:
                unread = self.say(UNREAD).replace("%(number)s", "2")
                expect(self.page.locator("#unread")).to_have_text(unread)
                self.finishes_reading()
            self.headed("内容の確認")
            return
        for number in (1, 2):
            mark = self.page.locator("#checklist a.item").nth(number - 1)
            mark.click()
            expect(self.page.locator("#checklist a.item.done")).to_have_count(number)
        self.page.locator("#finish").click()
        self.headed("内容の確認")

    def finishes_reading(self) -> None:
        """By 「完了する」 under the text."""
        self.activates(self.page.locator("#finish"))

    def elsewhere(self) -> "Person":
        """The same person with another device."""
        return Person(self.world, self.browser, a_page(self.browser, DESK, "ja"), self.language)

    def sender(self) -> "Person":
        """Who sent it, logged in, with a window of the same size and the same language."""
        values = {"password_hash": HASH, "roles": [Role.CLERK.value]}
        self.world.change(Member, self.world.member_id, **values)
        size = self.page.viewport_size
        assert size is not None
        page = a_page(self.browser, size["width"], self.language)
        clerk = Person(self.world, self.browser, page, self.language)
        clerk.page.goto(f"{HOST}/login")
        clerk.page.locator("#mail").fill("clerk@musubi.test")
        clerk.page.locator("#password").fill(PASSWORD)
        clerk.page.locator("main form button[type=submit]").first.click()
        clerk.page.wait_for_url(lambda url: not url.endswith("/login"))
        return clerk


def a_page(browser: Browser, width: int, language: str, *, scripts: bool = True) -> Page:
    """An empty window."""
    size = ViewportSize(width=width, height=900)
    audited = scripts and (width, language) in AUDITED
    context = browser.new_context(viewport=size, locale=language, java_script_enabled=scripts)
    if audited:
        context.add_init_script(path=AXE)
    page = context.new_page()
    page.set_default_timeout(30_000)
    return page


@contextmanager
def somebody(folder: Path, house: House, view: View) -> Iterator[Person]:
    """The first signer of a world of his own."""
    width, language, how = view
    world = small_world(folder, sqlite_in(folder))
    with house.home_of(world.app) as browser:
        page = a_page(browser, width, language, scripts=how is not How.NO_SCRIPT)
        person = Person(world, browser, page, language, how=how)
        person.asked_for(language=language)
        yield person
    world.database.close()


def name_of(view: View) -> str:
    """In the list of tests."""
    return "-".join(str(part) for part in view if part is not How.MOUSE)


def acts(world: World) -> list[Act]:
    """All that was done."""
    with world.database.reading() as session:
        return session.query(Act).all()
