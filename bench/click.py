"""What a person waits for: the answer to his last button, and the first page that he reads."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from bench.people import PATIENCE, Town, plan, town, written
from bench.report import Row, quantile, row
from cli.selftest.patience import Patience
from cli.selftest.signer import ACT, BEGIN, Signer
from tests.chromium import chromium
from tests.files.generate import contract

SUBJECT = "click"
ALONE, TOGETHER, AT_ONCE = 20, 50, 4
PAUSE = 1.5
"""Seconds after an act alone: its signature is made before the next person presses."""
GOAL = 1000.0
"""Milliseconds within which 95 of 100 people are answered, 50 at once."""
PAGES = (1, 20, 300)
LOOKS = 7
SHOWN = "picture => picture.decode().then(() => performance.now())"
"""Milliseconds from the click on the link until the first page's picture can be drawn."""
_NOW = "() => performance.now()"


def run() -> list[Row]:
    """All rows of the subject."""
    with town() as found:
        file = written(found.folder, "contract.pdf", contract(3))
        people = found.ready([plan(file) for _ in range((ALONE + TOGETHER) // 2)], AT_ONCE)
        alone = [_pressed_alone(signer) for signer in people[:ALONE]]
        together = _pressed_together(people[ALONE:])
        return [
            *_rows("alone", alone, None),
            *_rows(f"{TOGETHER} at once", together, GOAL),
            *_reading(found),
        ]


def _rows(who: str, times: Sequence[float], goal: float | None) -> list[Row]:
    words = f"POST to the answer, {who}"
    return [
        row(SUBJECT, f"{words}: half of them", times),
        Row(SUBJECT, f"{words}: 95 of 100", quantile(times, 0.95), "ms", len(times), goal=goal),
    ]


def _pressed(signer: Signer, start: threading.Barrier | None = None) -> float:
    """Milliseconds from the last button to the page with the answer."""
    form = signer.confirmation.form(ACT)
    if start is not None:
        start.wait(PATIENCE)
    began = time.perf_counter()
    page = signer.browser.submit(form)
    milliseconds = 1000 * (time.perf_counter() - began)
    if page.status >= 400 or page.has_button(ACT):
        raise RuntimeError(f"not taken: {page.describe()}")
    return milliseconds


def _pressed_alone(signer: Signer) -> float:
    time.sleep(PAUSE)
    return _pressed(signer)


def _pressed_together(people: Sequence[Signer]) -> list[float]:
    start = threading.Barrier(len(people))
    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(lambda signer: _pressed(signer, start), people))


# -- reading ---------------------------------------------------------------------------------------


def _reading(found: Town) -> list[Row]:
    rows = []
    with chromium() as browser:
        for pages in PAGES:
            file = written(found.folder, f"{pages}.pdf", contract(pages))
            order = plan(file, 1)
            found.asked(order)
            _, link = found.mailbox.wait_for(order.people[0].mail, "/l/", Patience(PATIENCE))
            looks = [_look(browser, link) for _ in range(LOOKS)]
            words = words_of(pages)
            shown, drawn = ([look[part] for look in looks] for part in (0, 1))
            rows.append(row(SUBJECT, f"{words}: the first one is shown", shown))
            rows.append(row(SUBJECT, f"{words}: and drawn by pdf.js", drawn))
    return rows


def words_of(pages: int) -> str:
    """So many pages."""
    return f"{pages} page" if pages == 1 else f"{pages} pages"


def _look(browser: Chromium, link: str) -> tuple[float, float]:
    """A new browser opens the mailed link and begins to read."""
    window = browser.new_context(locale="ja-JP")
    try:
        page: Page = window.new_page()
        page.goto(link)
        page.get_by_role("button", name="文書を確認する").click()
        page.get_by_role("link", name=BEGIN).click()
        shown = page.locator("#page-1 img").evaluate(SHOWN)
        page.locator("#page-1 .ink").wait_for(state="attached")
        return float(shown), float(page.evaluate(_NOW))
    finally:
        window.close()
