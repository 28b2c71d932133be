"""Hostile files: what must be refused, and what a repair makes acceptable."""

import sys
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pikepdf

from tests.files import extremes
from tests.files.generate import (
    CATALOG,
    PAGE,
    PAGES,
    SOUND,
    annotation,
    changed,
    contract,
    encrypted,
    encrypted_for_owners,
    raw_file,
    with_form,
)
from tests.files.odd import ODD
from tests.files.signed import CLOSED, EXTENDABLE


def _action(**values: object) -> pikepdf.Dictionary:
    return pikepdf.Dictionary(**values)  # type: ignore[arg-type] # plain values


def _opening(**action: object) -> bytes:
    def set_action(pdf: pikepdf.Pdf) -> None:
        pdf.Root["/OpenAction"] = pdf.make_indirect(_action(**action))

    return changed(contract(), set_action)


def opening_script() -> bytes:
    """JavaScript that runs when the file is opened."""
    return _opening(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def opening_program() -> bytes:
    """A program that is started when the file is opened."""
    return _opening(S=pikepdf.Name.Launch, F=pikepdf.String("cmd.exe"))


def chained_script() -> bytes:
    """A harmless destination whose /Next is a script."""
    script = _action(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    return _opening(S=pikepdf.Name.GoTo, D=pikepdf.Array([0, pikepdf.Name.Fit]), Next=script)


def page_trigger() -> bytes:
    """An additional action of a page."""

    def trigger(pdf: pikepdf.Pdf) -> None:
        action = _action(S=pikepdf.Name.URI, URI=pikepdf.String("http://192.0.2.1/"))
        pdf.pages[0].obj["/AA"] = pikepdf.Dictionary(O=action)

    return changed(contract(), trigger)


def with_attachment() -> bytes:
    """A file inside the file."""

    def attach(pdf: pikepdf.Pdf) -> None:
        pdf.attachments["notes.txt"] = pikepdf.AttachedFileSpec(
            pdf,
            b"hidden",
            description="",
            filename="notes.txt",
            mime_type="text/plain",
            creation_date="",
            mod_date="",
        )

    return changed(contract(), attach)


def withannotation(subtype: str) -> bytes:
    """A multimedia or attachment annotation."""

    def add(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].obj["/Annots"] = pikepdf.Array([annotation(pikepdf.Name(subtype))])

    return changed(contract(), add)


def submitting_form() -> bytes:
    """A button that sends the form's values."""

    def add(pdf: pikepdf.Pdf) -> None:
        action = _action(S=pikepdf.Name.SubmitForm, F=pikepdf.String("http://192.0.2.1/"))
        field = annotation(
            pikepdf.Name.Widget, FT=pikepdf.Name.Btn, T=pikepdf.String("send"), A=action
        )
        button = pdf.make_indirect(field)
        pdf.Root["/AcroForm"] = pikepdf.Dictionary(Fields=pikepdf.Array([button]))
        pdf.pages[0].obj["/Annots"] = pikepdf.Array([button])

    return changed(contract(), add)


def with_xfa() -> bytes:
    """An XML form."""

    def add(pdf: pikepdf.Pdf) -> None:
        pdf.Root["/AcroForm"] = pikepdf.Dictionary(
            Fields=pikepdf.Array([]), XFA=pikepdf.Stream(pdf, b"<xdp/>")
        )

    return changed(contract(), add)


def external_stream() -> bytes:
    """A stream whose bytes lie in another file."""

    def add(pdf: pikepdf.Pdf) -> None:
        stream = pikepdf.Stream(pdf, b"")
        stream["/F"] = pikepdf.String("/etc/passwd")
        pdf.pages[0].obj["/Thumb"] = pdf.make_indirect(stream)

    return changed(contract(), add)


def no_pages() -> bytes:
    """A page tree without pages."""
    with pikepdf.new() as pdf:
        output = BytesIO()
        pdf.save(output, deterministic_id=True)
        return output.getvalue()


def signed_look() -> bytes:
    """A filled signature field, whatever its signature is worth."""

    def add(pdf: pikepdf.Pdf) -> None:
        value = pikepdf.Dictionary(
            Type=pikepdf.Name.Sig,
            Filter=pikepdf.Name("/Adobe.PPKLite"),
            ByteRange=pikepdf.Array([0, 10, 20, 10]),
            Contents=pikepdf.String("00"),
        )
        field = pdf.make_indirect(
            annotation(pikepdf.Name.Widget, FT=pikepdf.Name.Sig, T=pikepdf.String("Old"), V=value)
        )
        pdf.Root["/AcroForm"] = pikepdf.Dictionary(Fields=pikepdf.Array([field]))
        pdf.pages[0].obj["/Annots"] = pikepdf.Array([field])

    return changed(contract(), add)


def truncated() -> bytes:
    """Half a file."""
    data = contract(3)
    return data[: len(data) // 3]


def header_only() -> bytes:
    """A header, then noise."""
    return b"%PDF-1.7\n" + bytes(range(256)) * 20


def page_loop() -> bytes:
    """A page tree whose node is its own child."""

    def loop(pdf: pikepdf.Pdf) -> None:
        node = pdf.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Pages, Count=1, Parent=pdf.Root.Pages)
        )
        node["/Kids"] = pikepdf.Array([node])
        pdf.Root.Pages["/Kids"] = pikepdf.Array([node])

    output = BytesIO()
    with pikepdf.open(BytesIO(contract())) as pdf:
        loop(pdf)
        pdf.save(output)
    return output.getvalue()


def broken_name() -> bytes:
    """A font under a name whose escape is no number: no library of ours reads it."""
    fonts = b"/#x1<</Type/Font/Subtype/Type1/BaseFont/Symbol>>"
    fonts += b"/F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    page = PAGE.replace(b"/MediaBox", b"/Contents 4 0 R/Resources<</Font<<%s>>>>/MediaBox" % fonts)
    text = b"BT 60 700 Td /F 55 Tf (Contract)' /#01 55 Tf (Contract)' ET"
    content = b"<</Length %d>>stream\n%s\nendstream" % (len(text), text)
    return raw_file([CATALOG, PAGES, page, content])


def deep_nesting(depth: int = 100_000) -> bytes:
    """An array in an array in an array ..."""
    nest = b"[" * depth + b"]" * depth
    return raw_file([b"<</Type/Catalog/Pages 2 0 R/Deep 4 0 R>>", PAGES, PAGE, nest])


def huge_page() -> bytes:
    """A page of many square kilometres."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 1000000000 1000000000]>>"
    return raw_file([CATALOG, PAGES, page])


def page_without_area() -> bytes:
    """A page of no width."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 0 842]>>"
    return raw_file([CATALOG, PAGES, page])


def flate_bomb(expanded: int = 300 << 20) -> bytes:
    """Page content of 300 MiB from 300 KiB."""
    squeezer = zlib.compressobj(9)
    block = b" " * (1 << 20)
    packed = b"".join(squeezer.compress(block) for _ in range(expanded >> 20)) + squeezer.flush()
    content = b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>"
    return raw_file([CATALOG, PAGES, page, content])


def form_bomb(levels: int = 12, width: int = 8) -> bytes:
    """Form XObjects that draw each other: width**levels drawings from two kilobytes."""
    objects = [CATALOG, PAGES]
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
    objects.append(page + b"/Resources<</XObject<</X 5 0 R>>>>>>")
    objects.append(b"<</Length 5>>stream\n/X Do\nendstream")
    for level in range(levels):
        last = level == levels - 1
        drawn = b"0 0 500 500 re f" if last else b"/X Do " * width
        resources = b"" if last else b"/Resources<</XObject<</X %d 0 R>>>>" % (6 + level)
        objects.append(
            b"<</Type/XObject/Subtype/Form/BBox[0 0 595 842]%s/Length %d>>stream\n%s\nendstream"
            % (resources, len(drawn), drawn)
        )
    return raw_file(objects)


def double_bomb() -> bytes:
    """Page content packed twice: 300 MiB from two kilobytes."""
    once = zlib.compress(b" " * (300 << 20), 9)
    packed = zlib.compress(once, 9)
    content = b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%s\nendstream"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>"
    return raw_file([CATALOG, PAGES, page, content % (len(packed), packed)])


def deep_tree(depth: int = 2000) -> bytes:
    """A page tree in which every node has one child."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>"]
    objects += [
        b"<</Type/Pages/Count 1/Kids[%d 0 R]/Parent %d 0 R>>" % (number + 1, number - 1)
        for number in range(3, depth + 2)
    ]
    objects.append(b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]>>" % (depth + 1))
    return raw_file(objects)


def duplicate_objects() -> bytes:
    """Two contents under one number: which one a reader shows is its own choice."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>"
    data = raw_file([CATALOG, PAGES, page, b"<</Length 1>>stream\nq\nendstream"])
    twin = b"4 0 obj\n<</Length 17>>stream\n0 0 500 500 re f\nendstream\nendobj\n"
    start = data.index(b"xref\n")
    moved = b"startxref\n%d\n" % (start + len(twin))
    return data[:start] + twin + data[start:].replace(b"startxref\n%d\n" % start, moved)


def named_script() -> bytes:
    """A script among the names of the document: it runs when the file is opened."""

    def add(pdf: pikepdf.Pdf) -> None:
        script = _action(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        names = pikepdf.Array([pikepdf.String("a"), pdf.make_indirect(script)])
        pdf.Root["/Names"] = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=names))

    return changed(contract(), add)


