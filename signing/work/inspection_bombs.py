"""Streams that expand to an extreme size."""

import re
import zlib
from base64 import a85decode
from itertools import takewhile
from typing import Any

import pikepdf

from domain.limits import MAX_STREAM_BYTES
from domain.refusals import Refusal, RefusalCode

_FLATE = frozenset({"/FlateDecode", "/Fl"})
_FLATE_RATIO = 1032
"""The most that one byte of Deflate can expand to."""
_STEP = 1 << 20


def require_no_bomb(stream: pikepdf.Object, entries: dict[str, Any]) -> None:
    """Inflate, without keeping anything, where the length leaves room for an extreme size.

    Raises Refusal BOMB.
    """
    names = _names(entries.get("/Filter"))
    covers = list(takewhile(lambda name: name in _TEXTUAL, names))
    layers = len(list(takewhile(lambda name: name in _FLATE, names[len(covers) :])))
    length = entries.get("/Length", 0)
    if not layers or not isinstance(length, int):
        return
    if length * _FLATE_RATIO**layers <= MAX_STREAM_BYTES:
        return
    try:
        raw = stream.read_raw_bytes()
    except pikepdf.PdfError:
        return  # cannot be read by anybody
    for name in covers:
        raw = _TEXTUAL[name](raw)
    if inflates_beyond(raw, layers):
        raise Refusal(RefusalCode.BOMB)


def _names(value: Any) -> list[str]:  # noqa: ANN401 - any object of a file
    values = list(value) if isinstance(value, pikepdf.Array) else [value]
    return [str(name) if isinstance(name, pikepdf.Name) else "" for name in values]


def _from_hexadecimal(raw: bytes) -> bytes:
    digits = re.sub(rb"[^0-9A-Fa-f]", b"", raw.partition(b">")[0])
    return bytes.fromhex(digits[: len(digits) // 2 * 2].decode())


def _from_base_85(raw: bytes) -> bytes:
    try:
        return a85decode(raw.partition(b"~")[0], ignorechars=b"\0 \t\n\r\v\f")
    except ValueError:
        return b""  # cannot be read by anybody


_TEXTUAL = {
    "/ASCIIHexDecode": _from_hexadecimal,
    "/AHx": _from_hexadecimal,
    "/ASCII85Decode": _from_base_85,
    "/A85": _from_base_85,
}
"""Filters that only ever shrink: a bomb may hide behind them."""


def inflates_beyond(raw: bytes, layers: int) -> bool:
    """Whether so many layers of Deflate expand to an extreme size. The bytes are streamed through
    all of them, one piece at a time."""
    inflaters = [zlib.decompressobj() for _ in range(layers)]
    total = 0
    try:
        pending = [(0, raw)]
        while pending:
            layer, piece = pending.pop()
            if layer == layers:
                total += len(piece)
                if total > MAX_STREAM_BYTES:
                    return True
                continue
            output = inflaters[layer].decompress(piece, _STEP)
            if inflaters[layer].unconsumed_tail:
                pending.append((layer, inflaters[layer].unconsumed_tail))
            if output:
                pending.append((layer + 1, output))
    except zlib.error:
        return False
    return False
