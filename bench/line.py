"""Reading at a building site: how soon the first page can be read on a slow line, and its bytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import CDPSession, Page

from bench.click import PAGES, SHOWN, words_of
from bench.people import PATIENCE, Town, plan, town, written
from bench.report import Row, row
from cli.selftest.patience import Patience
from cli.selftest.signer import BEGIN
from tests.chromium import chromium
from tests.files.generate import contract, scanned

SUBJECT = "line"
BITS, ROUND_TRIP = 1_500_000, 150
"""A second; milliseconds: a telephone between two cells, as browsers' own "slow 4G" has it."""
GOAL = 3000.0
"""Milliseconds from the button until the first page can be read."""
LOOKS = 5
_SINCE_LINK = "began => Date.now() - began"


@dataclass(frozen=True)
class Look:
    """One person's way from the mail to the first page: milliseconds, and bytes over the line."""

    page: float
    link: float
    bytes: int


def run() -> list[Row]:
    """All rows of the subject."""
    rows: list[Row] = []
    with town() as found, chromium() as browser:
        for pages in PAGES:
            rows.extend(_rows(found, browser, words_of(pages), contract(pages)))
        rows.extend(_rows(found, browser, "20 scanned pages", scanned(20)))
    return rows


def _rows(found: Town, browser: Chromium, words: str, file: bytes) -> list[Row]:
    order = plan(written(found.folder, f"{words}.pdf", file), 1)
    found.asked(order)
    _, link = found.mailbox.wait_for(order.people[0].mail, "/l/", Patience(PATIENCE))
    looks = [_look(browser, link) for _ in range(LOOKS)]
    return [
        row(SUBJECT, f"{words}: the first one can be read", [x.page for x in looks], goal=GOAL),
        row(SUBJECT, f"{words}: from the link on, two buttons", [x.link for x in looks]),
        Row(
            SUBJECT, f"{words}: bytes until then", max(x.bytes for x in looks) / 1024, "KiB", LOOKS
        ),
    ]


def _look(browser: Chromium, link: str) -> Look:
    """A browser that has never been here."""
    window = browser.new_context(locale="ja-JP", viewport={"width": 390, "height": 844})
    try:
        page = window.new_page()
        with _slow(page) as counted:
            began = page.evaluate("() => Date.now()")
            page.goto(link)
            page.get_by_role("button", name="文書を確認する").click()
            page.get_by_role("link", name=BEGIN).click()
            shown = page.locator("#page-1 img").evaluate(SHOWN)
            return Look(float(shown), float(page.evaluate(_SINCE_LINK, began)), sum(counted))
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
