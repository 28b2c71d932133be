"""Values and looks that were changed after their person signed: each is seen."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from signing.verify import DocumentReport, Verdict
from tests.files.generate import form_page
from tests.signing.conftest import Bench
from tests.signing.forms import named, person, stamped

pytestmark = pytest.mark.local_sockets

Change = Callable[[IncrementalPdfFileWriter, dict[str, Any]], None]


@pytest.fixture(scope="module")
def signed(bench: Bench) -> bytes:
    """Two people have acted, the first one without his memo; the archive timestamp is not there
    yet, so that nothing but the signatures can object."""
    first, second = person(0, look=named()), person(1, look=stamped())
    base = bench.place(form_page(), [*first.fields, *second.fields])
    fills = tuple(row for row in first.act.fills if row.name != "FIELD_0003")
    revision = bench.act(base, replace(first.act, fills=fills))
    return bench.act(revision, second.act)


def _set(name: str, **entries: generic.PdfObject) -> Change:
    def change(writer: IncrementalPdfFileWriter, fields: dict[str, Any]) -> None:
        for key, value in entries.items():
            fields[name][pdf_name(f"/{key}")] = value
        writer.update_container(fields[name])

    return change


def _redrawn(name: str) -> Change:
    """Another picture for the same value."""

    def change(writer: IncrementalPdfFileWriter, fields: dict[str, Any]) -> None:
        stream = fields[name]["/AP"]["/N"]
        stream._data = b"0 0 10 10 re f"
        stream._encoded_data = None
        writer.update_container(stream)

    return change


def _moved(name: str) -> Change:
    return _set(name, Rect=generic.ArrayObject(generic.FloatObject(row) for row in (9, 9, 90, 90)))


def _new_look(name: str) -> Change:
    def change(writer: IncrementalPdfFileWriter, fields: dict[str, Any]) -> None:
        form = generic.StreamObject(
            {
                pdf_name("/Type"): pdf_name("/XObject"),
                pdf_name("/Subtype"): pdf_name("/Form"),
                pdf_name("/BBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 90, 20))),
            },
            stream_data=b"0 0 90 20 re f",
        )
        fields[name][pdf_name("/AP")] = generic.DictionaryObject(
            {pdf_name("/N"): writer.add_object(form)}
        )
        writer.update_container(fields[name])

    return change


ALTERATIONS: dict[str, Change] = {
    "another-value": _set("FIELD_0002", V=pdf_string("別の所在地")),
    "no-value": _set("FIELD_0002", V=generic.NullObject()),
    "another-look": _new_look("FIELD_0002"),
    "look-redrawn": _redrawn("FIELD_0002"),
    "moved": _moved("FIELD_0002"),
    "filled-afterwards": _set("FIELD_0003", V=pdf_string("後から書いた備考")),
    "filled-and-drawn-afterwards": _new_look("FIELD_0003"),
    "unticked": _set("FIELD_0004", V=pdf_name("/Off"), AS=pdf_name("/Off")),
    "another-choice": _set("FIELD_0005", V=pdf_name("/0"), AS=pdf_name("/0")),
    "another-choice-shown": _set("FIELD_0005", AS=pdf_name("/2")),
    "choice-redrawn": _set("FIELD_0005", Opt=generic.ArrayObject([pdf_string("無料")] * 3)),
    "another-date": _set("FIELD_0007", V=pdf_string("2030年1月1日")),
    "hidden": _set("FIELD_0002", F=generic.NumberObject(2)),
    "signature-redrawn": _redrawn("FIELD_0001"),
    "signature-with-another-look": _new_look("FIELD_0001"),
    "signature-moved": _moved("FIELD_0001"),
    "stamp-with-another-look": _new_look("FIELD_0008"),
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_a_filled_field_cannot_be_changed(bench: Bench, signed: bytes, name: str) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(signed))
    rows = [row.get_object() for row in writer.root["/AcroForm"]["/Fields"]]
    ALTERATIONS[name](writer, {str(row["/T"]): row for row in rows})
    output = BytesIO()
    writer.write(output)
    report = bench.verify(output.getvalue())
    assert not sound(report)
    assert report.verdict is not Verdict.VALID


def test_the_file_without_alterations_has_nothing_to_object_to(bench: Bench, signed: bytes) -> None:
    assert sound(bench.verify(signed))


def sound(report: DocumentReport) -> bool:
    return all(row.intact and row.untouched for row in report.signatures)
