"""Signing at a building site: on a slow line, how soon the first page can be read, how soon the
last button is answered and everything is done, and the bytes of it. And, on whatever line, for how
long the reader of a large file does not answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import CDPSession, Page

from bench.click import PAGES, SHOWN, words_of
from bench.people import PATIENCE, Town, plan, town, written
from bench.report import Row, row
from cli.selftest.patience import Patience
from cli.selftest.signer import ACT, BEGIN
from tests.chromium import chromium
from tests.files.generate import contract, scanned, scans

SUBJECT = "line"
BITS, ROUND_TRIP = 1_500_000, 150
"""A second; milliseconds: a telephone between two cells, as browsers' own "slow 4G" has it."""
GOAL = 3000.0
"""Milliseconds from the button until the first page can be read."""
LOOKS = 5
SIGNINGS = 3
SCANS = 300
STILL = 200.0
"""Milliseconds: what a person does not yet feel as a page that hangs."""
_LISTEN = """
  window.longTasks = [0];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.longTasks.push(entry.duration);
  }).observe({ type: "longtask", buffered: true });
"""
_LONGEST = "() => Math.max(...window.longTasks)"
_NOW = "() => Date.now()"
_SINCE_LINK = "began => Date.now() - began"
_SHOWN_SINCE = """([words, began]) => new Promise((resolve) => {
  const look = () => document.getElementById("main")?.textContent.includes(words)
    ? resolve(Date.now() - began) : setTimeout(look, 20);
  look();
})"""
"""Milliseconds since the click, once the words stand on the page."""
_TAKEN, _DONE = "受け付け", "全員の手続きが終わり、文書が完成しました。"


@dataclass(frozen=True)
class Look:
    """One person's way from the mail to the first page: milliseconds, and bytes over the line."""

    page: float
    link: float
    bytes: int


@dataclass(frozen=True)
class Signing:
    """One person's whole way: milliseconds from the last button, and bytes since the link."""

    answer: float
    done: float
    bytes: int


def run() -> list[Row]:
    """All rows of the subject."""
    rows: list[Row] = []
    with town() as found, chromium() as browser:
        for pages in PAGES:
            rows.extend(_rows(found, browser, words_of(pages), contract(pages)))
            rows.extend(_signed(found, browser, words_of(pages), contract(pages)))
        rows.extend(_rows(found, browser, "20 scanned pages", scanned(20)))
        rows.append(_still(found, browser))
    return rows


def _still(found: Town, browser: Chromium) -> Row:
    """From one end of a large file to the other."""
    words = f"{SCANS} scanned pages, 50 MB"
    link = _mailed(found, words, scans(SCANS))
    longest = [_longest_task(browser, link) for _ in range(SIGNINGS)]
    return row(SUBJECT, f"{words}: the longest the page does not answer", longest, goal=STILL)


def _longest_task(browser: Chromium, link: str) -> float:
    """Milliseconds; the browser tells of those over 50."""
    window = browser.new_context(locale="ja-JP", viewport={"width": 390, "height": 844})
    try:
        page = window.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.add_init_script(_LISTEN)
        page.goto(link)
        page.get_by_role("button", name="文書を確認する").click()
        page.get_by_role("link", name=BEGIN).click()
        for number in (1, SCANS // 2, SCANS):
            page.locator(f"#page-{number}").scroll_into_view_if_needed()
            page.locator(f"#page-{number} .ink").wait_for(state="attached")
        return float(page.evaluate(_LONGEST))
    finally:
        window.close()


def _rows(found: Town, browser: Chromium, words: str, file: bytes) -> list[Row]:
    link = _mailed(found, words, file)
    looks = [_look(browser, link) for _ in range(LOOKS)]
    return [
        row(SUBJECT, f"{words}: the first one can be read", [x.page for x in looks], goal=GOAL),
        row(SUBJECT, f"{words}: from the link on, two buttons", [x.link for x in looks]),
        Row(
            SUBJECT, f"{words}: bytes until then", max(x.bytes for x in looks) / 1024, "KiB", LOOKS
        ),
    ]


def _mailed(found: Town, words: str, file: bytes) -> str:
    """The link to an envelope of its own, with one signer."""
    order = plan(written(found.folder, f"{words}.pdf", file), 1)
    found.asked(order)
    return found.mailbox.wait_for(order.people[0].mail, "/l/", Patience(PATIENCE))[1]


def _signed(found: Town, browser: Chromium, words: str, file: bytes) -> list[Row]:
    links = [_mailed(found, words, file) for _ in range(SIGNINGS)]
    ways = [_sign(browser, link) for link in links]
    kib = [way.bytes / 1024 for way in ways]
    return [
        row(SUBJECT, f"{words}: last button to the answer", [way.answer for way in ways]),
        row(SUBJECT, f"{words}: last button until everything is done", [way.done for way in ways]),
        Row(SUBJECT, f"{words}: bytes from the link until then", max(kib), "KiB", SIGNINGS),
    ]


def _look(browser: Chromium, link: str) -> Look:
    """A browser that has never been here."""
    window = browser.new_context(locale="ja-JP", viewport={"width": 390, "height": 844})
    try:
        page = window.new_page()
        with _slow(page) as counted:
            began = page.evaluate(_NOW)
            page.goto(link)
            page.get_by_role("button", name="文書を確認する").click()
            page.get_by_role("link", name=BEGIN).click()
            shown = page.locator("#page-1 img").evaluate(SHOWN)
            return Look(float(shown), float(page.evaluate(_SINCE_LINK, began)), sum(counted))
    finally:
        window.close()


def _sign(browser: Chromium, link: str) -> Signing:
    """A browser that has never been here, from the mailed link to the finished document."""
    window = browser.new_context(locale="ja-JP", viewport={"width": 390, "height": 844})
    try:
        page = window.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        with _slow(page) as counted:
            page.goto(link)
            page.get_by_role("button", name="文書を確認する").click()
            page.get_by_role("link", name=BEGIN).click()
            page.locator("#page-1 img").evaluate(SHOWN)
            page.locator("#finish").click()  # leads to the signature, at the document's end
            page.locator("#finish").click()
            page.wait_for_url("**/confirm")
            began = page.evaluate(_NOW)
            page.get_by_role("button", name=ACT).click()
            page.wait_for_url("**/done")
            answer, done = (page.evaluate(_SHOWN_SINCE, [w, began]) for w in (_TAKEN, _DONE))
            return Signing(float(answer), float(done), sum(counted))
    finally:
        window.close()


@contextmanager
def _slow(page: Page) -> Iterator[list[int]]:
    """The page's line is as slow as BITS and ROUND_TRIP; what comes over it is counted."""
    line: CDPSession = page.context.new_cdp_session(page)
    counted: list[int] = []
    line.on("Network.dataReceived", lambda event: counted.append(int(event["encodedDataLength"])))
    line.send("Network.enable")
    line.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": ROUND_TRIP,
            "downloadThroughput": BITS / 8,
            "uploadThroughput": BITS / 16,
        },
    )
    yield counted
