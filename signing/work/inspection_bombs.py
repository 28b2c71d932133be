"""Streams that expand to an extreme size."""

import zlib
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
    layers = _leading_flates(entries.get("/Filter"))
    length = entries.get("/Length", 0)
    if not layers or not isinstance(length, int):
        return
    if length * _FLATE_RATIO**layers <= MAX_STREAM_BYTES:
        return
    try:
        raw = stream.read_raw_bytes()
    except pikepdf.PdfError:
        return  # cannot be read by anybody
    if _inflates_beyond(raw, layers):
        raise Refusal(RefusalCode.BOMB)


def _leading_flates(value: Any) -> int:  # noqa: ANN401 - any object of a file
    names = list(value) if isinstance(value, pikepdf.Array) else [value]
    count = 0
    for name in names:
        if not isinstance(name, pikepdf.Name) or str(name) not in _FLATE:
            break
        count += 1
    return count


def _inflates_beyond(raw: bytes, layers: int) -> bool:
    """Stream the bytes through all layers, one piece at a time."""
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
