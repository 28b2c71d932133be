"""An application of the tests, seen through a real browser under its own name."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, cast

from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from tests.chromium import chromium

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class House:
    """A browser that finds at `HOST` whichever application is at home: to start one takes longer
    than most tests."""

    def __init__(self) -> None:
        self.app: Flask | None = None
        self.browser: Browser | None = None

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """WSGI. The answer is whole before it is sent: where a browser hangs up in the middle of
        one, werkzeug's server leaves it open."""
        assert self.app is not None
        with closing(cast("ClosingIterator", self.app(environ, start))) as answer:
            return [b"".join(answer)]

    @contextmanager
    def home_of(self, app: Flask) -> Iterator[Browser]:
        """The browser, without anything that another test left in it."""
        assert self.browser is not None
        self.app = app
        try:
            yield self.browser
        finally:
            for context in self.browser.contexts:
                context.close()
            self.app = None


@contextmanager
def open_house() -> Iterator[House]:
    """Nobody lives there yet."""
    built = House()
    server = make_server("127.0.0.1", 0, built, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        where = f"--host-resolver-rules=MAP localhost:8080 127.0.0.1:{server.server_port}"
        with chromium(where) as built.browser:
            yield built
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def browsing(app: Flask) -> Iterator[Browser]:
    """It finds the application at `HOST`, wherever it listens."""
    with open_house() as built, built.home_of(app) as browser:
        yield browser
