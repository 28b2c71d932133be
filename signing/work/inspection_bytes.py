"""What only the raw bytes tell: whether an object exists twice in one revision, and whether what a
reader unpacks before it knows any object (object streams, cross-references) is a bomb.

Two bodies under one number are no contradiction across revisions (that is how PDF is updated),
but within one revision two readers may pick different ones and show different pages.
"""

import re
from hashlib import sha256

from signing.work.inspection_bombs import inflates_beyond

_MARKS = re.compile(
    rb"(?:(?<=[\s>])|^)(\d{1,10})[\0\t\n\f\r ]+(\d{1,5})[\0\t\n\f\r ]+obj\b"
    rb"|\bstream\r?\n|(?<![a-z])startxref"
)
_STREAM = re.compile(rb"\bstream\r?\n")
_LENGTH = re.compile(rb"/Length[\0\t\n\f\r ]+(\d{1,12})(?![\0\t\n\f\r ]+\d+[\0\t\n\f\r ]+R)")
_STRUCTURAL = re.compile(rb"/(?:ObjStm|XRef)\b")
_STREAM_DICTIONARY = 4096
"""How far before `stream` its /Length is looked for."""


def has_duplicate_objects(data: bytes) -> bool:
    """Whether two different bodies carry the same number in one revision of the file."""
    seen: dict[tuple[bytes, bytes], bytes] = {}
    position = 0
    while (mark := _MARKS.search(data, position)) is not None:
        position = mark.end()
        if mark.group(1) is not None:
            key = (mark.group(1).lstrip(b"0"), mark.group(2).lstrip(b"0"))
            body = _digest(data, position)
            if seen.setdefault(key, body) != body:
                return True
        elif mark.group().startswith(b"startxref"):
            seen.clear()
        else:
            position = _after_stream(data, mark.start(), position)
    return False


def unpacks_to_a_bomb(data: bytes) -> bool:
    """Whether a stream of the file's structure expands to an extreme size."""
    position = 0
    while (mark := _STREAM.search(data, position)) is not None:
        position = _after_stream(data, mark.start(), mark.end())
        entries = data[max(mark.start() - _STREAM_DICTIONARY, 0) : mark.start()]
        entries = entries[entries.rfind(b" obj") + 1 :]
        if _STRUCTURAL.search(entries) and inflates_beyond(data[mark.end() : position], 1):
            return True
    return False


def _digest(data: bytes, start: int) -> bytes:
    """Of an object's dictionary and its stream's first bytes: enough to tell bodies apart."""
    end = data.find(b"endobj", start)
    return sha256(data[start : end if end > 0 else start + 1]).digest()


def _after_stream(data: bytes, keyword: int, start: int) -> int:
    """Where a stream's data end: by its /Length when that is right, else at `endstream`."""
    lengths = _LENGTH.findall(data, max(keyword - _STREAM_DICTIONARY, 0), keyword)
    if lengths:
        end = start + int(lengths[-1])
        if data[end : end + 12].lstrip(b"\0\t\n\f\r ").startswith(b"endstream"):
            return end
    end = data.find(b"endstream", start)
    return end if end > 0 else len(data)
