"""A real SMTP server for tests, which answers as it is told."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Script:
    """What the server answers at each step; `None` means: never answers."""

    greeting: str = "220 test"
    mail: str = "250 ok"
    recipient: str = "250 ok"
    data: str | None = "250 taken over"
    accepted: list[bytes] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    """Envelope senders, as MAIL FROM said them."""
    released: threading.Event = field(default_factory=threading.Event)


class _Dialogue(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.script: Script = self.server.script  # type: ignore[attr-defined]  # set below
        self._say(self.script.greeting)
        answers = {"MAIL": self.script.mail, "RCPT": self.script.recipient, "RSET": "250 ok"}
        while line := self.rfile.readline().decode("ascii").strip():
            verb = line.split()[0].upper()
            if verb == "MAIL":
                self.script.senders.append(line.partition("<")[2].partition(">")[0])
            if verb == "QUIT":
                return self._say("221 bye")
            if verb == "DATA":
                self._take()
            else:
                self._say(answers.get(verb, "250 test"))
        return None

    def _take(self) -> None:
        self._say("354 go on")
        lines = iter(self.rfile.readline, b".\r\n")
        self.script.accepted.append(b"".join(lines))
        if self.script.data is None:
            self.script.released.wait(10)
        else:
            self._say(self.script.data)

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def serving(script: Script) -> Iterator[int]:
    """The port of a server that follows the script until the block ends."""
    with _Server(("127.0.0.1", 0), _Dialogue) as server:
        server.script = script  # type: ignore[attr-defined]  # read by the dialogue
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            script.released.set()
            server.shutdown()
            thread.join()
