"""Where the reader does not come to run, every page is a picture, and a sentence says so."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.webapp.accessibility.eyes import PHONE
from tests.webapp.served import browsing
from tests.webapp.signer.readable import Visit, readable_world
from tests.webapp.signer.world import World

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.timeout(300),
]
PAGES = 4
SCRIPTS = Path(__file__).parents[3] / "webapp/static/signer"
READER, LIBRARY, WORKER = "**/signer/reader.js*", "**/pdf.min.mjs*", "**/pdf.worker.min.mjs*"
SAID = {"ja": "文書をページの画像で表示しています", "en": "shown as pictures of its pages"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    built = readable_world(tmp_path_factory.mktemp("missing"), PAGES)
    yield built
    built.database.close()


@pytest.fixture(scope="module")
def browser(world: World) -> Iterator[Browser]:
    with browsing(world.app) as found:
        yield found


@pytest.fixture(scope="module")
def visit(world: World, browser: Browser) -> Visit:
    return Visit.begin(browser, world)


def gone(route: Route) -> None:
    route.fulfill(status=404, body="")


def too_new(route: Route) -> None:
    """What an old browser sees in today's words."""
    route.fulfill(content_type="text/javascript", body="const words = ?.of => tomorrow;")


def see_all_pages(page: Page) -> None:
    for number in range(1, PAGES + 1):
        picture = page.locator(f"#page-{number} img")
        picture.scroll_into_view_if_needed()
        expect(picture).to_be_visible()
        expect(picture).to_have_js_property("naturalWidth", 595)


@pytest.mark.parametrize(
    ("address", "answer", "language"),
    [
        (READER, gone, "ja"),
        (READER, too_new, "en"),
        (LIBRARY, gone, "en"),
        (WORKER, gone, "ja"),
    ],
)
def test_every_page_is_a_picture_and_a_sentence_says_so(
    visit: Visit, address: str, answer: Callable[[Route], None], language: str
) -> None:
    with visit.window(PHONE, language) as page:
        page.route(address, answer)
        page.goto(f"{visit.url}read")
        expect(page.get_by_role("status").filter(has_text=SAID[language])).to_be_visible()
        see_all_pages(page)
        # What only the reader can do is offered only where it runs.
        zoom = page.locator("#zoom-in")
        expect(zoom).to_be_visible(visible=address != READER)


def test_where_all_scripts_are_lost_each_page_is_behind_a_link(visit: Visit) -> None:
    with visit.window(PHONE) as page:
        page.route(re.compile(r"/static/.*\.m?js"), gone)
        page.goto(f"{visit.url}read")
        see = page.locator("#page-1 img")
        expect(see).to_have_js_property("naturalWidth", 595)
        for number in range(2, PAGES + 1):
            link = page.get_by_role("link", name=f"{number}ページ目を画像で開く")
            expect(link).to_be_visible()
        with page.context.expect_page() as opened:
            page.get_by_role("link", name=f"{PAGES}ページ目を画像で開く").click()
        opened.value.wait_for_load_state()
        assert opened.value.evaluate("document.images[0].naturalWidth") == 595


def test_a_picture_that_got_lost_leaves_its_link(visit: Visit) -> None:
    with visit.window() as page:
        page.route("**/pages/2", gone)
        page.route(READER, gone)
        page.goto(f"{visit.url}read")
        expect(page.get_by_role("link", name="2ページ目を画像で開く")).to_be_visible()
        expect(page.locator("#page-2 img")).to_have_count(0)


def test_the_first_page_has_a_slow_line_for_itself(visit: Visit) -> None:
    """Neither another page nor pdf.js is asked for before it is there; nothing is said."""
    held: list[Route] = []
    asked: list[str] = []

    def hold(route: Route) -> None:
        held.append(route)

    with visit.window(PHONE) as page:
        page.on("request", lambda request: asked.append(request.url))
        page.route("**/pages/1", hold)
        page.goto(f"{visit.url}read", wait_until="domcontentloaded")
        expect(page.locator("#reader[data-running]")).to_have_count(1)
        assert len(held) == 1
        assert not [url for url in asked if re.search(r"/pages/[2-9]|/pdfjs/|/file$", url)]
        held[0].continue_()
        expect(page.locator("#reader[data-ready]")).to_have_count(1)
        assert [url for url in asked if url.endswith("/pages/2")]
        expect(page.locator("#instead")).to_be_empty()
        expect(page.locator(".coming")).to_have_count(0)


def test_a_browser_without_lazy_pictures_asks_for_those_in_reach(visit: Visit) -> None:
    asked: list[str] = []
    with visit.window() as page:
        page.add_init_script("delete HTMLImageElement.prototype.loading")
        page.route(READER, too_new)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{visit.url}read")
        page.wait_for_load_state("networkidle")
        assert [url for url in asked if url.endswith("/pages/2")]
        assert not [url for url in asked if url.endswith(f"/pages/{PAGES}")]
        page.evaluate(f"location.hash = 'page-{PAGES}'")
        see = page.locator(f"#page-{PAGES} img")
        expect(see).to_have_js_property("naturalWidth", 595)


def test_the_script_that_old_browsers_need_has_no_word_that_they_do_not_know() -> None:
    """ES5: no arrows, templates, optional chaining, modules, `let`, `const` or `class`."""
    code = re.sub(r"//.*", "", (SCRIPTS / "pictures.js").read_text("utf-8"))
    assert not re.findall(r"=>|`|\?\.|\?\?|\b(?:let|const|class|import|export|await|of)\b", code)
