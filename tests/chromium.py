"""Debian's Chromium, as every test, bench and drawing starts it."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

_USUAL = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")
"""For a container in which somebody is root."""

# The library's five seconds are too few for a page of a machine on which three browsers, their
# servers and whole stacks share two cores. What is there in time is not waited for.
expect.set_options(timeout=30_000)


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """A browser with these switches besides, closed at the end."""
    with sync_playwright() as library:
        browser = library.chromium.launch(
            executable_path="/usr/bin/chromium", args=[*_USUAL, *more]
        )
        yield browser
        browser.close()
