"""A mending of asn1crypto 1.5: lengths that end in the byte 0x80 are no indefinite lengths.

The library looks at the last byte of a header only (wbond/asn1crypto#249), takes one structure in
some hundred for BER, and encodes it anew with all that is in it: three times for each level, which
for a signature with a time-stamp is minutes of work, and other bytes than were signed if somebody
else's encoder was not ours.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from asn1crypto import core

_INDEFINITE = 0x80
_LONG_TAG = 0x1F
_MENDED = "_musubi_mended"

Dump = Callable[..., bytes]


def is_indefinite(header: bytes) -> bool:
    """Whether a header (of explicit tags and the value's own) ends in an indefinite length.

    X.690, 8.1.2 and 8.1.3. Of a header that is cut off: False.
    """
    place, length = 0, 0
    while place < len(header):
        if header[place] & _LONG_TAG == _LONG_TAG:
            place += 1
            while place < len(header) and header[place] & 0x80:
                place += 1
        place += 1
        length = header[place] if place < len(header) else 0
        place += 1 + (length & 0x7F if length > _INDEFINITE else 0)
    return length == _INDEFINITE


def _mended(original: Dump) -> Dump:
    @wraps(original)
    def dump(self: Any, force: bool = False) -> bytes:  # noqa: ANN401 - as the library has it
        header = self._header
        if force or not header or header[-1] != _INDEFINITE or is_indefinite(header):
            return original(self, force)
        contents = self.chosen.dump() if isinstance(self, core.Choice) else self.contents
        if self._header != header:  # it was changed since it was read, and is encoded anew
            return original(self, force)
        return bytes(header + contents + self._trailer)

    setattr(dump, _MENDED, True)
    return dump


def install() -> None:
    """For this process. May be repeated."""
    for kind in (core.Asn1Value, core.Choice, core.Primitive, core.Sequence, core.SequenceOf):
        if not getattr(kind.dump, _MENDED, False):
            kind.dump = _mended(kind.dump)
