"""Odd but readable files, and damaged ones that a repair makes whole."""

import re
import zlib
from collections.abc import Callable
from io import BytesIO

import pikepdf
from PIL import Image

from tests.files.generate import A4, changed, contract, raw_file, with_form

_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
_TEXT = b"BT /F 24 Tf 60 700 Td (Contract) Tj ET"


def plain(trailer: bytes = b"", page: bytes = b"", content: bytes = _TEXT) -> list[bytes]:
    """Catalogue, tree, one page of text, its font and content, as object bodies."""
    return [
        b"<</Type/Catalog/Pages 2 0 R" + trailer + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 4 0 R>>>>"
        b"/Contents 5 0 R" + page + b">>",
        _FONT,
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
    ]


def hybrid_references() -> bytes:
    """A cross-reference table and, beside it, a stream that knows one object more."""
    data = raw_file(plain())
    start = data.rindex(b"startxref\n")
    body, offset = data[: data.rindex(b"trailer")], int(data[start:].split()[1])
    hidden = len(body)
    entry = b"\x01" + hidden.to_bytes(3, "big") + b"\x00"
    stream = b"6 0 obj\n<</Type/XRef/Size 7/W[1 3 1]/Index[6 1]/Length %d>>stream\n%s\nendstream\n"
    table = b"trailer<</Size 6/Root 1 0 R/XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n"
    # the stream stands between the objects and the table
    moved = data[:offset] + stream % (len(entry), entry) + b"endobj\n"
    again = data[offset : data.rindex(b"trailer")]
    return moved + again + table % (offset, len(moved))


def dangling_references() -> bytes:
    """References to objects that do not exist, which means null, and to a free number."""
    return raw_file(plain(b"/Outlines 40 0 R/AcroForm<</Fields[]/DR 43 0 R>>", b"/Thumb 42 0 R"))


def _table_stream(number: int, offsets: dict[int, int], start: int, more: bytes) -> bytes:
    """A cross-reference stream as object `number`, itself included, and the end of the file."""
    entries = sorted((offsets | {number: start}).items())
    index = b" ".join(b"%d 1" % row for row, _ in entries)
    data = b"".join(b"\x01" + offset.to_bytes(3, "big") + b"\x00" for _, offset in entries)
    return (
        b"%d 0 obj\n<</Type/XRef/Size %d/W[1 3 1]/Index[%s]/Root 1 0 R%s/Length %d>>stream\n"
        % (number, number + 1, index, more, len(data))
        + data
        + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start
    )


def reused_table_number() -> bytes:
    """Two revisions whose cross-reference streams bear the same object number."""
    output, offsets = bytearray(b"%PDF-1.7\n"), dict[int, int]()
    for number, body in enumerate(plain(), 1):
        offsets[number] = len(output)
        output += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    first = len(output)
    output += _table_stream(6, offsets, first, b"")
    amended = b"BT /F 24 Tf 60 700 Td (Amended) Tj ET"
    offset = len(output)
    output += b"5 0 obj\n<</Length %d>>stream\n%s\nendstream\nendobj\n" % (len(amended), amended)
    output += _table_stream(6, {5: offset}, len(output), b"/Prev %d" % first)
    return bytes(output)


def missing_end() -> bytes:
    """Without %%EOF, as a transfer in text mode leaves it."""
    return contract().rstrip().removesuffix(b"%%EOF")


def linearized() -> bytes:
    """For the web: the first page comes first."""
    return changed(contract(3), lambda _: None, linearize=True)


def updated() -> bytes:
    """An incremental update that replaces the page's text."""
    data = raw_file(plain())
    new = b"BT /F 24 Tf 60 700 Td (Amended) Tj ET"
    offset = len(data)
    body = b"5 0 obj\n<</Length %d>>stream\n%s\nendstream\nendobj\n" % (len(new), new)
    prev = int(data[data.rindex(b"startxref") :].split()[1])
    table = b"xref\n5 1\n%010d 00000 n \ntrailer<</Size 6/Root 1 0 R/Prev %d>>\nstartxref\n%d\n"
    return data + body + table % (offset, prev, offset + len(body)) + b"%%EOF\n"


