"""Frames between a parent and its child: a JSON header and raw binary parts, over a socket.

Layout: 4 bytes length of the header, the header (UTF-8 JSON), then per part 8 bytes length and the
bytes. No pickle: the child is the one that hostile files may take over.
"""

import json
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.limits import MAX_FRAME_BYTES, MAX_FRAME_PARTS, MIB

_HEADER = struct.Struct(">I")
_PART = struct.Struct(">Q")


class FrameBroken(Exception):
    """The other side closed, or sent what is not a frame."""


@dataclass(frozen=True)
class Frame:
    """One message: `kind` and plain values in the header, bytes in the parts."""

    kind: str
    fields: dict[str, Any] = field(default_factory=dict)
    parts: tuple[bytes, ...] = ()


class Channel:
    """A socket that carries frames, with one deadline for a whole exchange."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def send(self, frame: Frame, deadline: float | None = None) -> None:
        """Raises TimeoutError past the deadline (monotonic seconds), FrameBroken on a dead peer."""
        header = {"kind": frame.kind, "fields": frame.fields, "parts": len(frame.parts)}
        encoded = json.dumps(header, ensure_ascii=False).encode()
        try:
            self._patience(deadline)
            self._connection.sendall(_HEADER.pack(len(encoded)) + encoded)
            for part in frame.parts:
                self._patience(deadline)
                self._connection.sendall(_PART.pack(len(part)))
                self._connection.sendall(part)
        except TimeoutError:
            raise
        except OSError as error:
            raise FrameBroken from error

    def receive(self, deadline: float | None = None) -> Frame:
        """The next frame. Raises TimeoutError past the deadline, FrameBroken on a dead peer."""
        try:
            length = _HEADER.unpack(self._exactly(_HEADER.size, deadline))[0]
            if length > MIB:
                raise FrameBroken
            header = json.loads(self._exactly(length, deadline))
            return Frame(
                kind=str(header["kind"]),
                fields=dict(header["fields"]),
                parts=self._parts(int(header["parts"]), deadline),
            )
        except TimeoutError:
            raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FrameBroken from error

    def close(self) -> None:
        """Close this end."""
        self._connection.close()

    def _parts(self, count: int, deadline: float | None) -> tuple[bytes, ...]:
        if not 0 <= count <= MAX_FRAME_PARTS:
            raise FrameBroken
        parts, total = [], 0
        for _ in range(count):
            length = _PART.unpack(self._exactly(_PART.size, deadline))[0]
            total += length
            if total > MAX_FRAME_BYTES:
                raise FrameBroken
            parts.append(bytes(self._exactly(length, deadline)))
        return tuple(parts)

    def _exactly(self, size: int, deadline: float | None) -> bytearray:
        data = bytearray(size)
        view, received = memoryview(data), 0
        while received < size:
            self._patience(deadline)
            count = self._connection.recv_into(view[received:])
            if count == 0:
                raise FrameBroken
            received += count
        return data

    def _patience(self, deadline: float | None) -> None:
        if deadline is None:
            self._connection.settimeout(None)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)


def frame_parts(frame: Frame, count: int) -> Sequence[bytes]:
    """The parts of a frame that must have exactly `count`. Raises FrameBroken otherwise."""
    if len(frame.parts) != count:
        raise FrameBroken
    return frame.parts
