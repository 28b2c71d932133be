"""Files that go to extremes: bombs of other kinds than page content, loops in places where readers
follow references, absurd numbers, filters that few readers know."""

import struct
import zlib
from collections.abc import Callable

from tests.files.generate import CATALOG, PAGE, PAGES, raw_file
from tests.files.odd import plain

_MIB = 1 << 20


def _squeezed(expanded: int, block: bytes = bytes(_MIB)) -> bytes:
    squeezer = zlib.compressobj(9)
    packed = b"".join(squeezer.compress(block) for _ in range(expanded // len(block)))
    return packed + squeezer.flush()


def _stream(entries: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(data), data)


def _picture(entries: bytes, data: bytes) -> bytes:
    """A page that shows one picture."""
    objects = plain(content=b"400 0 0 400 60 300 cm /X Do")
    objects[2] = objects[2].replace(b"/Font<</F 4 0 R>>", b"/XObject<</X 6 0 R>>")
    objects.append(_stream(b"/Type/XObject/Subtype/Image" + entries, data))
    return raw_file(objects)


def _with(extra: list[bytes], catalog: bytes = b"", page: bytes = b"") -> bytes:
    """An ordinary page and more objects, numbered from 6."""
    return raw_file(plain(catalog, page) + extra)


# -- bombs -------------------------------------------------------------------------------------


def image_bomb() -> bytes:
    """A picture of 100,000 by 100,000 pixels, black, in a few kilobytes for each of its bands."""
    size = b"/Width 100000/Height 100000/ColorSpace/DeviceRGB/BitsPerComponent 8"
    return _picture(size + b"/Filter/FlateDecode", _squeezed(300 * _MIB))


def image_of_claims() -> bytes:
    """A picture that claims to be huge and holds nothing."""
    size = b"/Width 60000/Height 60000/ColorSpace/DeviceRGB/BitsPerComponent 8"
    return _picture(size + b"/Filter/FlateDecode", zlib.compress(b"\0" * 1000))


def predictor_bomb() -> bytes:
    """Rows of a predictor that expand to hundreds of megabytes."""
    size = b"/Width 10000/Height 10000/ColorSpace/DeviceRGB/BitsPerComponent 8"
    parameters = b"/Filter/FlateDecode/DecodeParms<</Predictor 15/Colors 3/Columns 10000>>"
    return _picture(size + parameters, _squeezed(300 * _MIB))


def wide_predictor() -> bytes:
    """A predictor whose rows are longer than any memory."""
    data = zlib.compress(b"\2" + b"\0" * 64)
    parameters = b"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 2147483647/Colors 32>>"
    objects = plain()
    objects[4] = _stream(parameters, data)
    return raw_file(objects)


def object_stream_bomb() -> bytes:
    """A compressed object whose container expands to 300 MiB."""
    return _compressed(_squeezed(300 * _MIB, b" " * _MIB), first=4, count=1)


def object_stream_of_claims() -> bytes:
    """An object stream that claims two thousand million objects."""
    body = b"5 0 <<>>"
    return _compressed(zlib.compress(body), first=4, count=2_000_000_000)


def _compressed(packed: bytes, *, first: int, count: int) -> bytes:
    """Object 5 (the page's resources) lies in object stream 4; the table is a stream too."""
    page = PAGE.replace(b"/MediaBox", b"/Resources 5 0 R/MediaBox")
    container = b"/Type/ObjStm/N %d/First %d/Filter/FlateDecode" % (count, first)
    output, offsets = bytearray(b"%PDF-1.7\n"), list[int]()
    for number, body in enumerate([CATALOG, PAGES, page, _stream(container, packed)], 1):
        offsets.append(len(output))
        output += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(output)
    entries = b"\0" * 8
    entries += b"".join(struct.pack(">BIHx", 1, offset, 0) for offset in offsets)
    entries += struct.pack(">BIHx", 2, 4, 0) + struct.pack(">BIHx", 1, start, 0)
    table = b"/Type/XRef/Size 7/W[1 4 2]/Root 1 0 R"
    rows = b"".join(entries[place : place + 7] for place in range(0, len(entries), 8))
    output += b"6 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (_stream(table, rows), start)
    return bytes(output)


def table_of_claims() -> bytes:
    """A cross-reference table that announces a thousand million entries."""
    data = raw_file(plain())
    return data.replace(b"xref\n0 6\n", b"xref\n0 999999999\n")


def table_bomb() -> bytes:
    """A cross-reference stream of millions of entries in half a megabyte."""
    objects = plain()
    output, offsets = bytearray(b"%PDF-1.7\n"), list[int]()
    for number, body in enumerate(objects, 1):
        offsets.append(len(output))
        output += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, count = len(output), 5_000_000
    rows = b"\0" * 5 + b"".join(struct.pack(">BI", 1, offset) for offset in offsets)
    squeezer = zlib.compressobj(9)
    packed = squeezer.compress(rows)
    packed += b"".join(squeezer.compress(bytes(5 * 100_000)) for _ in range(count // 100_000))
    packed += squeezer.flush()
    entries = b"/Type/XRef/Size %d/W[1 4 0]/Root 1 0 R/Filter/FlateDecode" % (count + 6)
    output += b"6 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (_stream(entries, packed), start)
    return bytes(output)


def stacked_filters() -> bytes:
    """Page content packed three times that unpacks to 64 MiB: much, and no bomb."""
    once = zlib.compress(_squeezed(64 * _MIB, b" " * _MIB), 9)
    packed = once.hex().encode() + b">"
    objects = plain()
    filters = b"/Filter[/ASCIIHexDecode/FlateDecode/FlateDecode]"
    objects[4] = _stream(filters, packed)
    return raw_file(objects)


def hidden_bomb() -> bytes:
    """A bomb behind a filter that changes nothing."""
    packed = _squeezed(300 * _MIB, b" " * _MIB)
    objects = plain()
    objects[4] = _stream(b"/Filter[/ASCIIHexDecode/FlateDecode]", packed.hex().encode() + b">")
    return raw_file(objects)


def pattern_bomb() -> bytes:
    """A tiling pattern of cells a thousandth of a point wide, over the whole page."""
    content = b"/Pattern cs /P scn 0 0 595 842 re f"
    objects = plain(content=content)
    objects[2] = objects[2].replace(b"/Font<</F 4 0 R>>", b"/Pattern<</P 6 0 R>>")
    tile = b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/Resources<<>>"
    objects.append(_stream(tile + b"/XStep .001/YStep .001", b"0 0 1 1 re f"))
    return raw_file(objects)


# -- loops -------------------------------------------------------------------------------------


def parent_loop() -> bytes:
    """A page whose /Parent, which should bequeath a box, is the page itself."""
    page = b"<</Type/Page/Parent 3 0 R/Contents 5 0 R>>"
    objects = plain()
    objects[2] = page
    return raw_file(objects)


def kids_loop() -> bytes:
    """A page tree that contains itself beside a page."""
    objects = plain()
    objects[1] = b"<</Type/Pages/Kids[3 0 R 2 0 R]/Count 2>>"
    return raw_file(objects)


def tables_in_a_circle() -> bytes:
    """Two cross-reference tables, each /Prev of the other."""
    data = raw_file(plain())
    start = int(data[data.rindex(b"startxref") :].split()[1])
    second = len(data)
    again = b"xref\n0 1\n0000000000 65535 f \ntrailer<</Size 6/Root 1 0 R/Prev %d>>\n" % start
    looped = data.replace(b"/Root 1 0 R>>", b"/Root 1 0 R/Prev %06d>>" % (second + 13))
    return looped + again + b"startxref\n%d\n%%%%EOF\n" % len(looped)


def stream_table_loop() -> bytes:
    """A hybrid table whose /XRefStm is the table itself."""
    data = raw_file(plain())
    start = int(data[data.rindex(b"startxref") :].split()[1])
    return data.replace(b"/Root 1 0 R", b"/Root 1 0 R/XRefStm %d" % start)


def stream_table_elsewhere() -> bytes:
    """A hybrid table whose /XRefStm points behind the end of the file."""
    return raw_file(plain()).replace(b"/Root 1 0 R", b"/Root 1 0 R/XRefStm 99999999")


def outline_loop() -> bytes:
    """Bookmarks that follow each other in a circle."""
    outlines = [
        b"<</Type/Outlines/First 7 0 R/Last 8 0 R/Count 2>>",
        b"<</Title(a)/Parent 6 0 R/Next 8 0 R/Prev 8 0 R/Dest[3 0 R/Fit]>>",
        b"<</Title(b)/Parent 6 0 R/Next 7 0 R/Prev 7 0 R/Dest[3 0 R/Fit]>>",
    ]
    return _with(outlines, b"/Outlines 6 0 R")


def field_loop() -> bytes:
    """A form field that is its own child and its own parent."""
    field = b"<</FT/Tx/T(a)/Parent 7 0 R/Kids[7 0 R]/Subtype/Widget/Rect[60 60 90 90]>>"
    return _with([b"<</Fields[7 0 R]>>", field], b"/AcroForm 6 0 R", b"/Annots[7 0 R]")


def form_loop() -> bytes:
    """A form XObject that draws itself."""
    objects = plain(content=b"/X Do")
    objects[2] = objects[2].replace(b"/Font<</F 4 0 R>>", b"/XObject<</X 6 0 R>>")
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</X 6 0 R>>>>"
    objects.append(_stream(form, b"0 0 9 9 re f /X Do"))
    return raw_file(objects)


def length_loop() -> bytes:
    """A stream whose length is the stream."""
    objects = plain()
    objects[4] = b"<</Length 5 0 R>>stream\nBT /F 24 Tf 60 700 Td (Contract) Tj ET\nendstream"
    return raw_file(objects)


def name_tree_loop() -> bytes:
    """A name tree that is its own kid."""
    return _with([b"<</Kids[6 0 R]/Limits[(a)(z)]>>"], b"/Names<</Dests 6 0 R>>")


# -- absurd values ------------------------------------------------------------------------------


def huge_string() -> bytes:
    """A title of eight million characters."""
    return _with([b"<</Title(%s)>>" % (b"a" * (8 * _MIB))], b"/PieceInfo 6 0 R")


def huge_dictionary() -> bytes:
    """A dictionary of fifty thousand names."""
    rows = b"".join(b"/N%d %d" % (number, number) for number in range(50_000))
    return _with([b"<<%s>>" % rows], b"/PieceInfo 6 0 R")


def many_objects() -> bytes:
    """More objects than any contract has, each reached from the catalogue."""
    count = 160_000
    references = b" ".join(b"%d 0 R" % (number + 7) for number in range(count))
    return _with([b"[%s]" % references, *([b"<<>>"] * count)], b"/PieceInfo 6 0 R")


def hostile_names() -> bytes:
    """Names that look like paths, markup, keys of ours or nothing at all."""
    names = (
        b"/#2e#2e#2f#2e#2e#2fetc#2fpasswd",
        b"/#3cscript#3e",
        b"/#00",
        b"/",
        b"/FIELD_0001",
        b"/#ff#fe",
    )
    rows = b"".join(name + b"(%s)" % name for name in names)
    field = (
        b"<</FT/Sig/T(FIELD_0001.REHEARSAL_1)/Subtype/Widget/Rect[0 0 0 0]/F 132/P 3 0 R"
        b"/TU(\\000\\001<img src=x>)>>"
    )
    form = b"<</Fields[8 0 R]>>"
    extra = [b"<<%s>>" % rows, form, field]
    return _with(extra, b"/PieceInfo 6 0 R/AcroForm 7 0 R", b"/Annots[8 0 R]")


def _boxed(box: bytes, more: bytes = b"") -> bytes:
    objects = plain(page=more)
    objects[2] = objects[2].replace(b"[0 0 595 842]", box)
    return raw_file(objects)


def many_pages_claimed() -> bytes:
    """A tree that claims two thousand million pages and has one."""
    objects = plain()
    objects[1] = objects[1].replace(b"/Count 1", b"/Count 2000000000")
    return raw_file(objects)


def negative_count() -> bytes:
    """A tree of minus seven pages that has one."""
    objects = plain()
    objects[1] = objects[1].replace(b"/Count 1", b"/Count -7")
    return raw_file(objects)


# -- odd filters --------------------------------------------------------------------------------


def jbig2() -> bytes:
    """A scan in JBIG2: a page of 64 by 64 white pixels, as a fax gateway writes it."""
    page = struct.pack(">IBBI", 0, 0x30, 1, 19) + struct.pack(">IIIIBH", 64, 64, 0, 0, 0, 0)
    size = b"/Width 64/Height 64/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/JBIG2Decode"
    return _picture(size, page)


def jbig2_of_claims() -> bytes:
    """The same, but the page inside claims four thousand million rows."""
    page = struct.pack(">IBBI", 0, 0x30, 1, 19)
    page += struct.pack(">IIIIBH", 0xFFFFFFF0, 0xFFFFFFF0, 0, 0, 0, 0)
    size = b"/Width 64/Height 64/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/JBIG2Decode"
    return _picture(size, page)


def jpeg_2000_of_claims() -> bytes:
    """A JPEG 2000 codestream whose header claims 2**31 pixels a side."""
    side = 0x7FFFFFFF
    header = struct.pack(">HHHIIIIIIIIH", 0xFF51, 41, 0, side, side, 0, 0, side, side, 0, 0, 1)
    data = b"\xff\x4f" + header + b"\x07\x01\x01" + b"\xff\x93\xff\xd9"
    return _picture(b"/Width 64/Height 64/Filter/JPXDecode", data)


def unknown_filter() -> bytes:
    """A picture in a format that no reader knows."""
    size = b"/Width 64/Height 64/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/NoSuchDecode"
    return _picture(size, bytes(64))


def many_filters() -> bytes:
    """Page content packed a hundred times."""
    data = b"BT /F 24 Tf 60 700 Td (Contract) Tj ET"
    for _ in range(100):
        data = zlib.compress(data)
    objects = plain()
    objects[4] = _stream(b"/Filter[%s]" % (b"/FlateDecode" * 100), data)
    return raw_file(objects)


def lzw_noise() -> bytes:
    """Page content in LZW that is no LZW."""
    objects = plain()
    objects[4] = _stream(b"/Filter/LZWDecode", bytes(range(256)) * 8)
    return raw_file(objects)


def _named(*makers: Callable[[], bytes]) -> dict[str, Callable[[], bytes]]:
    return {make.__name__: make for make in makers}


_SOUND_BOX = b"[0 0 595 842]"
REFUSED: dict[str, dict[str, Callable[[], bytes]]] = {
    "bomb": _named(image_bomb, predictor_bomb, object_stream_bomb, hidden_bomb),
    "loop": _named(kids_loop),
    "too_costly": _named(many_objects, pattern_bomb),
    "page_size": {
        "box_integer": lambda: _boxed(b"[0 0 99999999999999999999 842]"),
        "unit_of_nothing": lambda: _boxed(_SOUND_BOX, b"/UserUnit 0"),
        "unit_of_much": lambda: _boxed(_SOUND_BOX, b"/UserUnit 1e9"),
        "cropped_away": lambda: _boxed(_SOUND_BOX, b"/CropBox[700 900 800 950]"),
    },
}
"""By reason code."""

MENDED = _named(
    tables_in_a_circle, stream_table_loop, stream_table_elsewhere, table_of_claims, length_loop,
    field_loop,
) | {"box_missing": lambda: _boxed(b"null")}  # fmt: skip
"""Acceptable as a repaired copy."""

ACCEPTED = _named(
    image_of_claims, wide_predictor, object_stream_of_claims, table_bomb, stacked_filters,
    parent_loop, outline_loop, form_loop, name_tree_loop, huge_string, huge_dictionary,
    hostile_names, many_pages_claimed, negative_count, jbig2, jbig2_of_claims, jpeg_2000_of_claims,
    unknown_filter, many_filters, lzw_noise,
) | {
    "box_nan": lambda: _boxed(b"[0 0 nan 842]"),
    "box_short": lambda: _boxed(b"[0 0 595]"),
    "box_long": lambda: _boxed(b"[0 0 595 842 9 9]"),
    "box_of_names": lambda: _boxed(b"[/a /b /c /d]"),
    "box_in_exponents": lambda: _boxed(b"[0 0 1e30 842]"),
    "box_nested": lambda: _boxed(b"[[0 0 595 842]]"),
    "rotated_oddly": lambda: _boxed(_SOUND_BOX, b"/Rotate 45"),
    "rotated_by_name": lambda: _boxed(_SOUND_BOX, b"/Rotate/Left"),
    "turned_often": lambda: _boxed(_SOUND_BOX, b"/Rotate 3690"),
}  # fmt: skip
"""As they are: what is absurd in them is read the same way by everybody, or by nobody."""
