"""Which file holds which segment: a blob is runs of its predecessors' segments, then its own."""

from collections.abc import Iterator
from uuid import UUID

from domain.limits import SEGMENT_BYTES
from storage.segments import segment_count
from storage.tables import Blob

Run = tuple[UUID, int, int]
"""Whole segments first..last (inclusive) of another blob's file."""


def shared_runs(row: Blob) -> list[Run]:
    """What the blob shares, in order."""
    return [(UUID(blob), int(first), int(last)) for blob, first, last in row.shared]


def leading_runs(before: Blob) -> tuple[list[Run], int]:
    """What a successor shares: all whole segments but the last, and their number."""
    runs = shared_runs(before)
    whole = sum(last - first + 1 for _, first, last in runs)
    own = segment_count(before.size - whole * SEGMENT_BYTES)
    if own > 1:
        runs.append((before.id, 0, own - 2))
        whole += own - 1
    return runs, whole


def segments_of(layout: list[Run], start: int, end: int) -> Iterator[tuple[UUID, int, int]]:
    """(blob, segment of its file, offset in the whole) of every segment that start..end needs."""
    offset = 0
    for blob_id, first, last in layout:
        for index in range(first, last + 1):
            if start < offset + SEGMENT_BYTES and offset < end:
                yield blob_id, index, offset
            offset += SEGMENT_BYTES
