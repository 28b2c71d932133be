"""Hexadecimal strings are read as the library reads them, only sooner."""

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils.misc import PdfStreamError

from signing.work.hexadecimal import _original, read_hex_string

_NOISE = b"0123456789abcdefABCDEF \t\r\n\x00\x0c"


def _read(reader: Any, data: bytes) -> tuple[object, object, int]:
    stream = BytesIO(data)
    try:
        value: object = reader(stream)
    except PdfStreamError as error:
        return type(error), None, 0
    return type(value), value, stream.tell()


@given(st.lists(st.sampled_from([*(bytes([byte]) for byte in _NOISE), b"%x\n", b"g", b">", b"<"])))
def test_any_string_is_read_as_the_library_reads_it(parts: list[bytes]) -> None:
    data = b"<" + b"".join(parts) + b">/Next"
    assert _read(read_hex_string, data) == _read(_original, data)


@pytest.mark.parametrize("data", [b"<", b"<41", b"<41 % comment > \n42>", b"<4>", b"<>"])
def test_odd_ends_are_read_as_the_library_reads_them(data: bytes) -> None:
    assert _read(read_hex_string, data) == _read(_original, data)


def test_a_string_longer_than_one_read_is_whole() -> None:
    data = b"<" + b"ab" * 100_000 + b">"
    assert _read(read_hex_string, data) == _read(_original, data)
