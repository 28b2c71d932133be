"""A seal's picture is cropped by mouse, by finger and by keyboard; the numbers are what is sent."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, Route, expect

from domain.crops import SIDES
from storage.desks import StoredStampDesk
from storage.tables import MemberSeal, OfficialSeal
from tests.webapp.accessibility.eyes import AXE
from tests.webapp.served import browsing
from tests.webapp.stack import HOST, PASSWORD, Office
from tests.webapp.test_waiting_browser import fits, tab_to

pytestmark = pytest.mark.local_sockets


@pytest.fixture(scope="module")
def photograph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seal on the left, something else on the right."""
    image = Image.new("RGB", (800, 400), "white")
    ImageDraw.Draw(image).ellipse((60, 60, 340, 340), None, (190, 30, 45), 24)
    ImageDraw.Draw(image).rectangle((600, 100, 780, 300), "#334")
    path = tmp_path_factory.mktemp("photograph") / "seal.png"
    image.save(path)
    return path


def logged_in(browser: Browser, where: str, **how: bool) -> Page:
    context = browser.new_context(locale="ja-JP", bypass_csp=True, **how)  # type: ignore[arg-type]
    context.add_init_script(path=AXE)
    page = context.new_page()
    page.goto(f"{HOST}/login?next={where}")
    page.get_by_label("メールアドレス").fill("admin@city.example")
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="ログイン", exact=True).click()
    expect(page.locator("[data-crop]").first).to_be_attached()
    return page


def drag(page: Page, selector: str, across: float, down: float) -> None:
    """From the middle of something, by parts of the picture."""
    box, at = page.locator(".crop-stage:visible").bounding_box(), page.locator(selector)
    held = at.bounding_box()
    assert box is not None
    assert held is not None
    x, y = held["x"] + held["width"] / 2, held["y"] + held["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across * box["width"], y + down * box["height"], steps=4)
    page.mouse.up()


def numbers(page: Page) -> list[int]:
    return [int(page.locator(f"#crop_{side}").input_value()) for side in SIDES]


def near(found: list[int], wanted: list[int]) -> bool:
    return all(abs(one - other) <= 2 for one, other in zip(found, wanted, strict=True))


def test_a_chosen_photograph_is_cropped_by_its_frame_before_it_is_sent(
    town: Office, photograph: Path
) -> None:
    with browsing(town.app) as browser:
        page = logged_in(browser, "/account/seal")
        page.set_viewport_size({"width": 1280, "height": 1600})
        assert page.locator(".crop-stage").is_hidden()
        page.locator("#seal-file").set_input_files(photograph)
        expect(page.locator(".crop-frame")).to_be_visible()
        drag(page, ".crop-edge[data-sides=right]", -0.5, 0)
        drag(page, ".crop-corner[data-sides='right bottom']", 0.1, -0.1)
        assert near(numbers(page), [0, 0, 40, 10])
        drag(page, ".crop-frame", 0.2, 0.3)  # it keeps its size, and stays within the picture
        assert near(numbers(page), [20, 10, 20, 0])
        page.locator("#crop_left").fill("0")
        fits(page)
        page.get_by_role("button", name="この画像を登録する").click()
        expect(page.get_by_text("画像を確認しています")).to_be_visible()
    with town.database.reading() as session:
        crop = session.query(MemberSeal).one().crop
    assert crop is not None
    assert near([int(part) for part in crop.split(",")], [0, 10, 20, 0])


def test_a_finger_moves_the_frame_too(town: Office, photograph: Path) -> None:
    with browsing(town.app) as browser:
        page = logged_in(browser, "/admin/seals", has_touch=True)
        page.set_viewport_size({"width": 390, "height": 800})
        page.locator("#stamp").set_input_files(photograph)
        expect(page.locator(".crop-frame")).to_be_visible()
        page.locator(".crop-frame").scroll_into_view_if_needed()
        box = page.locator(".crop-stage").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] - 6, box["y"] + box["height"] / 2
        far = x - box["width"] / 2
        hand = page.context.new_cdp_session(page)
        for kind, points in (
            ("touchStart", [{"x": x, "y": y}]),
            ("touchMove", [{"x": (x + far) / 2, "y": y}]),
            ("touchMove", [{"x": far, "y": y}]),
            ("touchEnd", []),
        ):
            hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        assert near(numbers(page), [0, 0, 50, 0])


def test_the_keyboard_crops_what_is_clean_already(town: Office) -> None:
    picture = BytesIO()
    Image.new("RGBA", (300, 200), (190, 30, 45, 255)).save(picture, "PNG")
    with browsing(town.app) as browser:
        page = logged_in(browser, "/admin/seals")
        page.locator("#name").fill("市長印")
        page.get_by_label("担当者").last.check()
        page.locator("#seal-text").fill("結市之印")
        page.get_by_role("button", name="この文字で追加する").click()
        with town.database.reading() as session:
            first = session.query(OfficialSeal).one().id
        StoredStampDesk(town.database, town.vault).accept(first, picture.getvalue())
        expect(page.get_by_text("切り抜きを直す")).to_be_visible()  # without a reload
        tab_to(page, "#crop-again summary")
        page.keyboard.press("Enter")
        expect(page.locator(".crop-frame")).to_be_visible()
        tab_to(page, "#again-crop_right")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        assert page.locator(".crop-frame").evaluate("frame => frame.style.right") == "2%"
        fits(page)
        tab_to(page, "#crop-again-do")
        page.keyboard.press("Enter")
        expect(page.get_by_text("切り抜きを直しています。")).to_be_visible()
    with town.database.reading() as session:
        made = session.query(OfficialSeal).filter_by(replaces_id=first).one()
    assert made.crop == "0,0,2,0"


def test_a_photograph_chosen_before_the_script_is_there_gets_its_frame(
    town: Office, photograph: Path
) -> None:
    with browsing(town.app) as browser:
        page = logged_in(browser, "/account/seal")
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        page.route("**/js/crop.js*", hold)
        page.reload(wait_until="commit")
        page.locator("#seal-file").set_input_files(photograph)
        expect(page.locator(".crop-frame")).to_be_hidden()
        held[0].continue_()
        expect(page.locator(".crop-frame")).to_be_visible()
        page.context.close()
