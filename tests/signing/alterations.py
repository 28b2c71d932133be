"""Altered files, made from a finished one of ours: what an attacker might hand on as ours.

Names follow the literature: USF (universal signature forgery), ISA (incremental saving), SWA
(signature wrapping), shadow attacks (hide, replace, hide-and-replace), EAA and SSA (evil
annotation, sneaky signature). Each function takes the finished file and gives an altered one.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf
from asn1crypto import cms
from pyhanko.pdf_utils.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    NullObject,
    NumberObject,
    StreamObject,
    TextStringObject,
    pdf_name,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject

from tests.signing.stamping import stamped

Alteration = Callable[[bytes], bytes]
_RANGE = re.compile(rb"/ByteRange \[[0-9 ]+\]\s*")
_FLIPS = 30


@dataclass(frozen=True)
class Material:
    """A finished file, its revisions, and one of another envelope."""

    revisions: list[bytes]
    other: bytes
    stamp: Callable[[bytes], bytes]
    """A genuine token of a trusted authority over a digest."""

    @property
    def finished(self) -> bytes:
        return self.revisions[-1]


def family(name: str, material: Material) -> Iterator[tuple[str, bytes]]:
    """Alterations that a verifier must see without knowing the original, one family of them."""
    made = FAMILIES[name](material)
    for title, change in made:
        yield title, change if isinstance(change, bytes) else change(material.finished)


def truncated(material: Material) -> Iterator[tuple[str, bytes]]:
    """Earlier revisions: genuine bytes, which only the evidence record can tell from the whole."""
    for number, revision in enumerate(material.revisions[:-1]):
        yield f"revision-{number}", revision


# -- tools -------------------------------------------------------------------------------------


def _updated(data: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(data))
    change(writer)
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def _update(change: Callable[[IncrementalPdfFileWriter], None]) -> Alteration:
    return lambda data: _updated(data, change)


def _page(writer: IncrementalPdfFileWriter, number: int = 0) -> Any:
    page, _ = writer.find_page_for_modification(number)
    return page.get_object()


def _fields(writer: IncrementalPdfFileWriter) -> list[Any]:
    return [row.get_object() for row in writer.root["/AcroForm"]["/Fields"]]


def _signature(writer: IncrementalPdfFileWriter, number: int) -> Any:
    return _fields(writer)[number]["/V"]


def _holes(data: bytes) -> list[tuple[int, int]]:
    found = PdfFileReader(BytesIO(data)).embedded_signatures
    ranges = [[int(number) for number in row.byte_range] for row in found]
    return [(first, second) for _, first, second, _ in ranges]


def _in_hole(data: bytes, number: int, contents: bytes) -> bytes:
    """Replace the hex string of a signature, padded to the same length."""
    start, end = _holes(data)[number]
    padded = b"<" + contents.hex().encode().ljust(end - start - 2, b"0") + b">"
    return data[:start] + padded + data[end:]


def _der(data: bytes, number: int) -> bytes:
    row = PdfFileReader(BytesIO(data)).embedded_signatures[number]
    return bytes(cms.ContentInfo.load(bytes(row.pkcs7_content)).dump())


# -- USF: the signature's own dictionary -------------------------------------------------------


def _usf(_: Material) -> list[tuple[str, Alteration]]:
    values: dict[str, dict[str, Any]] = {
        "no-byte-range": {"/ByteRange": None},
        "null-byte-range": {"/ByteRange": NullObject()},
        "negative-byte-range": {"/ByteRange": [0, -1, 20, 30]},
        "short-byte-range": {"/ByteRange": [0, 100, 200]},
        "empty-byte-range": {"/ByteRange": []},
        "zero-byte-range": {"/ByteRange": [0, 0, 0, 0]},
        "no-contents": {"/Contents": None},
        "null-contents": {"/Contents": NullObject()},
        "empty-contents": {"/Contents": TextStringObject("")},
        "zero-contents": {"/Contents": TextStringObject("\\0\\0\\0")},
        "other-subfilter": {"/SubFilter": pdf_name("/adbe.x509.rsa_sha1")},
        "other-reason": {"/Reason": TextStringObject("別人が承認しました")},
        "other-type": {"/Type": pdf_name("/DocTimeStamp")},
    }
    made: list[tuple[str, Alteration]] = []
    for name, entries in values.items():
        for number in (0, -1):

            def change(
                writer: IncrementalPdfFileWriter,
                entries: dict[str, Any] = entries,
                number: int = number,
            ) -> None:
                signature = _signature(writer, number)
                for key, value in entries.items():
                    if value is None:
                        del signature[key]
                    elif isinstance(value, list):
                        signature[pdf_name(key)] = ArrayObject(NumberObject(row) for row in value)
                    else:
                        signature[pdf_name(key)] = value
                writer.update_container(signature)

            made.append((f"{name}-{'first' if number == 0 else 'newest'}", _update(change)))
    return made


# -- ISA: something after the end --------------------------------------------------------------


def _isa(material: Material) -> list[tuple[str, Alteration]]:
    loose = b"\n9999 0 obj\n<</Type/Catalog>>\nendobj\n"
    end = b"\nstartxref\n0\n%%EOF\n"
    return [
        ("comment", lambda data: data + b"\n% nothing to see\n"),
        ("newline", lambda data: data + b"\n"),
        ("loose-object", lambda data: data + loose),
        ("object-without-table", lambda data: data + loose + b"trailer\n<<>>" + end),
        ("second-end", lambda data: data + b"\n%%EOF\n"),
        ("another-file", lambda data: data + material.other),
        ("garbage", lambda data: data + bytes(range(256)) * 8),
        ("zeros", lambda data: data + bytes(4096)),
        ("before-the-header", lambda data: b"%!PS-Adobe\n" + data),
        ("html-before-the-header", lambda data: b"<html><!--" + data),
        ("old-table-again", lambda data: data + data[data.rindex(b"startxref") :]),
    ]


# -- SWA: the hole in the byte range -----------------------------------------------------------


def _swa(_: Material) -> list[tuple[str, Alteration]]:
    def filled(number: int, what: bytes) -> Alteration:
        def change(data: bytes) -> bytes:
            start, end = _holes(data)[number]
            value = b"<" + _der(data, number).hex().encode() + b">"
            return data[:start] + (value + what).ljust(end - start) + data[end:]

        return change

    def moved(data: bytes) -> bytes:
        _, end = _holes(data)[-1]
        return data[:end] + b" " * 64 + data[end:]

    def second_range(data: bytes) -> bytes:
        start, _ = _holes(data)[-1]
        return data[:start] + b"<00>/ByteRange [0 1 2 3]/Contents " + data[start:]

    return [
        ("spaces-in-the-hole", filled(-1, b"")),
        ("object-in-the-hole", filled(-1, b"/Evil (1)")),
        ("object-in-the-first-hole", filled(0, b"/Evil (1)")),
        ("second-contents-in-the-hole", filled(-1, b"/Contents <00>")),
        ("second-reason-in-the-first-hole", filled(0, b"/Reason (Mallory)")),
        ("moved-second-half", moved),
        ("second-byte-range", second_range),
        ("padding", lambda data: _in_hole(data, -1, _der(data, -1) + b"\0\0evil")),
        ("spaces-among-digits", lambda data: _with_hole(data, lambda row: row[:-9] + b" 0" * 4)),
        ("case-of-a-digit", lambda data: _with_hole(data, _other_case)),
    ]


def _with_hole(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    start, end = _holes(data)[-1]
    value = change(data[start + 1 : end - 1])[: end - start - 2]
    return data[: start + 1] + value.ljust(end - start - 2, b"0") + data[end - 1 :]


def _other_case(digits: bytes) -> bytes:
    place = next(place for place, digit in enumerate(digits) if chr(digit).isalpha())
    return digits[:place] + digits[place : place + 1].swapcase() + digits[place + 1 :]


# -- shadow attacks: what is shown ---------------------------------------------------------------


def _shadow(_: Material) -> list[tuple[str, Alteration]]:
    def drawing(writer: IncrementalPdfFileWriter) -> Any:
        return writer.add_object(StreamObject(stream_data=b"0 0 400 400 re f"))

    def hide(writer: IncrementalPdfFileWriter) -> None:
        page = _page(writer)
        found = page["/Contents"]
        rows = list(found) if isinstance(found, ArrayObject) else [page.raw_get("/Contents")]
        page[pdf_name("/Contents")] = ArrayObject([*rows, drawing(writer)])
        writer.update_container(page)

    def replace(writer: IncrementalPdfFileWriter) -> None:
        page = _page(writer)
        page[pdf_name("/Contents")] = drawing(writer)
        writer.update_container(page)

    def hide_and_replace(writer: IncrementalPdfFileWriter) -> None:
        pages = writer.root["/Pages"]
        pages[pdf_name("/Kids")] = ArrayObject(reversed(list(pages["/Kids"])))
        writer.update_container(pages)

    def fonts(writer: IncrementalPdfFileWriter) -> None:
        page = _page(writer)
        resources = page["/Resources"] if "/Resources" in page else DictionaryObject()
        face = DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Font"),
                pdf_name("/Subtype"): pdf_name("/Type1"),
                pdf_name("/BaseFont"): pdf_name("/Symbol"),
            }
        )
        names = list(resources["/Font"]) if "/Font" in resources else ["/F1"]
        resources[pdf_name("/Font")] = DictionaryObject(
            {pdf_name(name): writer.add_object(face) for name in names}
        )
        page[pdf_name("/Resources")] = resources
        writer.update_container(page)

    def catalogue(writer: IncrementalPdfFileWriter) -> None:
        page = PageObject(contents=drawing(writer), media_box=(0, 0, 595, 842))
        kids = DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Pages"),
                pdf_name("/Count"): NumberObject(1),
                pdf_name("/Kids"): ArrayObject([writer.add_object(page)]),
            }
        )
        writer.root[pdf_name("/Pages")] = writer.add_object(kids)
        writer.update_root()

    return [
        ("hide", _update(hide)),
        ("replace", _update(replace)),
        ("hide-and-replace", _update(hide_and_replace)),
        ("replaced-fonts", _update(fonts)),
        ("other-pages", _update(catalogue)),
    ]


# -- EAA and SSA: annotations, fields, strangers' signatures --------------------------------------


def _annotate(subtype: str, **extra: Any) -> Alteration:
    def change(writer: IncrementalPdfFileWriter) -> None:
        page = _page(writer)
        drawn = StreamObject(stream_data=b"0 0 100 100 re f")
        drawn[pdf_name("/Subtype")] = pdf_name("/Form")
        drawn[pdf_name("/BBox")] = ArrayObject(NumberObject(row) for row in (0, 0, 100, 100))
        annotation = DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name(f"/{subtype}"),
                pdf_name("/F"): NumberObject(4),
                pdf_name("/Rect"): ArrayObject(NumberObject(row) for row in (50, 50, 300, 300)),
                pdf_name("/AP"): DictionaryObject({pdf_name("/N"): writer.add_object(drawn)}),
                **{pdf_name(f"/{key}"): value for key, value in extra.items()},
            }
        )
        reference = writer.add_object(annotation)
        present = list(page["/Annots"]) if "/Annots" in page else []
        page[pdf_name("/Annots")] = ArrayObject([*present, reference])
        writer.update_container(page)
        if "T" in extra:
            form = writer.root["/AcroForm"]
            form[pdf_name("/Fields")] = ArrayObject([*form["/Fields"], reference])
            writer.update_container(form)

    return _update(change)


def _annotations(_: Material) -> list[tuple[str, Alteration]]:
    kinds = ("FreeText", "Stamp", "Square", "Redact", "Highlight", "Line", "Ink", "Text", "Link")
    text = TextStringObject("evil")
    field = {"FT": pdf_name("/Tx"), "T": text, "V": TextStringObject("1,000,000円")}
    return [
        *((kind.lower(), _annotate(kind)) for kind in kinds),
        ("text-field", _annotate("Widget", **field)),
        ("button", _annotate("Widget", FT=pdf_name("/Btn"), T=text)),
        ("empty-signature-field", _annotate("Widget", FT=pdf_name("/Sig"), T=text)),
    ]


# -- structure: pages, form, actions -------------------------------------------------------------


def _structure(_: Material) -> list[tuple[str, Alteration]]:  # noqa: C901 - a list of small closures
    def page_added(writer: IncrementalPdfFileWriter) -> None:
        drawing = writer.add_object(StreamObject(stream_data=b"0 0 100 100 re f"))
        writer.insert_page(PageObject(contents=drawing, media_box=(0, 0, 595, 842)))

    def page_removed(writer: IncrementalPdfFileWriter) -> None:
        pages = writer.root["/Pages"]
        pages[pdf_name("/Kids")] = ArrayObject(list(pages["/Kids"])[:1])
        pages[pdf_name("/Count")] = NumberObject(1)
        writer.update_container(pages)

    def on_page(key: str, value: Any) -> Alteration:
        def change(writer: IncrementalPdfFileWriter) -> None:
            page = _page(writer)
            page[pdf_name(key)] = value
            writer.update_container(page)

        return _update(change)

    def on_root(key: str, value: Any) -> Alteration:
        def change(writer: IncrementalPdfFileWriter) -> None:
            writer.root[pdf_name(key)] = value
            writer.update_root()

        return _update(change)

    def on_form(key: str, value: Any) -> Alteration:
        def change(writer: IncrementalPdfFileWriter) -> None:
            form = writer.root["/AcroForm"]
            form[pdf_name(key)] = value
            writer.update_container(form)

        return _update(change)

    def on_field(key: str, value: Any) -> Alteration:
        def change(writer: IncrementalPdfFileWriter) -> None:
            field = _fields(writer)[0]
            if value is None:
                del field[key]
            else:
                field[pdf_name(key)] = value
            writer.update_container(field)

        return _update(change)

    def fewer_fields(writer: IncrementalPdfFileWriter) -> None:
        form = writer.root["/AcroForm"]
        form[pdf_name("/Fields")] = ArrayObject(list(form["/Fields"])[1:])
        writer.update_container(form)

    script = DictionaryObject(
        {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): TextStringObject("app.alert(1)")}
    )
    box = ArrayObject(NumberObject(row) for row in (0, 0, 100, 100))
    return [
        ("page-added", _update(page_added)),
        ("page-removed", _update(page_removed)),
        ("page-turned", on_page("/Rotate", NumberObject(180))),
        ("page-cropped", on_page("/CropBox", box)),
        ("page-script", on_page("/AA", DictionaryObject({pdf_name("/O"): script}))),
        ("opening-script", on_root("/OpenAction", script)),
        ("permissions", on_root("/Perms", DictionaryObject())),
        ("layers", on_root("/OCProperties", DictionaryObject())),
        ("names", on_root("/Names", DictionaryObject())),
        ("xfa", on_form("/XFA", TextStringObject("<xdp/>"))),
        ("need-appearances", on_form("/NeedAppearances", BooleanObject(value=True))),
        ("fewer-fields", _update(fewer_fields)),
        ("renamed-field", on_field("/T", TextStringObject("OTHER"))),
        ("value-removed", on_field("/V", None)),
        ("field-of-text", on_field("/FT", pdf_name("/Tx"))),
        ("field-shown", on_field("/Rect", box)),
    ]


# -- the security store -----------------------------------------------------------------------


def _store(_: Material) -> list[tuple[str, Alteration]]:
    def removed(writer: IncrementalPdfFileWriter) -> None:
        del writer.root["/DSS"]
        writer.update_root()

    def emptied(key: str) -> Alteration:
        def change(writer: IncrementalPdfFileWriter) -> None:
            store = writer.root["/DSS"]
            store[pdf_name(key)] = ArrayObject()
            writer.update_container(store)

        return _update(change)

    def other_answer(writer: IncrementalPdfFileWriter) -> None:
        store = writer.root["/DSS"]
        store[pdf_name("/OCSPs")] = ArrayObject(
            [writer.add_object(StreamObject(stream_data=b"\x30\x03\x0a\x01\x06"))]
        )
        writer.update_container(store)

    return [
        ("removed", _update(removed)),
        ("without-answers", emptied("/OCSPs")),
        ("without-certificates", emptied("/Certs")),
        ("other-answer", _update(other_answer)),
        ("bytes-blanked", lambda data: data.replace(b"/DSS", b"/XXX")),
    ]


# -- written anew -------------------------------------------------------------------------------


def _rewritten(_: Material) -> list[tuple[str, Alteration]]:
    def saved(**options: Any) -> Alteration:
        def change(data: bytes) -> bytes:
            with pikepdf.open(BytesIO(data)) as pdf:
                output = BytesIO()
                pdf.save(output, **options)
                return output.getvalue()

        return change

    streams = pikepdf.ObjectStreamMode.generate
    return [
        ("plain", saved()),
        ("linearised", saved(linearize=True)),
        ("object-streams", saved(object_stream_mode=streams)),
        ("cut-at-the-end", lambda data: data[:-2000]),
        ("cut-in-the-middle", lambda data: data[: len(data) // 2]),
        ("text-mode", lambda data: data.replace(b"\n", b"\r\n")),
    ]


# -- copies -----------------------------------------------------------------------------------


def _copies(material: Material) -> Iterator[tuple[str, bytes]]:
    """Signatures and timestamps where they were not made."""
    finished, other = material.finished, material.other
    signed = material.revisions[-2]
    first, second, stamp = (_der(finished, number) for number in range(3))
    yield "copy-first-into-second", _in_hole(signed, 1, first)
    yield "copy-second-into-first", _in_hole(finished, 0, second)
    yield "copy-of-another-file", _in_hole(signed, 1, _der(other, 0))
    yield "copy-timestamp-of-another-file", _in_hole(finished, 2, _der(other, -1))
    yield "copy-timestamp-as-signature", _in_hole(signed, 1, stamp)
    yield "copy-token-of-the-first-signature", _in_hole(signed, 1, _with_token(second, first))
    yield "copy-token-of-the-archive", _in_hole(signed, 1, _with_archive_token(second, stamp))
    yield "copy-two-fields-one-signature", _updated(material.revisions[1], _twice)
    yield "copy-two-fields-one-signature-at-the-end", _updated(finished, _twice)


def _with_token(value: bytes, donor: bytes) -> bytes:
    changed, given = cms.ContentInfo.load(value), cms.ContentInfo.load(donor)
    changed["content"]["signer_infos"][0]["unsigned_attrs"] = given["content"]["signer_infos"][0][
        "unsigned_attrs"
    ]
    return bytes(changed.dump())


def _with_archive_token(value: bytes, token: bytes) -> bytes:
    changed = cms.ContentInfo.load(value)
    attribute = cms.CMSAttribute(
        {"type": "signature_time_stamp_token", "values": [cms.ContentInfo.load(token)]}
    )
    changed["content"]["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes([attribute])
    return bytes(changed.dump())


def _twice(writer: IncrementalPdfFileWriter) -> None:
    first, second = _fields(writer)[:2]
    second[pdf_name("/V")] = first.raw_get("/V")
    writer.update_container(second)


# -- single bytes -----------------------------------------------------------------------------


def _flips(material: Material) -> Iterator[tuple[str, bytes]]:
    """One bit, everywhere: even distances, and the places that decide."""
    data = material.finished
    places = {f"at-{place}": place for place in range(3, len(data), len(data) // _FLIPS)}
    for word in (b"%PDF", b"/Root", b"/Reason", b"/ByteRange", b"/DSS", b"/Kids", b"%%EOF"):
        places[f"in-{word.decode().strip('/%')}"] = data.rindex(word) + len(word) - 1
    for name, place in places.items():
        changed = bytearray(data)
        changed[place] ^= 1
        yield f"flip-{name}", bytes(changed)


# -- with a genuine timestamp on top ------------------------------------------------------------


def _stamped_over(material: Material) -> Iterator[tuple[str, bytes]]:
    """Anybody can buy a timestamp: it covers the alteration, and excuses nothing."""
    picked = {
        "shadow": _shadow(material),
        "annotations": _annotations(material),
        "structure": _structure(material),
    }
    for family, rows in picked.items():
        for name, change in rows:
            if name not in ("empty-signature-field", "names"):
                yield f"stamped-{family}-{name}", _stamped(change(material.finished), material)


def _stamped(data: bytes, material: Material) -> bytes:
    return stamped(data, material.stamp)


FAMILIES: dict[str, Callable[[Material], Iterable[tuple[str, Alteration | bytes]]]] = {
    "usf": _usf,
    "isa": _isa,
    "swa": _swa,
    "shadow": _shadow,
    "annotations": _annotations,
    "structure": _structure,
    "store": _store,
    "rewritten": _rewritten,
    "copies": _copies,
    "flips": _flips,
    "stamped-over": _stamped_over,
}
