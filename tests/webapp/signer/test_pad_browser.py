"""A computer that shows a code, and a phone on which somebody draws, in real browsers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from storage.tables import Blob, Participant, Stamp
from tests.webapp.accessibility.eyes import DESK, PHONE
from tests.webapp.served import House
from tests.webapp.signer.fields import clean, place
from tests.webapp.signer.world import HOST, World, small_world
from tests.webapp.stack import PNG, sqlite_in

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.timeout(300),
]
WORDS = {
    "ja": (
        "スマートフォンで手書きする",
        "QRコードを表示する",
        "この署名を送る",
        "書いた署名を送りました",
    ),
    "en": (
        "Sign by hand on a phone",
        "Show a QR code",
        "Send this signature",
        "Your drawing was sent",
    ),
}
BEGIN = {"ja": "署名をはじめる", "en": "Start signing"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    built = small_world(tmp_path, sqlite_in(tmp_path))
    place(built)
    yield built
    built.database.close()


@pytest.fixture
def browser(world: World, house: House) -> Iterator[Browser]:
    with house.home_of(world.app) as found:
        yield found


def page_of(browser: Browser, width: int, language: str) -> Page:
    size = ViewportSize(width=width, height=900)
    return browser.new_context(viewport=size, locale=language, has_touch=width < DESK).new_page()


def draw(phone: Page) -> None:
    pad = phone.locator("#pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    phone.mouse.move(box["x"] + 30, box["y"] + 40)
    phone.mouse.down()
    for step in range(1, 20):
        phone.mouse.move(box["x"] + 30 + 10 * step, box["y"] + 40 + (step % 5) * 20)
    phone.mouse.up()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_signature_is_drawn_on_the_phone_and_seen_on_the_computer(
    world: World, browser: Browser, language: str
) -> None:
    world.change(Participant, world.participants[0], language=language)
    unfold, show, send, sent = WORDS[language]
    desk = page_of(browser, DESK, language)
    desk.goto(f"{HOST}/l/{world.token()}")
    desk.locator("main form button").first.click()
    desk.get_by_role("link", name=BEGIN[language]).click()
    desk.get_by_text(unfold).click()
    desk.get_by_role("button", name=show).click()
    address = desk.locator("#pad-code .address")
    expect(address).to_contain_text(f"{HOST}/pad/")
    phone = page_of(browser, PHONE, language)
    phone.goto(address.inner_text())
    expect(phone.get_by_role("button", name=send)).to_be_disabled()
    draw(phone)
    width = phone.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0
    phone.get_by_role("button", name=send).click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(sent)
    expect(desk.locator("#look-stamp")).to_be_checked()
    with world.database.reading() as session:
        blob = session.get_one(Blob, session.query(Stamp).one().upload_blob_id)
    assert world.vault.blobs[blob.id].startswith(PNG[:8])
    clean(world, PNG)
    expect(desk.locator("#stamp-state img")).to_be_visible()
