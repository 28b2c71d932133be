"""PDF objects as plain values, before they belong to a file.

Preparation writes with pikepdf, later steps with pyHanko; what is drawn is described once, and put
into either.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.writer import BasePdfFileWriter


@dataclass(frozen=True)
class Name:
    """A PDF name, with its slash."""

    value: str


@dataclass(eq=False)
class Part:
    """An indirect object: a dictionary, and a stream's bytes (without /Filter) if it is one."""

    entries: "dict[str, Value]"
    data: bytes | None = None


Value: TypeAlias = "Name | str | bytes | int | float | list[Value] | dict[str, Value] | Part"


def number(value: float) -> bytes:
    """For content streams: at most two decimals, no exponent."""
    return f"{value:.2f}".rstrip("0").rstrip(".").encode() or b"0"


class Pikepdf:
    """Puts values into a file that pikepdf writes."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._placed: dict[int, tuple[Part, pikepdf.Object]] = {}

    def put(self, value: Value) -> Any:  # noqa: ANN401 - whatever pikepdf takes as an object
        """The value as an object of the file; the same Part is the same object."""
        if isinstance(value, Part):
            if id(value) not in self._placed:
                self._placed[id(value)] = (value, self._indirect(value))
            return self._placed[id(value)][1]
        if isinstance(value, dict):
            return pikepdf.Dictionary({key: self.put(item) for key, item in value.items()})
        if isinstance(value, list):
            return pikepdf.Array([self.put(item) for item in value])
        if isinstance(value, Name):
            return pikepdf.Name(value.value)
        if isinstance(value, str | bytes):
            return pikepdf.String(value)
        return Decimal(number(value).decode()) if isinstance(value, float) else value

    def _indirect(self, part: Part) -> pikepdf.Object:
        entries = {key: self.put(item) for key, item in part.entries.items()}
        if part.data is None:
            return self._pdf.make_indirect(pikepdf.Dictionary(entries))
        return self._pdf.make_stream(part.data, entries)


class PyHanko:
    """Puts values into an update that pyHanko writes."""

    def __init__(self, writer: BasePdfFileWriter) -> None:
        self._writer = writer
        self._placed: dict[int, tuple[Part, generic.IndirectObject]] = {}

    def put(self, value: Value) -> generic.PdfObject:
        """The value as an object of the update; the same Part is the same object."""
        if isinstance(value, Part):
            if id(value) not in self._placed:
                self._placed[id(value)] = (value, self._indirect(value))
            return self._placed[id(value)][1]
        if isinstance(value, dict):
            return generic.DictionaryObject(self._entries(value))
        if isinstance(value, list):
            return generic.ArrayObject(self.put(item) for item in value)
        return _simple(value)

    def _entries(self, values: dict[str, Value]) -> dict[generic.NameObject, generic.PdfObject]:
        return {generic.NameObject(key): self.put(item) for key, item in values.items()}

    def _indirect(self, part: Part) -> generic.IndirectObject:
        entries = self._entries(part.entries)
        if part.data is None:
            return self._writer.add_object(generic.DictionaryObject(entries))
        stream = generic.StreamObject(entries, stream_data=part.data)
        stream.compress()
        return self._writer.add_object(stream)


def _simple(value: Name | str | bytes | float) -> generic.PdfObject:
    if isinstance(value, Name):
        return generic.NameObject(value.value)
    if isinstance(value, str):
        return generic.pdf_string(value)
    if isinstance(value, bytes):
        return generic.ByteStringObject(value)
    if isinstance(value, int):
        return generic.NumberObject(value)
    return generic.FloatObject(number(value).decode())
