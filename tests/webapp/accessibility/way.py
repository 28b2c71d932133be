"""The signer's pages in one browser, for whoever looks at all of them in some way."""

from collections.abc import Iterator
from pathlib import Path

from argon2 import PasswordHasher
from playwright.sync_api import Page

from storage.tables import Participant
from tests.webapp.signer.fields import Placed, complete, enter, place
from tests.webapp.signer.readable import enter as enter_page
from tests.webapp.signer.readable import readable_world
from tests.webapp.signer.world import World

CODE = "482915"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(CODE)


def signing_world(folder: Path) -> tuple[World, Placed]:
    """Two documents with fields of all kinds; the second signer is asked for an access code."""
    world = readable_world(folder, pages=2)
    placed = place(world)
    world.change(Participant, world.participants[1], access_code_hash=HASH)
    return world, placed


def begun(world: World, placed: Placed) -> None:
    """Some fields of the first document are filled in, some are not."""
    client = world.client()
    enter(client, world.enter(client), placed.form(text="", date="", action="save"))


def way(page: Page, world: World, placed: Placed, language: str) -> Iterator[str]:
    """Prove, read, confirm, done: each shown when its name comes."""
    enter_page(page, world, path="", language=language, person=1)
    page.wait_for_url("**/prove")
    yield "prove"
    begun(world, placed)
    visit = enter_page(page, world, language=language)
    page.locator("#reader[data-ready]").wait_for()
    yield "read"
    client = world.client()
    complete(client, world.enter(client), placed)
    page.goto(f"{visit}confirm")
    yield "confirm"
    page.locator("form[action$='/act'] button").last.click()
    page.wait_for_url("**/done")
    yield "done"
