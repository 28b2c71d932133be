"""Tools of the placing page: several fields in line, on every page, undone and done again."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from storage import placing
from storage.tables import Envelope
from tests.webapp.accessibility.eyes import DESK
from tests.webapp.served import House
from tests.webapp.stack import HOST, Office, build_office, sqlite_in
from tests.webapp.test_placing_across import PRICE, TOTAL, Desk
from tests.webapp.test_prefill_browser import log_in

KEEP = re.compile("/fields$")


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Office]:
    built = build_office(tmp_path, sqlite_in(tmp_path))
    yield built
    built.database.close()


def at(page: Page, key: str, part: str) -> Locator:
    return page.locator(f"#field-{key}-{part}")


@pytest.mark.local_sockets
@pytest.mark.timeout(300)
def test_fields_are_brought_into_line_copied_and_taken_back(
    alone: Office, house: House, tmp_path: Path
) -> None:
    desk = Desk(alone, alone.browser("clerk"))
    low = desk.row(TOTAL, "text", "氏名", x="23")
    desk.save(1, desk.row(PRICE, "text", "住所") | low)
    with house.home_of(alone.app) as browser:
        page = log_in(browser, "ja")
        page.set_viewport_size(ViewportSize(width=DESK, height=900))
        page.goto(f"{HOST}{desk.path}/fields")
        boxes, said = page.locator(".box"), page.locator("#placing-said")
        boxes.nth(1).press("Space")
        page.get_by_role("checkbox", name="まとめて選ぶ 住所").check()
        expect(said).to_have_text("選んだ入力欄：2個")
        page.get_by_role("button", name="左にそろえる").click()
        expect(at(page, TOTAL, "x")).to_have_value("20")
        with page.expect_response(KEEP):
            page.get_by_role("button", name="全ページにコピー").click()
        expect(said).to_have_text("2個の入力欄をコピーしました。")
        expect(boxes).to_have_count(4)
        page.screenshot(path=tmp_path / "placing-tools.png")
        page.keyboard.press("Control+z")
        expect(boxes).to_have_count(2)
        page.keyboard.press("Control+z")
        expect(said).to_have_text("元に戻しました：氏名")
        expect(at(page, TOTAL, "x")).to_have_value("23")
        page.keyboard.press("Control+Shift+z")
        expect(at(page, TOTAL, "x")).to_have_value("20")
        page.keyboard.press("Escape")
        boxes.nth(1).press("Control+ArrowUp")
        expect(said).to_have_text("ほかの入力欄にそろえました。")
        expect(at(page, TOTAL, "y")).to_have_value("32")
        boxes.nth(1).scroll_into_view_if_needed()
        place = boxes.nth(1).bounding_box()
        assert place is not None
        page.mouse.move(place["x"] + 20, place["y"] + 10)
        page.mouse.down()
        page.mouse.move(place["x"] + 23, place["y"] + 110, steps=4)
        expect(page.locator(".guide-x")).to_have_count(1)
        with page.expect_response(KEEP):
            page.mouse.up()
        expect(page.locator(".guide")).to_have_count(0)
        expect(at(page, TOTAL, "x")).to_have_value("20")
        expect(page.get_by_role("button", name="やり直す")).to_be_disabled()
    with alone.database.reading() as session:
        kept = placing.fields_of(session.get_one(Envelope, desk.id))
    assert [(row.key, row.x) for row in kept] == [(PRICE, "20"), (TOTAL, "20")]
    assert float(kept[1].y) > 40
