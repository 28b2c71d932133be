"""A computer that shows a code, and a phone on which somebody draws, in real browsers; and the same
person who reads on the phone, with a finger and with a seal made of a name."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from storage.tables import Blob, Participant, Stamp
from tests.webapp.accessibility.eyes import DESK, PHONE
from tests.webapp.served import House
from tests.webapp.signer.fields import Placed, clean, complete, place
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
FINGER_MS = 16
"""Between two reports of a screen."""
BEGIN = {"ja": "署名をはじめる", "en": "Start signing"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    built = small_world(tmp_path, sqlite_in(tmp_path))
    yield built
    built.database.close()


@pytest.fixture(autouse=True)
def placed(world: World) -> Placed:
    return place(world)


@pytest.fixture
def browser(world: World, house: House) -> Iterator[Browser]:
    with house.home_of(world.app) as found:
        yield found


def page_of(browser: Browser, width: int, language: str) -> Page:
    size = ViewportSize(width=width, height=900)
    return browser.new_context(viewport=size, locale=language, has_touch=width < DESK).new_page()


def draw(phone: Page) -> None:
    """One stroke with a finger: as the screen reports it, not as a mouse would."""
    pad = phone.locator("#pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    screen = phone.context.new_cdp_session(phone)
    for step in range(20):
        at = {"x": box["x"] + 30 + 10 * step, "y": box["y"] + 40 + (step % 5) * 20}
        kind = "touchMove" if step else "touchStart"
        screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
        phone.wait_for_timeout(FINGER_MS)
    screen.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert pad.bounding_box() == box, "the finger moved the page"


def sent(world: World) -> bytes:
    """The newest picture, as it came."""
    with world.database.reading() as session:
        stamp = session.query(Stamp).order_by(Stamp.created_at.desc()).first()
        assert stamp is not None
        return world.vault.blobs[session.get_one(Blob, stamp.upload_blob_id).id]


def shown(picture: Locator) -> tuple[int, int]:
    """The size of a picture that has come."""
    expect(picture).to_be_visible()
    width, height = picture.evaluate(
        "it => it.decode().then(() => [it.naturalWidth, it.naturalHeight])"
    )
    return width, height


@pytest.mark.parametrize("language", ["ja", pytest.param("en", marks=pytest.mark.thorough)])
def test_a_signature_is_drawn_on_the_phone_and_seen_on_the_computer(
    world: World, browser: Browser, language: str
) -> None:
    world.change(Participant, world.participants[0], language=language)
    unfold, show, send, gone = WORDS[language]
    desk = page_of(browser, DESK, language)
    desk.goto(f"{HOST}/l/{world.token()}")
    desk.locator("main form button").first.click()
    desk.get_by_role("link", name=BEGIN[language]).click()
    press(desk, desk.get_by_text(unfold), desk.get_by_role("button", name=show))
    expect(desk.locator("#phone[open] #pad-show")).to_be_focused()
    settled(desk)
    # who thinks better of it while the code waits is not thrown back to it
    press(desk, desk.locator("#seal-way summary"), desk.locator("#look-seal"))
    expect(desk.locator("#stamp-state .waiting")).to_be_visible()
    expect(desk.locator("#seal-way[open] #look-seal")).to_be_focused()
    settled(desk)
    desk.locator("#phone summary").press("Enter")
    address = desk.locator("#pad-code .address")
    expect(address).to_contain_text(f"{HOST}/pad/")
    phone = page_of(browser, PHONE, language)
    phone.goto(address.inner_text())
    expect(phone.get_by_role("button", name=send)).to_be_disabled()
    draw(phone)
    width = phone.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0
    phone.get_by_role("button", name=send).click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(gone)
    expect(desk.locator("#pad-code")).to_have_count(0)
    expect(desk.locator("#look-stamp")).to_be_checked()
    assert sent(world).startswith(PNG[:8])
    clean(world, PNG)
    expect(desk.locator("#stamp-state img")).to_be_visible()
    speaking = desk.locator("[aria-live]:has(> #stamp-state)").element_handle()
    press(desk, desk.locator("#seal-way summary"), desk.locator("#look-seal"))
    expect(desk.locator("#seal-way[open] #look-seal")).to_be_focused()
    expect(desk.locator("#stamp-state .waiting")).to_be_visible()
    assert speaking.evaluate("part => part.isConnected"), "what reads the state out has stayed"


def settled(desk: Page) -> None:
    """What was unfolded is given back a moment after the focus."""
    expect(desk.locator("#look-choices.htmx-settling")).to_have_count(0)


def press(desk: Page, summary: Locator, button: Locator) -> None:
    """Unfold and press by keyboard; the answer replaces both."""
    summary.press("Enter")
    with desk.expect_response("**/fields"):
        button.press("Enter")


def test_a_finger_draws_where_the_text_is_read_and_a_name_becomes_a_seal(
    world: World, placed: Placed, browser: Browser
) -> None:
    """Drawn, round and square: each is what the confirmation shows."""
    other = world.client()
    complete(other, world.enter(other), placed)
    phone = page_of(browser, PHONE, "ja")
    phone.goto(f"{HOST}/l/{world.token()}")
    phone.locator("main form button").first.tap()
    phone.get_by_role("link", name=BEGIN["ja"]).tap()
    expect(phone.locator("#instead")).not_to_be_empty()  # nothing moves any more
    reading = phone.url
    with phone.expect_response("**/fields"):
        phone.locator("#look-stamp").check()
    # that there is no picture yet is no fault, and would move the pad under the finger
    expect(phone.locator("#saved")).not_to_be_empty()
    expect(phone.locator("#look-error")).to_be_empty()
    phone.get_by_text("手書きで署名する", exact=True).tap()
    draw(phone)
    drawn = _arrives(world, phone, "これを使う")
    # as wide as the finger went, with a margin; most of it is paper
    assert 190 < drawn.width < 220
    assert 0.01 < drawn.getchannel("A").histogram()[255] / (drawn.width * drawn.height) < 0.5
    seals = []
    for form, words in (("丸印", "山田"), ("角印（会社の印）", "株式会社山田組之印")):
        phone.goto(reading)
        phone.get_by_text("お名前から作る").tap()
        phone.get_by_label(form).check()
        expect(phone.get_by_label("印影の文字")).to_have_value(words)
        seals.append(_arrives(world, phone, "この文字で作る"))
    assert len({seal.tobytes() for seal in seals}) == len(seals)


def _arrives(world: World, phone: Page, button: str) -> Image.Image:
    """The picture that a button makes, once it is seen beside the text and on the confirmation."""
    phone.get_by_role("button", name=button).tap()
    expect(phone.locator("#stamp-state .waiting")).to_be_visible()
    clean(world, sent(world))
    with Image.open(BytesIO(sent(world))) as picture:
        picture.load()
    seen = phone.get_by_alt_text("あなたの印影")
    assert shown(seen) == picture.size
    phone.goto(re.sub("/read.*", "/confirm", phone.url))
    assert shown(seen) == picture.size
    return picture
