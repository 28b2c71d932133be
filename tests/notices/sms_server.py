"""A real HTTP server that takes SMS, and answers as it is told."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Manner:
    """What it answers, one after another; the last one for good. `None`: it takes the message and
    never says so."""

    answers: list[tuple[int, dict[str, str]] | None] = field(default_factory=lambda: [(200, {})])
    taken: list[tuple[dict[str, str], Any]] = field(default_factory=list)
    """Headers and document of each request."""


@contextmanager
def providing(manner: Manner) -> Iterator[str]:
    """Its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            manner.taken.append((dict(self.headers), json.loads(body)))
            answers = manner.answers
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if answer is None:
                time.sleep(2)
                return
            self.send_response(answer[0])
            for name, value in answer[1].items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/messages"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