def shared_page() -> bytes:
    """The same page object twice in the tree."""
    objects = plain()
    objects[1] = b"<</Type/Pages/Kids[3 0 R 3 0 R]/Count 2>>"
    return raw_file(objects)


def empty_page() -> bytes:
    """A page without /Contents and /Resources."""
    objects = plain()
    objects[2] = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"
    return raw_file(objects)


def page_labels() -> bytes:
    """Roman page numbers."""
    labels = b"/PageLabels<</Nums[0<</S/r>>]>>"
    return raw_file(plain(labels))


def inverted_box() -> bytes:
    """A page box given from top right to bottom left, a crop box beyond it, a user unit."""
    objects = plain(page=b"/CropBox[-50 -50 600 2000]/UserUnit 2/Rotate 180")
    objects[2] = objects[2].replace(b"[0 0 595 842]", b"[595 842 0 0]")
    return raw_file(objects)


def type3_font() -> bytes:
    """A font whose letters are drawings."""
    square = b"1000 0 0 0 750 750 d1 0 0 750 750 re f"
    objects = plain(content=b"BT /F 24 Tf 60 700 Td (aa) Tj ET")
    objects[3] = (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 750 750]/FontMatrix[.001 0 0 .001 0 0]"
        b"/CharProcs<</sq 6 0 R>>/Encoding<</Type/Encoding/Differences[97/sq]>>"
        b"/FirstChar 97/LastChar 97/Widths[1000]/Resources<<>>>>"
    )
    objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(square), square))
    return raw_file(objects)


def jpeg_2000() -> bytes:
    """A scan in JPEG 2000."""
    picture = BytesIO()
    Image.linear_gradient("L").save(picture, "JPEG2000")
    packed = picture.getvalue()
    objects = plain(content=b"400 0 0 400 60 300 cm /X Do")
    objects[2] = objects[2].replace(b"/Font<</F 4 0 R>>", b"/XObject<</X 6 0 R>>")
    objects.append(
        b"<</Type/XObject/Subtype/Image/Width 256/Height 256/Filter/JPXDecode/Length %d>>"
        b"stream\n%s\nendstream" % (len(packed), packed)
    )
    return raw_file(objects)


def many_pages() -> bytes:
    """Three hundred pages."""
    return contract(300)


def choice_without_look() -> bytes:
    """A filled form beside a choice whose look each viewer makes up."""

    def add(pdf: pikepdf.Pdf) -> None:
        choice = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Ch,
                Ff=1 << 17,
                T=pikepdf.String("city"),
                Opt=pikepdf.Array([pikepdf.String("Nagoya"), pikepdf.String("Sakai")]),
                Rect=pikepdf.Array([60, 500, 260, 520]),
                MK=pikepdf.Dictionary(BC=pikepdf.Array([0])),
                F=4,
            )
        )
        pdf.Root.AcroForm["/NeedAppearances"] = False
        pdf.Root.AcroForm.Fields.append(choice)
        pdf.pages[0].obj.Annots.append(choice)

    return changed(with_form(), add)


def empty_signature_field() -> bytes:
    """A form with a place for a signature that nobody made."""

    def add(pdf: pikepdf.Pdf) -> None:
        field = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Sig,
                T=pikepdf.String("FIELD_0001"),
                Rect=pikepdf.Array([60, 500, 260, 560]),
            )
        )
        pdf.Root["/AcroForm"] = pikepdf.Dictionary(Fields=pikepdf.Array([field]))
        pdf.pages[0].obj["/Annots"] = pikepdf.Array([field])

    return changed(contract(), add)


