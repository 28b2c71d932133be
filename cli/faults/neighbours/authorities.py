"""Time-stamping authorities that misbehave: a proxy before the trial service's two."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from cli.home import Home
from cli.ports import LOOPBACK
from trial.issue import TrustFolder
from trial.tsa import StampingAuthority

EXPIRED = "tsa-expired"
SLOW_SECONDS = 12.0
"""More than domain.limits.TSA_SECONDS."""
NAMES = ("tsa1", "tsa2")


class Manner(StrEnum):
    """How an authority answers."""

    WELL = "well"
    DOWN = "down"
    BUSY = "busy"
    SLOW = "slow"
    GARBAGE = "garbage"
    WRONG_IMPRINT = "wrong_imprint"
    WRONG_NONCE = "wrong_nonce"
    EXPIRED = "expired"
    UNHEARD = "unheard"
    """It stamps, and its answer gets lost."""


@dataclass
class Authorities:
    """Both authorities of a home; `manners` may be changed at any time."""

    home: Home | None = None
    manners: dict[str, Manner] = field(default_factory=lambda: dict.fromkeys(NAMES, Manner.WELL))
    asked: list[tuple[float, str]] = field(default_factory=list)
    """When which authority was asked."""
    port: int = 0

    @property
    def urls(self) -> list[str]:
        """What the stack is told."""
        return [f"http://{LOOPBACK}:{self.port}/{name}" for name in NAMES]

    def all(self, manner: Manner) -> None:
        """Both behave so from now on."""
        self.manners = dict.fromkeys(NAMES, manner)

    def answer(self, name: str, query: bytes) -> bytes | int | None:
        """A body, an HTTP status, or None: no answer at all."""
        self.asked.append((time.monotonic(), name))
        manner = self.manners[name]
        if manner is Manner.DOWN:
            return None
        if manner is Manner.BUSY:
            return 503
        if manner is Manner.GARBAGE:
            return b"<html>login</html>"
        if manner is Manner.EXPIRED:
            return self._expired().reply(query)
        reply = self._forward(name, _altered(query, manner))
        if manner is Manner.SLOW:
            time.sleep(SLOW_SECONDS)
        return None if manner is Manner.UNHEARD else reply

    def _forward(self, name: str, query: bytes) -> bytes:
        assert self.home is not None
        headers = {"Content-Type": "application/timestamp-query"}
        answer = httpx.post(
            f"{self.home.trust_url}/{name}", content=query, headers=headers, timeout=30.0
        )
        return answer.raise_for_status().content

    def _expired(self) -> StampingAuthority:
        assert self.home is not None
        folder = TrustFolder(self.home.trust)
        if not folder.certificate_file(EXPIRED).exists():
            folder.keep(EXPIRED, _expired_certificate(folder))
        return StampingAuthority.set_up(folder, EXPIRED)


def _altered(query: bytes, manner: Manner) -> bytes:
    request = tsp.TimeStampReq.load(query)
    if manner is Manner.WRONG_IMPRINT:
        request["message_imprint"]["hashed_message"] = bytes(32)
    elif manner is Manner.WRONG_NONCE:
        request["nonce"] = request["nonce"].native ^ 1
    else:
        return query
    altered: bytes = request.dump(force=True)
    return altered


def _expired_certificate(folder: TrustFolder) -> x509.Certificate:
    """As that of the first authority, but of the year before last."""
    model, now = folder.certificate(NAMES[0]), datetime.now(UTC)
    builder = x509.CertificateBuilder(
        issuer_name=model.issuer,
        subject_name=model.subject,
        public_key=folder.private_key(EXPIRED).public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=700),
        not_valid_after=now - timedelta(days=300),
        extensions=[
            extension
            for extension in model.extensions
            if not isinstance(extension.value, x509.SubjectKeyIdentifier)
        ],
    )
    return builder.sign(folder.private_key("tsa-ca"), hashes.SHA256())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    authorities: Authorities

    def do_POST(self) -> None:  # the library's own name
        query = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.authorities.answer(self.path.strip("/"), query)
        self.close_connection = True
        if answer is None:
            return
        body = b"" if isinstance(answer, int) else answer
        self.send_response(answer if isinstance(answer, int) else 200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Nothing."""


@contextmanager
def authorities() -> Iterator[Authorities]:
    """A proxy on a free port; its `home` is set as soon as there is one."""
    found = Authorities()
    handler = type("Handler", (_Handler,), {"authorities": found})
    with ThreadingHTTPServer((LOOPBACK, 0), handler) as server:
        server.daemon_threads = True
        found.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        try:
            yield found
        finally:
            server.shutdown()
