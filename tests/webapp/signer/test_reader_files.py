"""The reader with the largest documents, and with Japanese ones, in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from cli.selftest.samples import write_samples
from tests.files.generate import scans
from tests.webapp.served import House
from tests.webapp.signer.readable import Visit, readable_world
from tests.webapp.signer.world import World

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.timeout(300),
]
MANY, LARGE = 300, 50_000_000
"""Pages and bytes."""
DRAWN_AT_ONCE = 8
"""Pages that are in sight, or next to it."""


@pytest.fixture
def largest(tmp_path: Path) -> Iterator[World]:
    """As many pages, and as many bytes, as a document may have in practice: all of it is drawn."""
    data = scans(MANY)
    assert len(data) > LARGE
    built = readable_world(tmp_path, MANY, data)
    yield built
    built.database.close()


def test_of_the_largest_files_only_what_is_looked_at_is_loaded_and_drawn(
    largest: World, house: House
) -> None:
    """The last of 300 pages is drawn with a fraction of 50 MB, and no page waits for all others."""
    with house.home_of(largest.app) as browser:
        _read_the_last_page(Visit.begin(browser, largest))


def _read_the_last_page(visit: Visit) -> None:
    with visit.window() as page:
        line = page.context.new_cdp_session(page)
        files: dict[str, str] = {}
        came = 0
        parts: list[dict[str, Any]] = []

        def asked(event: dict[str, Any]) -> None:
            if event["request"]["url"].endswith("/file"):
                files[event["requestId"]] = event["request"]["headers"].get("Range", "")

        def answered(event: dict[str, Any]) -> None:
            if event["requestId"] in files:
                parts.append(event["response"])

        def received(event: dict[str, Any]) -> None:
            nonlocal came
            if event["requestId"] in files:
                came += event["dataLength"]

        line.on("Network.requestWillBeSent", asked)
        line.on("Network.responseReceived", answered)
        line.on("Network.dataReceived", received)
        line.send("Network.enable")
        page.goto(f"{visit.url}read")
        expect(page.locator("#page-1 .textLayer")).to_contain_text("CONTRACT page 1")
        assert page.locator(".ink").count() <= DRAWN_AT_ONCE
        held = _held_back(page)
        page.locator(f"#page-{MANY}").scroll_into_view_if_needed()
        while not held:
            page.wait_for_timeout(50)
        # Nobody waits for a part that is on its way: the buttons answer, other pages are shown.
        page.locator("#zoom-in").click()
        expect(page.locator("#zoom-level")).to_have_text("125%")
        page.locator("#zoom-out").click()
        expect(page.locator(f"#page-{MANY} img")).to_be_visible()
        _let_go(page, held)
        expect(page.locator(f"#page-{MANY} .textLayer")).to_contain_text(f"CONTRACT page {MANY}")
        expect(page.locator("#page-1 .ink")).to_have_count(0)
        assert page.locator(".ink").count() <= DRAWN_AT_ONCE
    statuses = [part["status"] for part in parts]
    assert statuses.count(206) >= 2, statuses
    assert set(statuses[1:]) == {206}, statuses  # the first one asks whether parts are given
    assert came < LARGE / 10, f"{came} of {LARGE} bytes"


def _held_back(page: Page) -> list[Route]:
    """Parts of the file that were asked for and do not come."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/file", hold)
    return held


def _let_go(page: Page, held: list[Route]) -> None:
    """All of them, and whatever is asked for from now on."""
    while held:
        held.pop().continue_()
    page.unroute("**/file")


def test_a_japanese_text_is_read_by_a_japanese_voice_on_an_english_page(
    tmp_path: Path, house: House
) -> None:
    (contract,) = write_samples(tmp_path, 1)
    world = readable_world(tmp_path, 2, contract.read_bytes())
    with house.home_of(world.app) as browser:
        visit = Visit.begin(browser, world)
        with visit.window(language="en") as page:
            page.goto(f"{visit.url}read")
            expect(page.locator("html")).to_have_attribute("lang", "en")
            layer = page.locator("#page-1 .textLayer")
            expect(layer).to_contain_text("業務を誠実に行う")
            expect(layer).to_have_attribute("lang", "ja")
            page.goto(f"{visit.url}read?document=2")
            expect(page.locator("#page-1 .textLayer")).to_contain_text("CONTRACT page 1")
            assert page.locator("#page-1 .textLayer").get_attribute("lang") is None
    world.database.close()
