"""Bytes that were read are the bytes that are written, whatever their length is."""

from typing import ClassVar

import pytest
from asn1crypto import core

import signing
from runtime.der import install, is_indefinite


class Pair(core.Sequence):  # type: ignore[misc] # the library has no types
    _fields: ClassVar = [("number", core.Integer), ("text", core.OctetString)]


class Many(core.SequenceOf):  # type: ignore[misc]
    _child_spec = Pair


class Either(core.Choice):  # type: ignore[misc]
    _alternatives: ClassVar = [("pair", Pair, {"explicit": 0}), ("number", core.Integer)]


ODD_INTEGER = bytes.fromhex("0202002a")
"""42 in two bytes: readable, and not as DER has it."""


@pytest.fixture(autouse=True)
def mended() -> None:
    assert signing, "importing it installs the mending"
    install()
    install()


def pair(length: int) -> bytes:
    """A sequence whose contents are `length` bytes, 128 to 65535, the first of them odd."""
    rest = length - len(ODD_INTEGER)
    head = 4 if rest > 259 else 3 if rest > 129 else 2
    text = {2: b"\x04%c", 3: b"\x04\x81%c", 4: b"\x04\x82"}[head]
    size = rest - head
    text = text + size.to_bytes(2, "big") if head == 4 else text % size
    body = ODD_INTEGER + text + bytes(size)
    assert len(body) == length
    return _headed(0x30, body)


def _headed(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size > 255:
        return bytes([tag, 0x82]) + size.to_bytes(2, "big") + body
    return bytes([tag, 0x81, size]) + body


@pytest.mark.parametrize("length", [128, 0x180, 0x280, 0x1080, 129, 0x181])
def test_a_structure_of_any_length_keeps_its_bytes(length: int) -> None:
    read = Pair.load(pair(length))
    assert read["number"].native == 42
    assert read.dump() == pair(length)


@pytest.mark.parametrize("inner", [*range(128, 140), 0x17C, 0x180, 0x280])
def test_a_list_and_a_choice_keep_their_bytes(inner: int) -> None:
    data = _headed(0x30, pair(inner))
    many = Many.load(data)
    assert many[0]["number"].native == 42
    assert many.dump() == data
    explicit = _headed(0xA0, pair(inner))
    assert Either.load(explicit).dump() == explicit


def test_what_was_changed_is_encoded_anew() -> None:
    read = Pair.load(pair(0x180))
    read["number"] = 7
    assert Pair.load(read.dump())["number"].native == 7
    assert read.dump() == Pair({"number": 7, "text": read["text"].native}).dump()


def test_an_indefinite_length_is_still_written_as_a_definite_one() -> None:
    data = b"\x30\x80" + ODD_INTEGER + b"\x04\x03abc" + b"\0\0"
    read = Pair.load(data)
    assert read["text"].native == b"abc"
    assert read.dump() == bytes.fromhex("3008") + b"\x02\x01\x2a" + b"\x04\x03abc"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("3080", True),
        ("308180", False),
        ("30820180", False),
        ("a0803080", True),
        ("a082018430820180", False),
        ("a08201843080", True),
        ("bf2a80", True),
        ("bf8180018180", False),
        ("3005", False),
        ("", False),
        ("30", False),
        ("3082", False),
    ],
)
def test_only_the_length_itself_says_that_it_is_indefinite(header: str, expected: bool) -> None:
    assert is_indefinite(bytes.fromhex(header)) is expected


def test_nothing_is_encoded_for_a_length_that_ends_in_80(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Pair.load(pair(0x180))
    assert read["number"].native == 42

    def never(*_: object, **__: object) -> None:
        raise AssertionError("encoded anew")

    monkeypatch.setattr(Pair, "_set_contents", never)
    assert read.dump() == pair(0x180)
