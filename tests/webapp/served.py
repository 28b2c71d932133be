"""An application of the tests, seen through a real browser under its own name."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from tests.chromium import chromium


@contextmanager
def browsing(app: Flask) -> Iterator[Browser]:
    """It finds the application at `HOST`, wherever it listens."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        where = f"--host-resolver-rules=MAP localhost:8080 127.0.0.1:{server.server_port}"
        with chromium(where) as found:
            yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
