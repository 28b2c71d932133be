"""The selftest's browser against a small real server: cookies, 429, broken connections."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cli.selftest.browser import Browser, Interrupted
from cli.selftest.pages import Form, Upload
from cli.selftest.patience import Patience, SelftestFailed

pytestmark = pytest.mark.local_sockets


@dataclass
class Script:
    """Answers in order; the last one stays. An answer of 0 breaks the connection."""

    statuses: list[int]
    seen: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Cookie header, method and body of each request."""


class _Handler(BaseHTTPRequestHandler):
    script: Script

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        script = self.script
        script.seen.append((self.headers.get("Cookie", ""), self.command, body))
        status = script.statuses.pop(0) if len(script.statuses) > 1 else script.statuses[0]
        if status == 0:
            self.connection.close()
            return
        self.send_response(status)
        self.send_header("Retry-After", "1")
        self.send_header("Set-Cookie", f"__Host-visit=v{len(script.seen)}; Secure; Path=/")
        self.end_headers()
        self.wfile.write("<main>はい</main>".encode())

    def log_message(self, *args: object) -> None:
        """Silence."""


@contextmanager
def serving(script: Script) -> Iterator[str]:
    handler = type("Handler", (_Handler,), {"script": script})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://localhost:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def browser(url: str, seconds: float = 10) -> Browser:
    return Browser(url, Patience(seconds))


def test_secure_host_cookies_come_back_over_http_on_localhost() -> None:
    script = Script([200])
    with serving(script) as url:
        window = browser(url)
        window.open("/")
        window.tab(Patience(5)).open("/")
        window.close()
    assert [cookie for cookie, _, _ in script.seen] == ["", "__Host-visit=v1"]


def test_429_is_obeyed_for_as_long_as_it_says() -> None:
    script = Script([429, 200])
    with serving(script) as url:
        window, began = browser(url), time.monotonic()
        assert window.open("/").text == "はい"
        window.close()
    assert time.monotonic() - began >= 1


def test_429_beyond_the_patience_gives_up() -> None:
    with serving(Script([429])) as url:
        window = browser(url, seconds=0.5)
        with pytest.raises(SelftestFailed, match="HTTP 429"):
            window.open("/")
        window.close()


def test_reading_goes_on_after_a_broken_connection() -> None:
    with serving(Script([0, 503, 200])) as url:
        window = browser(url)
        assert window.open("/").status == 200
        window.close()


@pytest.mark.parametrize("trouble", [0, 503])
def test_sending_is_never_repeated_by_itself(trouble: int) -> None:
    script = Script([trouble])
    with serving(script) as url:
        window = browser(url)
        with pytest.raises(Interrupted):
            window.submit(Form(f"{url}/act", "post", [("nonce", "n")]))
        window.close()
    assert len(script.seen) == 1


def test_a_crash_of_the_web_app_is_a_failure() -> None:
    with serving(Script([500])) as url:
        window = browser(url)
        with pytest.raises(SelftestFailed, match="broke"):
            window.open("/")
        window.close()


def test_files_are_uploaded_beside_the_fields() -> None:
    script = Script([200])
    with serving(script) as url:
        window = browser(url)
        upload = Upload("files", "契約.pdf", b"%PDF-1.7")
        window.submit(Form(f"{url}/documents", "post", [("title", "題")], [upload]))
        window.close()
    body = script.seen[0][2]
    assert b"%PDF-1.7" in body
    assert "契約.pdf".encode() in body or b"%E5%A5%91%E7%B4%84.pdf" in body
    assert "題".encode() in body
