"""Document bytes over HTTP: whole or in part, straight from the vault's segments.

RFC 9110, section 14: one byte range is answered with 206; several, or a unit that nobody knows,
with the whole; one that lies outside with 416.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import UUID

from flask import Response, request

from storage.tables import Blob
from webapp.state import state

if TYPE_CHECKING:
    from storage.database import Database
    from storage.vault import Vault

PDF = "application/pdf"
_JPEG = b"\xff\xd8\xff"
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""A document is a stranger's content: alone in a tab it may run and load nothing."""

ESCAPED_FROM_ASCII = dict.fromkeys(
    [*range(0x20), 0x7F, *(ord(character) for character in '"\\/:*?<>|%;')], "_"
)


ONE_RANGE = re.compile(r"bytes=(?P<first>\d{0,18})-(?P<last>\d{0,18})")


class Unsatisfiable:
    """A range that lies outside the file."""


@dataclass(frozen=True)
class StoredFile:
    """A blob as a file: `sha256` names its content, `size` in bytes."""

    blob_id: UUID
    size: int
    sha256: str
    name: str
    kind: str = PDF


def content_disposition(name: str, way: str = "attachment") -> str:
    """RFC 6266 with RFC 8187: the name in UTF-8, and an ASCII one for old programs."""
    plain = name.encode("ascii", "replace").decode("ascii").translate(ESCAPED_FROM_ASCII)
    plain = plain.replace("?", "_")
    return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def send_stored(file: StoredFile, way: str = "attachment") -> Response:
    """The file, or the part of it that was asked for."""
    part = _wanted(file)
    if isinstance(part, Unsatisfiable):
        answer = Response(status=416)
        answer.headers["Content-Range"] = f"bytes */{file.size}"
    elif part is None:
        answer = _answer(file, 0, file.size, 200)
    else:
        start, end = part
        answer = _answer(file, start, end, 206)
        answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["ETag"] = f'"{file.sha256}"'
    answer.headers["Content-Disposition"] = content_disposition(file.name, way)
    answer.headers["Content-Security-Policy"] = SANDBOX
    return answer


def send_picture(picture: UUID, name: str) -> Response:
    """A picture of ours, of a page or of what somebody attached: JPEG where it was scanned or
    photographed, else PNG."""
    found = state()
    with found.database.reading() as session:
        blob = session.get_one(Blob, picture)
        head = b"".join(found.vault.read_range(session, blob.id, 0, min(len(_JPEG), blob.size)))
    end, kind = ("jpg", "image/jpeg") if head == _JPEG else ("png", "image/png")
    file = StoredFile(blob.id, blob.size, blob.sha256, f"{name}.{end}", kind)
    return send_stored(file, way="inline")


def _wanted(file: StoredFile) -> tuple[int, int] | Unsatisfiable | None:
    """None: the whole file. Werkzeug's parser refuses a suffix longer than the file, which RFC
    9110 (14.1.2) allows."""
    header = request.headers.get("Range", "")
    found = ONE_RANGE.fullmatch(header.strip())
    etag = f'"{file.sha256}"'
    if found is None or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = found["first"], found["last"]
    if not first and not last:
        return None
    if not first:
        start, end = max(0, file.size - int(last)), file.size
    else:
        start, end = int(first), min(int(last) + 1, file.size) if last else file.size
        if last and int(last) < start:
            return None
    return (start, end) if start < end else Unsatisfiable()


def _answer(file: StoredFile, start: int, end: int, status: int) -> Response:
    # Taken here: the application context is gone when the server reads on.
    database, vault = state().database, state().vault
    none = request.method == "HEAD"
    chunks = iter(()) if none else _begun(stream(database, vault, file, start, end))
    answer = Response(chunks, status=status, mimetype=file.kind)
    answer.headers["Content-Length"] = str(end - start)
    return answer


def _begun(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """With the first piece in hand: what is away is told by a page, not by a broken download."""
    first = next(chunks, b"")

    def whole() -> Iterator[bytes]:
        yield first
        yield from chunks

    return whole()


def stream(
    database: "Database", vault: "Vault", file: StoredFile, start: int, end: int
) -> Iterator[bytes]:
    """Decrypt segment by segment while the browser reads; `end` is exclusive. No session is open
    meanwhile: a download may last hours, and databases do not bear that."""
    with database.reading() as session:
        chunks = vault.read_range(session, file.blob_id, start, end)
    yield from chunks
