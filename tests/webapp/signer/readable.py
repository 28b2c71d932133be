"""The signer's world with documents that a browser can draw, and the way to them."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Self

import pikepdf
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, StorageState, ViewportSize

from storage.tables import Document, Participant
from tests.files.generate import A4, changed, contract
from tests.webapp.accessibility.eyes import DESK
from tests.webapp.signer.fields import store
from tests.webapp.signer.world import HOST, World, build_world
from tests.webapp.stack import sqlite_in

PAGES = 8
BALLAST = 500_000
"""Bytes of each page that no reader needs in order to draw it."""


def heavy(pages: int = PAGES, ballast: int = BALLAST) -> bytes:
    """Pages of text, each with a bag of bytes that cannot be made smaller."""

    def load(pdf: pikepdf.Pdf) -> None:
        for number, page in enumerate(pdf.pages):
            noise = random.Random(number).randbytes(ballast)  # noqa: S311  # alike in every run
            bag = pdf.make_stream(noise)
            page.obj["/PieceInfo"] = pikepdf.Dictionary(Test=pikepdf.Dictionary(Private=bag))

    return changed(contract(pages), load)


def blank(pages: int) -> bytes:
    """Pages without a word."""
    output = BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page(page_size=A4)
        pdf.save(output, deterministic_id=True)
    return output.getvalue()


def picture(number: int) -> bytes:
    """What intake draws of a page, more or less."""
    paper = Image.new("L", (595, 842), 255)
    ImageDraw.Draw(paper).text((60, 60), f"page {number}", fill=0)
    output = BytesIO()
    paper.save(output, "PNG")
    return output.getvalue()


def readable_world(folder: Path, pages: int = PAGES, data: bytes | None = None) -> World:
    """A document of `pages` pages, and one of two; pictures and words of all of them."""
    found = build_world(
        folder,
        sqlite_in(folder),
        (("機密保持契約書", data or contract(pages)), ("覚書", contract(2))),
    )
    for number, count in enumerate((pages, 2)):
        found.word(number, *[f"CONTRACT page {n}" for n in range(1, count + 1)])
        with found.database.transaction() as session:
            document = session.get_one(Document, found.documents[number])
            document.pages = count
            document.page_sizes = [[595, 842]] * count
            document.thumbnail_blob_ids = [
                str(store(session, found.vault.blobs, document.id, picture(n)))
                for n in range(1, count + 1)
            ]
    return found


@contextmanager
def window(
    browser: Browser, width: int = DESK, language: str = "ja", **more: bool | str | StorageState
) -> Iterator[Page]:
    """A browser of one person."""
    size = ViewportSize(width=width, height=844)
    context = browser.new_context(viewport=size, locale=language, **more)  # type: ignore[arg-type] # passed on
    yield context.new_page()
    context.close()


def enter(
    page: Page, world: World, path: str = "read", language: str = "ja", person: int = 0
) -> str:
    """Through the mailed link to a page of the visit; the visit's address."""
    world.change(Participant, world.participants[person], language=language)
    page.goto(f"{HOST}/l/{world.token(person)}")
    page.locator("main form button").first.click()
    page.wait_for_url("**/sign/**")
    visit = page.url[: page.url.index("/sign/") + len("/sign/") + 36] + "/"
    if path:
        page.goto(visit + path)
    return visit


def until(page: Page, expression: str) -> None:
    """Wait until it is true; `wait_for_function` evaluates text, which the policy forbids."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never: {expression}")


@dataclass(frozen=True)
class Visit:
    """The first signer's, in whatever window wants to look at it."""

    browser: Browser
    world: World
    url: str
    state: StorageState

    @classmethod
    def begin(cls, browser: Browser, world: World) -> Self:
        """Through the mailed link, once."""
        with window(browser) as page:
            url = enter(page, world, path="")
            return cls(browser, world, url, page.context.storage_state())

    @contextmanager
    def window(self, width: int = DESK, language: str = "ja", **more: bool | str) -> Iterator[Page]:
        """A window of its own, with the visit's cookie and a language."""
        self.world.change(Participant, self.world.participants[0], language=language)
        with window(self.browser, width, language, storage_state=self.state, **more) as page:
            yield page
