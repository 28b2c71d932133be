"""axe-core finds nothing on any page, and nothing has to be scrolled sideways at 320 px."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser

from tests.chromium import chromium
from tests.webapp.access.cells import every_route
from tests.webapp.access.town import INVITED, Caller, Town
from tests.webapp.access.watch import Watch
from tests.webapp.accessibility.eyes import DESK, NARROW, PHONE, looking, spoken

pytestmark = [
    pytest.mark.local_sockets,  # the library talks to its browser
    pytest.mark.timeout(600),
]

FEWEST_PAGES = 40
MAILS = frozenset({"/admin/mails/<kind>/html"})
"""What is answered is a mail: it has no landmarks."""
USUAL = {"ja": PHONE, "en": DESK}
"""Each language in one width; in the other one, too, with `--thorough`."""
VIEWS = [
    pytest.param(language, width, marks=() if USUAL[language] == width else pytest.mark.thorough)
    for language in USUAL
    for width in (PHONE, DESK)
]
LANGUAGES = tuple(USUAL)
LONGER = "en"
"""Words that stand out of a narrow window first: every page is narrowed in this language."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@dataclass(frozen=True)
class Seen:
    """A page with somebody whom it is for; `html` is what a form was answered with."""

    caller: Caller
    url: str
    html: dict[str, str] = field(default_factory=dict)
    """By language; empty for pages that are there to be opened."""


@pytest.fixture(scope="module")
def pages(town: Town, watch: Watch) -> dict[str, Seen]:
    """Every page by its route, and what forms are answered with where nothing was entered."""
    found = {}
    for caller, target in every_route(town):
        if target.route.startswith("/static/") or target.route in MAILS:
            continue
        html = {}
        for language in LANGUAGES:
            answer = spoken(caller, target.method, target.url, language)
            if answer.status_code not in range(300, 400) and answer.mimetype == "text/html":
                html[language] = answer.text
            answer.close()
            watch.changed()
        if any("<html" in text for text in html.values()):
            kept = {} if target.method == "GET" else html
            found[f"{target.method} {target.route}"] = Seen(caller, target.url, kept)
    clerk = town.callers["clerk"]
    found["invited"] = Seen(town.callers["nobody"], f"/invited/{INVITED}")
    found["unknown"] = Seen(clerk, "/nowhere")
    found["code"] = Seen(town.callers["asking mailbox"], "/mailbox/code")
    found["closed list"] = Seen(town.callers["ended mailbox"], "/mailbox/documents")
    for name in ("draft", "finished", "withdrawn"):
        found[name] = Seen(clerk, town.deals[f"city-{name}"].path)
    return found


@pytest.mark.parametrize(("language", "width"), VIEWS)
def test_axe_finds_nothing_and_nothing_stands_out_of_a_narrow_window(
    browser: Browser,
    pages: dict[str, Seen],
    language: str,
    width: int,
    pytestconfig: pytest.Config,
) -> None:
    """In this width, and once in each language in 320 px, as a window of 1280 px at 400 %."""
    thorough = bool(pytestconfig.getoption("--thorough"))
    assert len(pages) >= FEWEST_PAGES
    problems = []
    with looking(browser, language) as eyes:
        for name, seen in pages.items():
            read = thorough or _is_read_in(language, name)
            narrowed = USUAL[language] == width
            if not read and not (narrowed and language == LONGER):
                continue
            eyes.look(seen.caller, seen.url, seen.html.get(language))
            if read:
                eyes.widen(width)
                problems += [f"{name}, {width} px: {fault}" for fault in eyes.faults()]
            eyes.widen(NARROW if narrowed else width)
            if eyes.overflow() > 0:
                problems.append(f"{name}: {eyes.overflow()} px stand out")
    assert not problems, "\n".join(problems)


def _is_read_in(language: str, name: str) -> bool:
    """Half of the pages in each, always the same: a page takes more than a second, and what is
    read differs by language in its letters only. `--thorough` reads all in both."""
    return zlib.crc32(name.encode()) % len(LANGUAGES) == LANGUAGES.index(language)


def test_a_page_with_faults_is_seen_to_have_them(browser: Browser, town: Town) -> None:
    page = "<!doctype html><title>x</title><main><h1>x</h1><img src='/x'><input></main>" + "x" * 900
    with looking(browser, "en") as eyes:
        eyes.look(town.callers["nobody"], "/login", page)
        eyes.widen(NARROW)
        assert eyes.overflow() > 0
        assert {fault.partition(":")[0] for fault in eyes.faults()} >= {
            "image-alt",
            "label",
            "html-has-lang",
        }
