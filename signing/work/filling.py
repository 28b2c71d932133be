"""Filling fields in the revision that their person's signature closes.

Everything that one revision writes shares one embedded font. What was not filled is not touched.
"""

from collections.abc import Sequence
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from domain.field_kinds import TEXTS, WITH_RANGE
from domain.kinds import FieldKind
from domain.ports.signatures import FilledField, SignatureLook
from signing.work.appearance import Frame, Setting, text
from signing.work.fonts import Lettering
from signing.work.objects import Name, PyHanko, Value
from signing.work.placing import ON, choice
from signing.work.signature_look import signature_look


class FieldMissing(Exception):
    """The base has no such field, or not of this kind, or it is filled already."""


def fill(
    writer: IncrementalPdfFileWriter,
    fills: Sequence[FilledField],
    signature_field: str,
    look: SignatureLook | None,
) -> None:
    """Write values and looks into the update. Raises FieldMissing, DoesNotFit, Unprintable."""
    if not fills and look is None:
        return
    fields = _fields(writer)
    lettering = Lettering()
    changes = [(row.name, _change(_known(fields, row.name), row, lettering)) for row in fills]
    if look is not None:
        widget = _known(fields, signature_field)
        drawn = signature_look(_frame(widget), look, lettering)
        changes.append((signature_field, {"/AP": {"/N": drawn}}))
    lettering.close()
    objects = PyHanko(writer)
    for name, entries in changes:
        widget = _known(fields, name)
        for key, value in entries.items():
            widget[generic.NameObject(key)] = objects.put(value)
        writer.mark_update(fields[name])


def _fields(writer: IncrementalPdfFileWriter) -> dict[str, generic.IndirectObject]:
    """References to the fields at the top level, by name. Ours are all there."""
    found: dict[str, generic.IndirectObject] = {}
    for row in writer.root["/AcroForm"]["/Fields"].iterate():
        field = row.get_object()
        if isinstance(row, generic.IndirectObject) and "/T" in field:
            found[str(field["/T"])] = row
    return found


def _known(fields: dict[str, generic.IndirectObject], name: str) -> generic.DictionaryObject:
    if name not in fields:
        raise FieldMissing(name)
    found = fields[name].get_object()
    if not isinstance(found, generic.DictionaryObject):
        raise FieldMissing(name)
    return found


def _change(
    widget: generic.DictionaryObject, row: FilledField, lettering: Lettering
) -> dict[str, Value]:
    """What becomes of the field's dictionary."""
    kind = widget.get("/FT")
    if "/V" in widget:
        raise FieldMissing(row.name)
    match row.kind:
        case FieldKind.CHECKBOX if kind == "/Btn":
            return {"/V": Name(ON), "/AS": Name(ON)}
        case FieldKind.RADIO if kind == "/Btn":
            options = [str(words) for words in widget["/Opt"]]
            state = Name(choice(options.index(row.value)))
            return {"/V": state, "/AS": state}
        case FieldKind.DROPDOWN if kind == "/Ch":
            return _drawn(widget, row, lettering)
        case _ if kind == "/Tx" and row.kind in TEXTS:
            return _drawn(widget, row, lettering)
    raise FieldMissing(row.name)


def _drawn(
    widget: generic.DictionaryObject, row: FilledField, lettering: Lettering
) -> dict[str, Value]:
    setting = Setting(row.kind is FieldKind.MULTILINE, row.kind in WITH_RANGE)
    look = text(_frame(widget), row.text, lettering, setting)
    return {"/V": row.text, "/AP": {"/N": look}}


def _frame(widget: Any) -> Frame:  # noqa: ANN401 - pyHanko gives dictionaries no types
    """The field as displayed, from its rectangle and its page."""
    left, bottom, right, top = (float(number) for number in widget["/Rect"])
    page = widget["/P"]
    unit = float(page["/UserUnit"]) if "/UserUnit" in page else 1.0
    rotation = int(widget["/MK"].get("/R", 0)) if "/MK" in widget else 0
    width, height = (right - left) * unit, (top - bottom) * unit
    return (
        Frame(height, width, rotation) if rotation in {90, 270} else Frame(width, height, rotation)
    )
