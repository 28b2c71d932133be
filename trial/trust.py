"""The test trust service: `python -m trial.trust` with MUSUBI_TRUST_DIR and MUSUBI_TRUST_PORT.

One small WSGI application: `/ocsp/<issuer>`, `/crl/<issuer>.crl`, `/ca/<issuer>.cer`, `/tsa1`,
`/tsa2`, and `/` that lists them. Certificates are issued by trial.issue before it starts.
"""

import base64
import binascii
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from cryptography.hazmat.primitives.serialization import Encoding
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from trial.issue import TrustFolder, base_url_of
from trial.profiles import ISSUERS
from trial.revocation import Issuer, answer_ocsp, current_crl
from trial.tsa import MAX_REQUEST_BYTES, NAMES, StampFailed, StampingAuthority

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LOOPBACK = "127.0.0.1"
_log = logging.getLogger("trial.trust")


class TrustService:
    """The WSGI application."""

    def __init__(self, trust_dir: Path) -> None:
        folder = TrustFolder(trust_dir)
        self._issuers = {name: Issuer.load(folder, name) for name in ISSUERS}
        self._authorities = {name: StampingAuthority.set_up(folder, name) for name in NAMES}
        self._base_url = base_url_of(trust_dir)

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:  # noqa: ANN401
        """One request."""
        request = Request(environ)
        request.max_content_length = MAX_REQUEST_BYTES
        try:
            response: WSGIApplication = self._respond(request)
        except HTTPException as refused:
            response = refused
        return response(environ, start)

    def _respond(self, request: Request) -> Response:
        place, _, rest = request.path.lstrip("/").partition("/")
        if not place:
            return self._index()
        if place in self._authorities:
            return self._stamp(request, self._authorities[place])
        name, _, tail = rest.partition("/")
        issuer = self._issuers.get(name.removesuffix(".crl").removesuffix(".cer"))
        if issuer is None or place not in {"ocsp", "crl", "ca"}:
            raise NotFound
        if place == "ocsp":
            return self._ocsp(request, issuer, tail)
        if place == "crl":
            return Response(current_crl(issuer), mimetype="application/pkix-crl")
        data = issuer.certificate.public_bytes(Encoding.DER)
        return Response(data, mimetype="application/pkix-cert")

    def _ocsp(self, request: Request, issuer: Issuer, tail: str) -> Response:
        if request.method == "POST":
            query = request.get_data()
        else:
            # RFC 6960, A.1: the request in the path, base64 and then URL-encoded.
            try:
                query = base64.b64decode(unquote_to_bytes(tail))
            except binascii.Error:
                query = b""
        return Response(answer_ocsp(issuer, query), mimetype="application/ocsp-response")

    def _stamp(self, request: Request, authority: StampingAuthority) -> Response:
        if request.method != "POST" or request.mimetype != "application/timestamp-query":
            return Response("POST application/timestamp-query\n", 405, {"Allow": "POST"})
        try:
            reply = authority.reply(request.get_data())
        except (StampFailed, OSError, subprocess.TimeoutExpired) as error:
            _log.error("%s made no time stamp: %s", authority.name, error)
            return Response("no time stamp\n", 500)
        return Response(reply, mimetype="application/timestamp-reply")

    def _index(self) -> Response:
        places = [f"/{name}" for name in self._authorities]
        for name in self._issuers:
            places += [f"/ocsp/{name}", f"/crl/{name}.crl", f"/ca/{name}.cer"]
        items = "".join(f"<li>{escape(self._base_url + place)}</li>" for place in places)
        title = "試験用の認証局とタイムスタンプ局 - Musubi TEST trust service"
        page = f"<!doctype html><html lang=ja><meta charset=utf-8><title>{title}</title>"
        return Response(f"{page}<h1>{title}</h1><ul>{items}</ul>", mimetype="text/html")


class _QuietHandler(WSGIRequestHandler):
    """Connections stay open, and requests are not news."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


def serve(trust_dir: Path, port: int, host: str = LOOPBACK) -> BaseWSGIServer:
    """A threaded server, bound but not running: call `serve_forever()`."""
    server = make_server(
        host, port, TrustService(trust_dir), threaded=True, request_handler=_QuietHandler
    )
    if hasattr(server, "daemon_threads"):
        server.daemon_threads = True
    return server


def main() -> int:
    """Serve until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    server = serve(
        Path(os.environ["MUSUBI_TRUST_DIR"]),
        int(os.environ["MUSUBI_TRUST_PORT"]),
        os.environ.get("MUSUBI_TRUST_HOST", LOOPBACK),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stopper(server))
    # Whoever started us may wait for this line instead of asking the port.
    print("ready", flush=True)  # noqa: T201
    server.serve_forever()
    return 0


def _stopper(server: BaseWSGIServer) -> Callable[..., None]:
    def stop(*_: object) -> None:
        # shutdown() waits for serve_forever(), which this handler interrupts.
        threading.Thread(target=server.shutdown, daemon=True).start()

    return stop


if __name__ == "__main__":
    sys.exit(main())