def script_in_link() -> bytes:
    """A link to the web whose address is a script."""

    def add(pdf: pikepdf.Pdf) -> None:
        action = _action(S=pikepdf.Name.URI, URI=pikepdf.String("javascript:alert(1)"))
        link = annotation(pikepdf.Name.Link, A=action)
        pdf.pages[0].obj["/Annots"] = pikepdf.Array([link])

    return changed(contract(), add)


def xfa_beside_form() -> bytes:
    """An ordinary form that an XML form accompanies."""

    def add(pdf: pikepdf.Pdf) -> None:
        pdf.Root.AcroForm["/XFA"] = pikepdf.Stream(pdf, b"<xdp/>")

    return changed(with_form(), add)


def looping_script() -> bytes:
    """A script whose /Next is itself, reached from two places."""

    def add(pdf: pikepdf.Pdf) -> None:
        script = pdf.make_indirect(_action(S=pikepdf.Name.JavaScript, JS=pikepdf.String("a()")))
        script["/Next"] = pikepdf.Array([script, script])
        pdf.Root["/OpenAction"] = script
        pdf.Root["/AA"] = pikepdf.Dictionary(WC=script)

    return changed(contract(), add)


def box_without_look() -> bytes:
    """A checkbox that has a look for its checked state only, and is not checked: what is seen of
    it depends on the viewer."""

    def add(pdf: pikepdf.Pdf) -> None:
        look = pikepdf.Stream(pdf, b"0 0 40 40 re f")
        look["/Type"], look["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
        look["/BBox"] = pikepdf.Array([0, 0, 40, 40])
        box = annotation(
            pikepdf.Name.Widget,
            FT=pikepdf.Name.Btn,
            T=pikepdf.String("agree"),
            F=4,
            AS=pikepdf.Name.Off,
            V=pikepdf.Name.Off,
            MK=pikepdf.Dictionary(BC=pikepdf.Array([0]), CA=pikepdf.String("4")),
            BS=pikepdf.Dictionary(W=3, S=pikepdf.Name.S),
            AP=pikepdf.Dictionary(N=pikepdf.Dictionary(Yes=pdf.make_indirect(look))),
        )
        field = pdf.make_indirect(box)
        pdf.Root["/AcroForm"] = pikepdf.Dictionary(Fields=pikepdf.Array([field]))
        pdf.pages[0].obj["/Annots"] = pikepdf.Array([field])

    return changed(contract(), add)


def form_left_to_viewers() -> bytes:
    """A form that asks viewers to draw its fields: a value, and a stale look of another one."""

    def add(pdf: pikepdf.Pdf) -> None:
        form = pdf.Root.AcroForm
        form["/NeedAppearances"] = True
        form.Fields[0]["/V"] = pikepdf.String("Another KK")
        form["/DA"] = pikepdf.String("/Helv 12 Tf 0 g")

    return changed(with_form(), add)


def print_layers() -> bytes:
    """A layer that is shown on the screen, but not on paper."""

    def add(pdf: pikepdf.Pdf) -> None:
        usage = pikepdf.Dictionary(Print=pikepdf.Dictionary(PrintState=pikepdf.Name.OFF))
        layer = pdf.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name=pikepdf.String("price"), Usage=usage)
        )
        event = pikepdf.Dictionary(
            Event=pikepdf.Name.Print,
            OCGs=pikepdf.Array([layer]),
            Category=pikepdf.Array([pikepdf.Name.Print]),
        )
        pdf.Root["/OCProperties"] = pikepdf.Dictionary(
            OCGs=pikepdf.Array([layer]),
            D=pikepdf.Dictionary(ON=pikepdf.Array([layer]), AS=pikepdf.Array([event])),
        )
        resources = pdf.pages[0].obj.Resources
        resources["/Properties"] = pikepdf.Dictionary(L=layer)
        pdf.pages[0].contents_add(b"/OC /L BDC 100 100 50 50 re f EMC")

    return changed(contract(), add)


