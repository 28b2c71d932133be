"""A field is drawn, resized and removed by mouse, by keyboard and with a finger."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from storage import placing
from storage.tables import Envelope
from tests.webapp.accessibility.eyes import DESK, PHONE
from tests.webapp.served import House
from tests.webapp.stack import HOST, Office, build_office, sqlite_in
from tests.webapp.test_placing_across import PRICE, Desk
from tests.webapp.test_prefill_browser import log_in

pytestmark = [pytest.mark.local_sockets, pytest.mark.timeout(300)]
KEEP = re.compile("/fields$")
NEAR = 2.0
"""Millimetres by which a hand's point and a whole pixel may differ."""


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Office]:
    built = build_office(tmp_path, sqlite_in(tmp_path))
    yield built
    built.database.close()


@pytest.fixture
def desk(alone: Office) -> Desk:
    return Desk(alone, alone.browser("clerk"))


def middle(found: Locator) -> tuple[float, float]:
    box = found.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def millimetres(page: Page, part: str) -> float:
    """Of the only field, as its list says it."""
    return float(page.locator(f"#rows [id$='-{part}']").first.input_value())


def kept(office: Office, desk: Desk) -> list[tuple[float, float]]:
    """Widths and heights in the rows."""
    with office.database.reading() as session:
        fields = placing.fields_of(session.get_one(Envelope, desk.id))
    return [(float(field.width), float(field.height)) for field in fields]


def test_a_field_is_drawn_resized_and_removed_by_mouse_and_keyboard(
    alone: Office, desk: Desk, house: House
) -> None:
    with house.home_of(alone.app) as browser:
        page = log_in(browser, "ja")
        page.set_viewport_size({"width": DESK, "height": 1400})
        page.goto(f"{HOST}{desk.path}/fields")
        page.locator("#new-kind").select_option("text")
        page.get_by_role("button", name="ページの上に描いて置く").click()
        expect(page.locator("#draw-hint")).to_be_visible()
        sheet = page.locator(".paper").first
        sheet.scroll_into_view_if_needed()
        paper = sheet.bounding_box()
        assert paper is not None
        unit = 210 / paper["width"]
        x, y = paper["x"] + 100, paper["y"] + 120
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 160, y + 60, steps=4)
        expect(page.locator(".ghost")).to_be_visible()
        with page.expect_response(KEEP):
            page.mouse.up()
        box = page.locator(".box")
        expect(box).to_have_count(1)
        assert abs(millimetres(page, "width") - 160 * unit) < NEAR
        assert abs(millimetres(page, "x") - 100 * unit) < NEAR
        page.locator("#rows [id$='-label']").fill("住所")

        wide = millimetres(page, "width")
        x, y = middle(box.locator(".handle"))
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 40, y + 20, steps=4)
        with page.expect_response(KEEP):
            page.mouse.up()
        assert abs(millimetres(page, "width") - wide - 40 * unit) < NEAR

        wide, high = millimetres(page, "width"), millimetres(page, "height")
        box.focus()
        page.keyboard.press("Shift+ArrowRight")
        with page.expect_response(KEEP):
            page.keyboard.press("Shift+ArrowDown")
        assert (millimetres(page, "width"), millimetres(page, "height")) == (wide + 1, high + 1)
        page.wait_for_function("document.getElementById('rows').children.length === 1")
        assert kept(alone, desk) == [(round(wide + 1, 1), round(high + 1, 1))]

        box.focus()
        with page.expect_response(KEEP):
            page.keyboard.press("Delete")
        expect(box).to_have_count(0)
        assert kept(alone, desk) == []
        with page.expect_response(KEEP):
            page.keyboard.press("Control+z")
        expect(box).to_have_count(1)
        assert kept(alone, desk) == [(round(wide + 1, 1), round(high + 1, 1))]


def test_a_finger_moves_a_field_and_beside_it_none(alone: Office, desk: Desk, house: House) -> None:
    desk.save(1, desk.row(PRICE, "text", "住所"))
    with house.home_of(alone.app) as browser:
        state = log_in(browser, "ja").context.storage_state()
        context = browser.new_context(
            locale="ja-JP", storage_state=state, has_touch=True, is_mobile=True,
            viewport={"width": PHONE, "height": 844},
        )  # fmt: skip
        page = context.new_page()
        page.goto(f"{HOST}{desk.path}/fields")
        box = page.locator(".box")
        box.scroll_into_view_if_needed()
        before = millimetres(page, "x"), millimetres(page, "y")
        with page.expect_response(KEEP):
            stroke(page, middle(box), (30, 40))
        across, down = millimetres(page, "x") - before[0], millimetres(page, "y") - before[1]
        assert across > 5
        assert down > 5
        after, place = (millimetres(page, "x"), millimetres(page, "y")), box.bounding_box()
        paper = page.locator(".paper").first.bounding_box()
        assert paper is not None
        assert place is not None
        stroke(page, (paper["x"] + 20, place["y"] + 120), (0, -80))
        assert (millimetres(page, "x"), millimetres(page, "y")) == after
        context.close()


def stroke(page: Page, start: tuple[float, float], way: tuple[float, float]) -> None:
    """One finger, as the screen reports it."""
    screen = page.context.new_cdp_session(page)
    for step in range(6):
        x, y = (start[axis] + way[axis] * step / 5 for axis in (0, 1))
        kind = "touchStart" if step == 0 else "touchMove"
        point = {"x": x, "y": y}
        screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    screen.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
