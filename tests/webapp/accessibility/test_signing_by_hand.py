"""The signer's whole way with a keyboard alone, and without any script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from storage.filling import thaw
from storage.tables import Act, Envelope, Participant
from tests.webapp.accessibility.eyes import DESK, PHONE
from tests.webapp.keyboard import reach
from tests.webapp.served import House
from tests.webapp.signer.fields import GOOD, Placed, place
from tests.webapp.signer.world import World, small_world
from tests.webapp.stack import sqlite_in

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.timeout(300),
]
ORIGIN = "http://localhost:8080"
WORDS = {
    "ja": ("署名をはじめる", "完了する", "署名手続きを完了する"),
    "en": ("Start signing", "Finish", "Sign now"),
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two documents, two signers, nobody has acted."""
    built = small_world(tmp_path, sqlite_in(tmp_path))
    yield built
    built.database.close()


@pytest.fixture
def placed(world: World) -> Placed:
    return place(world)


@pytest.fixture
def browser(world: World, placed: Placed, house: House) -> Iterator[Browser]:
    """It finds the application under its own name, wherever it listens."""
    with house.home_of(world.app) as found:
        yield found


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    reach(page, target)
    page.keyboard.press(key)


def fill_in(page: Page, placed: Placed) -> None:
    """All kinds of fields of document 1."""
    for kind, name in placed.mine.items():
        found = page.locator(f"[name='field-{name}']")
        match kind.value:
            case "checkbox":
                press(page, found, "Space")
            case "radio":
                reach(page, found.first)
                page.keyboard.press("ArrowDown")
                assert found.nth(1).is_checked()
            case "dropdown":
                press(page, found, "ArrowDown")
                assert found.input_value() == GOOD[kind]
            case _:
                reach(page, found)
                page.keyboard.type(GOOD[kind].replace("\r\n", " "))


def sign(page: Page, world: World, placed: Placed, words: tuple[str, str, str]) -> None:
    """From the mailed link to 「手続きを受け付けました」."""
    begin, finish, confirm = words
    page.goto(f"{ORIGIN}/l/{world.token()}")
    press(page, page.locator("main form button").first)
    page.wait_for_url("**/sign/*/")
    press(page, page.get_by_role("link", name=begin))
    page.wait_for_url("**/read")
    fill_in(page, placed)
    press(page, page.locator("#look-name"), "Space")
    press(page, page.get_by_role("button", name=finish, exact=True))
    page.wait_for_url("**document=2**")
    reach(page, page.locator(f"[name='field-{placed.second}']"))
    page.keyboard.type("2階")
    press(page, page.get_by_role("button", name=finish, exact=True))
    page.wait_for_url("**/confirm")
    press(page, page.get_by_role("button", name=confirm))
    page.wait_for_url("**/done")
    assert page.get_by_role("heading", level=1).inner_text()


def signed_values(world: World) -> set[str]:
    with world.database.reading() as session:
        act = session.query(Act).one()
        envelope = session.get_one(Envelope, world.envelope_id)
        return set(thaw(session, world.vault_for_web, envelope, act).values())


EXPECTED = {"東京都千代田区", "一行目 二行目", "on", "免税", "振込", "2026-11-25", "2階"}


@pytest.mark.parametrize(
    ("script", "width", "language"),
    [
        (True, PHONE, "ja"),
        pytest.param(True, DESK, "en", marks=pytest.mark.thorough),
        pytest.param(False, DESK, "ja", marks=pytest.mark.thorough),
        (False, PHONE, "en"),
    ],
)
def test_everything_is_filled_in_and_signed(
    world: World, placed: Placed, browser: Browser, script: bool, width: int, language: str
) -> None:
    world.change(Participant, world.participants[0], language=language)
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": 900}, locale=language, java_script_enabled=script
    )
    sign(context.new_page(), world, placed, WORDS[language])
    context.close()
    assert signed_values(world) == EXPECTED
