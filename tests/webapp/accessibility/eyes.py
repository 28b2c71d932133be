"""A browser whose every request is answered by the application in this process: no server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request, Route
from werkzeug.test import TestResponse

from tests.webapp.access.town import Caller
from webapp.language import COOKIE as LANGUAGE

ORIGIN = "http://localhost:8080"
AXE = Path(__file__).parents[3] / "node_modules/axe-core/axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
PHONE, NARROW, DESK = 390, 320, 1280


class Eyes:
    """A window in one language, in which one caller after another looks at a page."""

    def __init__(self, page: Page, language: str) -> None:
        self._page, self._language = page, language
        self._caller: Caller | None = None
        self._shown: dict[str, str] = {}
        page.route("**/*", self._answer)

    def look(self, caller: Caller, url: str, html: str | None = None) -> None:
        """Open an address; `html` is what a form was answered with there."""
        self._caller, self._shown = caller, {} if html is None else {ORIGIN + url: html}
        self.widen(DESK)
        self._page.goto(ORIGIN + url, wait_until="load")

    def widen(self, width: int) -> None:
        """Make the window as wide as this, in CSS pixels."""
        self._page.set_viewport_size({"width": width, "height": 844})

    def faults(self) -> list[str]:
        """What axe-core finds, as one line for each element."""
        return faults_on(self._page)

    def overflow(self) -> int:
        """Pixels that stand out to the right of the window."""
        wide: int = self._page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wide

    def _answer(self, route: Route, request: Request) -> None:
        parts = urlsplit(request.url)
        if f"{parts.scheme}://{parts.netloc}" != ORIGIN or self._caller is None:
            route.abort()
            return
        if request.url in self._shown:
            html = self._shown.pop(request.url)
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
            return
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        sent = {"data": request.post_data_buffer, "headers": _own(request.headers)}
        found = spoken(self._caller, request.method, path, self._language, **sent)
        headers = {name: value for name, value in found.headers if name != "Set-Cookie"}
        route.fulfill(status=found.status_code, headers=headers, body=found.data)
        found.close()


def faults_on(page: Page) -> list[str]:
    """What axe-core, which the page was given, finds there: one line for each element."""
    found: list[dict[str, Any]] = page.evaluate(
        "async tags => (await axe.run(document, {runOnly: tags})).violations", list(RULES)
    )
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def spoken(caller: Caller, method: str, url: str, language: str, **more: Any) -> TestResponse:
    """The caller's request, from a browser that chose this language."""
    cookies = "; ".join(filter(None, (caller.cookies, f"{LANGUAGE}={language}")))
    headers = {"Cookie": cookies} | more.pop("headers", {})
    return caller.ask(method, url, headers=headers, **more)


@contextmanager
def looking(browser: Browser, language: str) -> Iterator[Eyes]:
    """A window that keeps no cookies of its own."""
    context = browser.new_context(locale=language, bypass_csp=True)
    context.add_init_script(path=AXE)
    yield Eyes(context.new_page(), language)
    context.close()


def _own(headers: dict[str, str]) -> dict[str, str]:
    """What the application may see of a browser's headers."""
    kept = ("accept", "content-type", "hx-request", "range", "user-agent")
    return {name: value for name, value in headers.items() if name in kept}
