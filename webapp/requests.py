"""A request whose uploads never touch the disk in clear."""

import io
from typing import IO, Any, Protocol, cast

from flask import Request, g


class Swallow(io.RawIOBase):
    """Takes a file that nobody asked for, and keeps nothing of it."""

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer, as RawIOBase says
        """Forget the bytes."""
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """There is one place only."""
        return 0

    def read(self, size: int = -1) -> bytes:
        """Nothing was kept."""
        return b""


class Receiving(Protocol):
    """Takes a file's bytes as they come."""

    def write(self, data: bytes) -> int:
        """Take bytes."""


class ReceivedFile:
    """What Werkzeug's parser writes into: an upload on its way to the vault."""

    def __init__(self, upload: Receiving) -> None:
        self.upload = upload

    def write(self, data: bytes) -> int:
        """Into the vault."""
        return self.upload.write(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """The parser rewinds when a part ends; nobody reads back."""
        del offset, whence
        return 0

    def read(self, size: int = -1) -> bytes:
        """Bytes in the vault are not read back by the request."""
        del size
        return b""

    def close(self) -> None:
        """The upload is finished or abandoned by its own rules."""


class StreamingRequest(Request):
    """Hands each uploaded file to the stream that the view's guard prepared.

    Werkzeug would spool files above 500 kB to a temporary file, which is a plaintext copy of a
    contract outside the vault.
    """

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        factory = g.get("file_streams")
        if factory is None:
            return cast("IO[bytes]", Swallow())
        return cast("IO[bytes]", factory(filename or ""))
