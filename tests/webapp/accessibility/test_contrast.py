"""What colours say is said where the system chooses them too, and louder where somebody asks so."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from tests.webapp.accessibility.eyes import AXE, PHONE
from tests.webapp.accessibility.way import signing_world, way
from tests.webapp.served import House
from tests.webapp.signer.fields import Placed
from tests.webapp.signer.readable import window
from tests.webapp.signer.world import World
from tests.webapp.stack import HOST, PASSWORD, Office, build_office, sqlite_in

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.timeout(300),
]
EDGE = 6
"""Pixels from the left edge that hold a border and what is behind it."""
STAGES = ("", "open", "finished", "declined", "skipped")


@contextmanager
def wanting_more(browser: Browser) -> Iterator[Page]:
    with window(browser, PHONE, contrast="more", bypass_csp=True) as page:
        page.add_init_script(path=AXE)
        yield page


@pytest.fixture
def signing(tmp_path: Path) -> Iterator[tuple[World, Placed]]:
    built, placed = signing_world(tmp_path)
    yield built, placed
    built.database.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    built = build_office(tmp_path, sqlite_in(tmp_path))
    yield built
    built.database.close()


def seen(mark: Locator) -> Image.Image:
    return Image.open(BytesIO(mark.screenshot())).convert("RGB")


def left(mark: Locator) -> bytes:
    """The left edge in the middle of its height."""
    shown = seen(mark)
    return shown.crop((0, shown.height // 2, EDGE, shown.height // 2 + 1)).tobytes()


def top(mark: Locator) -> bytes:
    shown = seen(mark)
    return shown.crop((shown.width // 2, 0, shown.width // 2 + 1, EDGE)).tobytes()


def bottom(mark: Locator) -> bytes:
    shown = seen(mark)
    return shown.crop(
        (shown.width // 2, shown.height - EDGE, shown.width // 2 + 1, shown.height)
    ).tobytes()


def log_in(page: Page) -> None:
    page.goto(f"{HOST}/login")
    page.locator("[name=mail]").fill("clerk@city.example")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("main").locator("form button").first.click()
    page.wait_for_url("**/envelopes")


def test_marks_of_the_signer_differ_in_the_system_s_colours(
    signing: tuple[World, Placed], house: House
) -> None:
    world, placed = signing
    with house.home_of(world.app) as browser, window(browser, forced_colors="active") as page:
        for name in way(page, world, placed, "ja"):
            if name == "read":
                item = page.locator(".item[data-entry]")
                done, open_ = page.locator(".item.done"), page.locator(".item:not(.done)")
                assert item.count() > done.count() > 0
                mark = done.first.locator(".mark")
                assert left(mark) != left(open_.first.locator(".mark"))
                tab, other = page.locator(".tabs .tab").all()
                assert top(tab) != top(other)
                empty = page.locator(".spot:not(.done, .other)").first
                kinds = [page.locator(".spot.done").first, empty, page.locator(".spot.other").first]
                assert len({left(spot) for spot in kinds}) == len(kinds)
                before = seen(empty).tobytes()
                empty.click()  # its input has the focus now
                assert seen(empty).tobytes() != before
            if name == "confirm":
                primary, secondary = page.locator(".actions .button").all()
                assert left(primary) != left(secondary)
            if name == "done":
                steps = page.locator(".way li")
                assert top(page.locator(".way .present")) != top(steps.last)


def test_marks_of_the_sender_differ_in_the_system_s_colours(office: Office, house: House) -> None:
    with house.home_of(office.app) as browser, window(browser, forced_colors="active") as page:
        log_in(page)
        filters = page.locator(".filters a")
        assert left(page.locator(".filters a[aria-current]")) != left(filters.last)
        links = page.locator(".navigation a")
        assert bottom(page.locator(".navigation a[aria-current]")) != bottom(links.last)
        # The stages of a route, without the workers who would open and finish them.
        page.evaluate(
            """async names => {
              const sheet = document.createElement("link");
              Object.assign(sheet, {rel: "stylesheet", href: "/static/css/route.css"});
              await new Promise(done => { sheet.onload = done; document.head.append(sheet); });
              document.querySelector("main").replaceChildren(...names.map(name => {
                const stage = document.createElement("div");
                stage.className = `stage ${name}`;
                stage.textContent = "x";
                return stage;
              }));
            }""",
            list(STAGES),
        )
        dots = [
            seen(stage).crop((4, 6, 20, 22)).tobytes() for stage in page.locator(".stage").all()
        ]
        assert len(set(dots)) == len(STAGES)


ENHANCED = """async () => {
  const runOnly = {type: "rule", values: ["color-contrast-enhanced"]};
  const {violations} = await axe.run(document, {runOnly});
  const nodes = violations.flatMap(rule => rule.nodes);
  return nodes.map(node => `${node.target} ${node.any[0].message}`);
}"""
"""WCAG 1.4.6: 7:1, and 4.5:1 for large letters."""


def test_who_asks_for_more_contrast_gets_seven_to_one(
    signing: tuple[World, Placed], office: Office, house: House
) -> None:
    world, placed = signing
    faults = {}
    with house.home_of(world.app) as browser, wanting_more(browser) as page:
        for name in way(page, world, placed, "ja"):
            faults[name] = page.evaluate(ENHANCED)
    with house.home_of(office.app) as browser, wanting_more(browser) as page:
        log_in(page)
        faults["list"] = page.evaluate(ENHANCED)
    assert not any(faults.values()), faults