HOSTILE: dict[str, tuple[Callable[[], bytes], frozenset[str]]] = {
    "empty": (lambda: b"", frozenset({"empty_file"})),
    "blank": (lambda: b"\n\n \n", frozenset({"empty_file"})),
    "text": (lambda: b"This is not a PDF." * 50, frozenset({"not_a_pdf"})),
    "png": (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 2000, frozenset({"not_a_pdf"})),
    "header_only": (header_only, frozenset({"unreadable", "no_pages"})),
    "truncated": (truncated, frozenset({"unreadable", "no_pages"})),
    "no_pages": (no_pages, frozenset({"no_pages"})),
    "encrypted": (lambda: encrypted("secret"), frozenset({"encrypted"})),
    "xfa": (with_xfa, frozenset({"xfa_only"})),
    "signed_look": (signed_look, frozenset({"signed_damaged"})),
    "page_loop": (page_loop, frozenset({"loop"})),
    "broken_name": (broken_name, frozenset({"unsignable"})),
    "box_without_look": (box_without_look, frozenset({"repair_changes_pages"})),
    "deep_nesting": (deep_nesting, frozenset({"too_deep"})),
    "deep_tree": (deep_tree, frozenset({"too_deep"})),
    "huge_page": (huge_page, frozenset({"page_size"})),
    "page_without_area": (page_without_area, frozenset({"page_size"})),
    "flate_bomb": (flate_bomb, frozenset({"bomb"})),
    "double_bomb": (double_bomb, frozenset({"bomb"})),
    "form_bomb": (form_bomb, frozenset({"too_costly", "reader_crashed"})),
    "duplicate_objects": (duplicate_objects, frozenset({"duplicate_objects"})),
}
"""Files that must be refused, each with the codes that are right for it."""