def marked_up() -> bytes:
    """A comment and a highlight beside a form: they stay where they are."""

    def add(pdf: pikepdf.Pdf) -> None:
        for subtype in ("/Highlight", "/Text"):
            pdf.pages[0].obj.Annots.append(
                pdf.make_indirect(
                    pikepdf.Dictionary(
                        Type=pikepdf.Name.Annot,
                        Subtype=pikepdf.Name(subtype),
                        Rect=pikepdf.Array([60, 500, 260, 520]),
                        QuadPoints=pikepdf.Array([60, 520, 260, 520, 60, 500, 260, 500]),
                        C=pikepdf.Array([1, 1, 0]),
                        Contents=pikepdf.String("see clause 4"),
                        F=4,
                    )
                )
            )

    return changed(with_form(), add)


def note_without_look() -> bytes:
    """A free-text note that each viewer draws for itself."""
    note = b"<</Type/Annot/Subtype/FreeText/Rect[60 500 260 560]/F 4/DA(/Helv 10 Tf 0 g)"
    objects = plain(page=b"/Annots[6 0 R]")
    objects.append(note + b"/Contents(see clause 4)>>")
    return raw_file(objects)


def wrong_offsets() -> bytes:
    """A cross-reference table that points beside every object."""
    return raw_file(plain()).replace(b"%PDF-1.7\n", b"%PDF-1.7\n% shifted by an editor\n", 1)


def previous_loop() -> bytes:
    """A trailer whose /Prev leads back to itself."""
    data = raw_file(plain())
    start = int(data[data.rindex(b"startxref") :].split()[1])
    return data.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev %d" % start)


def far_numbers() -> bytes:
    """Object numbers far beyond what a file of this length could hold, and no table: qpdf gives
    up, renderers do not."""
    data = raw_file(plain())
    for number in range(5, 0, -1):
        data = re.sub(rb"\b%d 0 (obj|R)\b" % number, rb"%d 0 \1" % (700_000 + number), data)
    return data[: data.rindex(b"xref\n0 ")] + data[data.rindex(b"trailer") :]


def broken_name_aside() -> bytes:
    """A name whose escape is no number, in what an editing program left behind."""
    return raw_file(plain(b"/PieceInfo<</Editor<</#x1 1>>>>"))


def broken_metadata() -> bytes:
    """Document information that is no XML."""
    objects = plain(b"/Metadata 6 0 R")
    objects.append(b"<</Type/Metadata/Subtype/XML/Length 7>>stream\n<x:\xff\xfe \x01\nendstream")
    return raw_file(objects)


def broken_outline() -> bytes:
    """Bookmarks with keys that no other reader understands."""
    packed = zlib.compress(b"no objects here")
    objects = plain(b"/Outlines 6 0 R")
    objects.append(b"<</Type/Outlines/First 7 0 R>>")
    objects.append(
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed)
    )
    return raw_file(objects)


def poster() -> bytes:
    """A0, larger than a screen."""
    return contract(1, (A4[0] * 4, A4[1] * 4))


ODD = {
    "hybrid_references": hybrid_references,
    "dangling_references": dangling_references,
    "reused_table_number": reused_table_number,
    "missing_end": missing_end,
    "linearized": linearized,
    "updated": updated,
    "shared_page": shared_page,
    "empty_page": empty_page,
    "page_labels": page_labels,
    "inverted_box": inverted_box,
    "type3_font": type3_font,
    "jpeg_2000": jpeg_2000,
    "many_pages": many_pages,
    "choice_without_look": choice_without_look,
    "empty_signature_field": empty_signature_field,
    "marked_up": marked_up,
    "note_without_look": note_without_look,
    "broken_outline": broken_outline,
    "poster": poster,
}
"""Files that are accepted as they are."""

DAMAGED: dict[str, tuple[Callable[[], bytes], frozenset[str]]] = {
    "wrong_offsets": (wrong_offsets, frozenset({"cross_references"})),
    "previous_loop": (previous_loop, frozenset({"cross_references"})),
    "far_numbers": (far_numbers, frozenset({"cross_references"})),
    "broken_name_aside": (broken_name_aside, frozenset({"structure"})),
    "broken_metadata": (broken_metadata, frozenset({"metadata"})),
}
"""Files without anything hostile that a repair makes whole, each with what is mended."""
