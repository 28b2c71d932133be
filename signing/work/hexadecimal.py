"""A faster way through hexadecimal strings, with the library's own result.

PyHanko reads them digit by digit in Python: 8 ms for the 16 KiB of one signature, at every step
that opens the file, for every signature in it. Strings of digits and white space only are taken
whole here; whatever else stands between the angle brackets is left to the library.
"""

import re
from binascii import unhexlify
from typing import IO, Any

from pyhanko.pdf_utils import generic

_WHITE = b"\x00\t\n\x0c\r "
_DIGITS = re.compile(rb"[0-9A-Fa-f]*")
_CHUNK = 64 * 1024

_original: Any = generic.read_hex_string_from_stream


def read_hex_string(stream: IO[bytes]) -> Any:  # noqa: ANN401 - text or bytes, as the library decides
    """The string whose opening bracket comes next; the stream stands behind its closing one."""
    start = stream.tell()
    digits = _digits_after(stream)
    if digits is None:
        stream.seek(start)
        return _original(stream)
    return generic.pdf_string(unhexlify(digits + b"0" * (len(digits) % 2)))


def _digits_after(stream: IO[bytes]) -> bytes | None:
    """None if anything but digits and white space comes before the closing bracket."""
    stream.read(1)
    found = bytearray()
    while chunk := stream.read(_CHUNK):
        body, end, rest = chunk.partition(b">")
        digits = body.translate(None, _WHITE)
        if _DIGITS.fullmatch(digits) is None:
            return None
        found += digits
        if end:
            stream.seek(-len(rest), 1)
            return bytes(found)
    return None


def install() -> None:
    """For this process. May be repeated."""
    generic.read_hex_string_from_stream = read_hex_string
