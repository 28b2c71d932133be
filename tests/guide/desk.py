"""One member at a desk, whose pages a manual shows."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.selftest.stack import Stack
from domain.kinds import Language
from storage.database import open_database
from storage.tables import Member
from tests.e2e.pages import SLOW
from tests.guide.camera import Camera
from tests.guide.words import WORDS

MANUAL = Path("docs/manual")
WINDOW = ViewportSize(width=1024, height=768)
LOCALES = {Language.JA: "ja-JP", Language.EN: "en-GB"}
_SWITCH = {Language.JA: "日本語", Language.EN: "English"}

CROP = {"left": 8, "top": 10, "right": 42, "bottom": 9}
"""Per cent of `papers.photograph`."""

UNSTUCK = """
() => [...document.querySelectorAll("main *")]
    .filter(part => getComputedStyle(part).position === "sticky")
    .forEach(part => { part.style.position = "static"; })
"""
"""What stays at the window's edge would lie over the parts of a page that is taken whole."""


class Desk:
    """One member at a desk, in one language, with a camera."""

    def __init__(
        self,
        stack: Stack,
        browser: Browser,
        role: str,
        language: Language,
        camera: Camera | None = None,
    ) -> None:
        """With a camera of another's, his pictures are part of that one's story."""
        self.stack, self._browser = stack, browser
        self._base = stack.target().base_url
        logins = json.loads(stack.home.demo_logins.read_text(encoding="utf-8"))
        self.login = next(row for row in logins if row["role"].split()[0] == role)
        self.language, self.words = language, WORDS[language]
        self.camera = camera or Camera(MANUAL / language.value / role, language)
        self.page: Page = browser.new_context(viewport=WINDOW, locale=LOCALES[language]).new_page()
        self.page.set_default_timeout(SLOW)
        expect.set_options(timeout=SLOW)

    def go(self, path: str) -> Page:
        """Open a page of the service."""
        self.page.goto(f"{self._base}{path}")
        return self.page

    def see(self, path: str, name: str) -> None:
        """Open it and take its picture."""
        self.camera.take(self.go(path), name)

    def log_in(self, *, picture: bool = True) -> None:
        """With a picture of the page; then in the reader's language, whatever the member's is."""
        page = self.go("/login")
        if picture:
            self.camera.take(page, "login")
        page.locator("#mail").fill(self.login["mail"])
        page.locator("#password").fill(self.login["password"])
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url(lambda url: not url.endswith("/login"))
        switch = page.get_by_role("button", name=_SWITCH[self.language], exact=True)
        if switch.count():
            switch.click()
            page.wait_for_load_state("networkidle")

    def press(self, selector: str) -> Page:
        """A button that leads to another page."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()
        return self.page

    def also(self, role: str) -> "Desk":
        """A colleague at his own desk, whose pictures belong to this story."""
        desk = Desk(self.stack, self._browser, role, self.language, self.camera)
        desk.log_in(picture=False)
        return desk

    def leave(self) -> None:
        """Close the browser."""
        self.page.context.close()


def crop(page: Page) -> None:
    """What is not the seal is cut off the photograph that was chosen."""
    expect(page.locator("#crop .crop-frame")).to_be_visible()
    for side, percent in CROP.items():
        page.locator(f"#crop_{side}").fill(str(percent))
    page.locator(":focus").blur()


@contextmanager
def rows_of(stack: Stack) -> Iterator[Session]:
    """The stack's rows, to be changed: for what no page brings about in an afternoon."""
    database = open_database(stack.home.database_url)
    try:
        with database.transaction() as session:
            yield session
    finally:
        database.close()


def speak(stack: Stack, language: Language) -> None:
    """All members get their mails in this language."""
    with rows_of(stack) as session:
        for member in session.scalars(select(Member)):
            member.language = language.value
