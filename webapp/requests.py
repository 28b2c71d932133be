"""A request whose uploads never touch the disk in clear, and whose texts every database takes."""

import io
from dataclasses import dataclass, field
from typing import IO, Any, Protocol, cast

from flask import Flask, Request, g, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

_NUL, _REPLACEMENT = "\x00", "\ufffd"


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

    def abandon(self) -> None:
        """Keep nothing, unless it was finished."""


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


@dataclass
class HeldFile:
    """A small file's bytes as they come: read to its end, kept to the limit and one byte more."""

    name: str
    limit: int
    data: bytearray = field(default_factory=bytearray)

    def write(self, data: bytes) -> int:
        """Take bytes."""
        self.data += data[: max(0, self.limit + 1 - len(self.data))]
        return len(data)

    def abandon(self) -> None:
        """Nothing was kept anywhere."""


class StreamingRequest(Request):
    """Hands each uploaded file to the stream that the view's guard prepared.

    Werkzeug would spool files above 500 kB to a temporary file, which is a plaintext copy of a
    contract outside the vault.

    NUL is no character that anybody types, and PostgreSQL takes none in a text: it becomes
    U+FFFD, as bytes that are no UTF-8 do.
    """

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The query's values."""
        return _without_nul(super().args)

    def _load_form_data(self) -> None:
        if "form" in self.__dict__:
            return
        super()._load_form_data()
        self.__dict__["form"] = _without_nul(self.__dict__["form"])

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


def _without_nul(values: MultiDict[str, str]) -> MultiDict[str, str]:
    pairs = list(values.items(multi=True))
    if not any(_NUL in name or _NUL in value for name, value in pairs):
        return values
    return ImmutableMultiDict(
        (name.replace(_NUL, _REPLACEMENT), value.replace(_NUL, _REPLACEMENT))
        for name, value in pairs
    )


def arrived_files() -> list[tuple[str, Receiving]]:
    """Files of this request that came to their end, each with the name of its control: the parser
    lists a file only when its part was closed."""
    streams = [(name, file.stream) for name, file in request.files.items(multi=True)]
    return [(name, stream.upload) for name, stream in streams if isinstance(stream, ReceivedFile)]


def _abandon_rest(_: BaseException | None) -> None:
    for upload in g.get("uploads", []):
        upload.abandon()


def init_requests(app: Flask) -> None:
    """A request that broke off leaves no half file: views note in `g.uploads` what they open."""
    app.request_class = StreamingRequest
    app.teardown_request(_abandon_rest)
