"""The reader in a real browser: words to select and find, sizes, small pages, what it loads."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.webapp.accessibility.eyes import DESK, PHONE
from tests.webapp.served import browsing
from tests.webapp.signer.readable import (
    PAGES,
    Visit,
    heavy,
    readable_world,
    until,
)
from tests.webapp.signer.world import World

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.timeout(300),
]
WORDS = "contract page"
FILE = heavy()
DARK = """canvas => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let dark = 0;
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 128 && data[at] < 128) dark += 1;
  return dark;
}"""
"""Pixels of ink on a canvas."""
UNDER = """span => {
  const ink = span.closest(".sheet").querySelector(".ink");
  const [page, word] = [ink.getBoundingClientRect(), span.getBoundingClientRect()];
  const scale = ink.width / page.width;
  const part = document.createElement("canvas");
  [part.width, part.height] = [Math.round(word.width * scale), Math.round(word.height * scale)];
  const [left, top] = [page.left - word.left, page.top - word.top];
  part.getContext("2d").drawImage(ink, left * scale, top * scale);
  return part;
}"""
"""What is drawn where a word of the text layer lies."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    built = readable_world(tmp_path_factory.mktemp("reader"), PAGES, FILE)
    yield built
    built.database.close()


@pytest.fixture(scope="module")
def browser(world: World) -> Iterator[Browser]:
    with browsing(world.app) as found:
        yield found


@pytest.fixture(scope="module")
def visit(browser: Browser, world: World) -> Visit:
    return Visit.begin(browser, world)


@pytest.fixture
def page(request: pytest.FixtureRequest, visit: Visit) -> Iterator[Page]:
    """The reader with its first page drawn."""
    width, language = getattr(request, "param", (DESK, "ja"))
    with visit.window(width, language) as found:
        found.goto(f"{visit.url}read")
        expect(found.locator("#page-1 .textLayer")).to_contain_text("CONTRACT page 1")
        yield found


both = pytest.mark.parametrize(
    "page", [(DESK, "ja"), (PHONE, "en")], ids=["ja-1280", "en-390"], indirect=True
)


def unfold(page: Page) -> Locator:
    page.locator("#finding > summary").click()
    return page.locator("#finding")


def test_words_lie_where_they_are_drawn_and_can_be_taken_away(page: Page) -> None:
    line = page.locator("#page-1 .textLayer span", has_text="Clause 3.").first
    width, dark = line.evaluate(
        f"span => {{ const part = ({UNDER})(span); return [part.width, ({DARK})(part)]; }}"
    )
    assert dark > width / 2, "no ink under the words"
    line.click(click_count=3)
    selected = page.evaluate("String(getSelection())")
    assert selected.startswith("Clause 3. The parties keep the information confidential")
    assert page.locator("#page-1 img").get_attribute("alt") == ""  # not read aloud twice


@both
def test_a_search_says_how_many_marks_them_and_leads_there(page: Page) -> None:
    finding = unfold(page)
    finding.get_by_role("searchbox").fill(WORDS)
    page.keyboard.press("Enter")
    expect(finding.get_by_role("status")).to_contain_text(re.compile(rf"{WORDS}\W+{PAGES} "))
    marked = "[...CSS.highlights.get('found')].map(String).filter(Boolean)"
    before = page.evaluate(marked)
    assert 1 <= len(before) < PAGES  # of pages that are drawn
    assert set(before) == {"CONTRACT page"}
    link = finding.locator(f".places a[data-page='{PAGES}']").first
    link.scroll_into_view_if_needed()
    link.click()
    expect(page.locator(f"#page-{PAGES}")).to_be_in_viewport()
    expect(page.locator(f"#page-{PAGES} .textLayer")).to_contain_text(f"CONTRACT page {PAGES}")
    until(page, f"CSS.highlights.get('found').size > {len(before)}")


@both
def test_pages_are_drawn_anew_in_another_size_and_escape_leads_back(page: Page) -> None:
    sheet, ink = page.locator("#page-1"), page.locator("#page-1 .ink")
    before = sheet.bounding_box()
    assert before is not None
    larger = page.locator("#zoom-in")
    larger.focus()
    for level in ("125%", "150%"):
        page.keyboard.press("Enter")
        expect(page.locator("#zoom-level")).to_have_text(level)
    sizes = "document.querySelector('#page-1').clientWidth - document.querySelector('.ink').width"
    until(page, f"Math.abs({sizes}) <= 1")
    after = sheet.bounding_box()
    assert after is not None
    assert after["width"] == pytest.approx(1.5 * before["width"], abs=2)
    # Words stay upon the ink, and what stands out is scrolled, not the page.
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    line = page.locator("#page-1 .textLayer span", has_text="Clause 3.").first
    assert line.evaluate(f"span => ({DARK})(({UNDER})(span))") > 0
    for _ in range(9):
        page.locator("#zoom-out").press("Enter")
    expect(page.locator("#zoom-level")).to_have_text("50%")
    enlarge = page.locator("#enlarge")
    enlarge.press("Enter")
    expect(enlarge).to_have_attribute("aria-pressed", "true")
    expect(page.locator("h1")).to_be_hidden()
    expect(enlarge).to_be_focused()
    page.keyboard.press("Escape")
    expect(enlarge).to_have_attribute("aria-pressed", "false")
    expect(page.locator("h1")).to_be_visible()
    expect(ink).to_have_count(1)


def test_small_pages_are_drawn_and_lead_to_the_large_ones(page: Page) -> None:
    finding = unfold(page)
    tiles = finding.locator("[data-tile]")
    expect(tiles).to_have_count(PAGES)
    expect(tiles.first.locator("canvas")).to_be_visible()
    assert tiles.first.locator("canvas").evaluate(DARK) > 50
    sixth = finding.locator("[data-tile='6']")
    sixth.press("Enter")  # by keyboard, as any link
    expect(page.locator("#page-6 .textLayer")).to_contain_text("CONTRACT page 6")
    expect(page.locator("#place")).to_contain_text(f"(6/{PAGES})")
    # What went out of sight gives its memory back.
    expect(page.locator("#page-1 .ink")).to_have_count(0)


def test_the_document_is_scrolled_by_keyboard_where_it_stands_out(page: Page) -> None:
    for _ in range(6):
        page.locator("#zoom-in").click()
    expect(page.locator("#zoom-level")).to_have_text("300%")
    page.locator("#sheets").focus()
    page.keyboard.press("ArrowRight")
    until(page, "document.getElementById('sheets').scrollLeft > 0")