MENDABLE: dict[str, tuple[Callable[[], bytes], frozenset[str]]] = {
    "encrypted_openly": (lambda: encrypted(""), frozenset({"encryption"})),
    "encrypted_for_owners": (encrypted_for_owners, frozenset({"encryption"})),
    "looping_script": (looping_script, frozenset({"javascript"})),
    "form_left_to_viewers": (form_left_to_viewers, frozenset({"form_drawn"})),
    "opening_script": (opening_script, frozenset({"javascript"})),
    "named_script": (named_script, frozenset({"javascript"})),
    "chained_script": (chained_script, frozenset({"javascript"})),
    "script_in_link": (script_in_link, frozenset({"actions"})),
    "opening_program": (opening_program, frozenset({"launch"})),
    "page_trigger": (page_trigger, frozenset({"actions"})),
    "submitting_form": (submitting_form, frozenset({"actions"})),
    "attachment": (with_attachment, frozenset({"embedded_files"})),
    "attached_to_page": (lambda: withannotation("/FileAttachment"), frozenset({"embedded_files"})),
    "rich_media": (lambda: withannotation("/RichMedia"), frozenset({"multimedia"})),
    "external_stream": (external_stream, frozenset({"external_streams"})),
    "xfa_beside_form": (xfa_beside_form, frozenset({"xfa"})),
    "print_layers": (print_layers, frozenset({"print_layers"})),
}
"""Files that a repair makes acceptable, each with what the copy no longer has."""


def main(folder: Path) -> None:
    """Write every file into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    made: dict[str, Callable[[], bytes]] = {}
    for kind, makers in (("sound", SOUND), ("odd", ODD), ("signed", EXTENDABLE)):
        made |= {f"{kind}-{name}": make for name, make in makers.items()}
    for kind, rows in (("hostile", HOSTILE), ("mendable", MENDABLE)):
        made |= {f"{kind}-{name}": make for name, (make, _) in rows.items()}
    made |= {f"closed-{name}": make for name, (make, _) in CLOSED.items()}
    refused = {name: make for row in extremes.REFUSED.values() for name, make in row.items()}
    for makers in (extremes.ACCEPTED, extremes.MENDED, refused):
        made |= {f"extreme-{name}": make for name, make in makers.items()}
    for name, make in made.items():
        (folder / f"{name}.pdf").write_bytes(make())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
