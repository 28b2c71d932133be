"""Everybody who is handed the finished documents: follows the completion mail's link."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from cli.selftest.browser import Browser, Interrupted
from cli.selftest.pages import Page
from cli.selftest.patience import SelftestFailed


@dataclass(frozen=True)
class HandOver:
    """What one person downloaded."""

    files: tuple[bytes, ...]
    """Finished PDFs, in the order of the page."""
    evidence: dict[str, Any]

    @property
    def hashes(self) -> tuple[str, ...]:
        """SHA-256 of every file."""
        return tuple(hashlib.sha256(data).hexdigest() for data in self.files)


def collect(browser: Browser, link: str) -> HandOver:
    """Open the link, press its button, download every PDF and the evidence."""
    page = _enter(browser, link)
    files = [url for url in page.links_matching("/documents/") if url.endswith("/file")]
    if not files:
        raise SelftestFailed(f"nothing to download on {page.describe()}")
    base = page.url.split("?")[0].rstrip("/")
    evidence = json.loads(browser.download(f"{base}/evidence.json"))
    return HandOver(tuple(browser.download(url) for url in files), evidence)


def _enter(browser: Browser, link: str) -> Page:
    while True:
        page = browser.open(link)
        if page.status >= 400:
            raise SelftestFailed(f"the download link is dead: {page.describe()}")
        try:
            return browser.submit(page.form())
        except Interrupted:
            browser.patience.sleep(0.5, "the download link to open")
