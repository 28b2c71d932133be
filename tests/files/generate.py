"""PDFs made from code: plain contracts and what they are made with.

Odd files are in `odd`, hostile ones in `hostile`, those signed by strangers in `signed`;
`python -m tests.files.hostile DIR` writes all of them for the eye.
"""

from collections.abc import Callable
from io import BytesIO

import pikepdf
from PIL import Image, ImageChops, ImageDraw
from reportlab.pdfgen import canvas

A4 = (595.0, 842.0)
_CLAUSE = "Clause {}. The parties keep the information confidential for the term of the contract."


def contract(pages: int = 1, size: tuple[float, float] = A4) -> bytes:
    """A plain contract of text pages."""
    output = BytesIO()
    drawing = canvas.Canvas(output, pagesize=size, invariant=True)
    for number in range(1, pages + 1):
        drawing.drawString(60, size[1] - 60, f"CONTRACT page {number}")
        for line in range(30):
            drawing.drawString(60, size[1] - 90 - 16 * line, _CLAUSE.format(line + 1))
        drawing.showPage()
    drawing.save()
    return output.getvalue()


def scanned(pages: int = 1) -> bytes:
    """Pages of grey, grainy paper with lines of writing, as a scanner makes them at 150 dpi."""
    paper = Image.new("RGB", (1240, 1754), (246, 244, 238))
    pen = ImageDraw.Draw(paper)
    for line in range(100, 1650, 40):
        for word in range(100, 1100, 60):
            pen.rectangle((word, line, word + 44, line + 18), outline=(30, 30, 40), width=3)
    grain = Image.merge("RGB", [Image.effect_noise(paper.size, 10) for _ in range(3)])
    sheet = ImageChops.add(paper, grain, 1, -128)
    output = BytesIO()
    rest = [sheet] * (pages - 1)
    sheet.save(output, "PDF", resolution=150, quality=80, save_all=True, append_images=rest)
    return output.getvalue()


def scans(pages: int, quality: int = 52) -> bytes:
    """As many scanned pages, each a picture of its own of some 170 kB, with the words of `contract`
    behind it, as a scanner that recognises letters writes them."""
    output = BytesIO()
    grain = Image.effect_noise((1240, 1754), 8)
    Image.eval(grain, lambda level: min(255, level + 100)).save(output, "JPEG", quality=quality)

    def cover(pdf: pikepdf.Pdf) -> None:
        for page in pdf.pages:
            picture = pdf.make_stream(
                output.getvalue(),
                Type=pikepdf.Name.XObject,
                Subtype=pikepdf.Name.Image,
                Width=1240,
                Height=1754,
                ColorSpace=pikepdf.Name.DeviceGray,
                BitsPerComponent=8,
                Filter=pikepdf.Name.DCTDecode,
            )
            name = page.add_resource(picture, pikepdf.Name.XObject)
            page.contents_add(f"q {A4[0]} 0 0 {A4[1]} 0 0 cm {name} Do Q".encode(), prepend=True)

    return changed(contract(pages), cover)


def form_page(pages: int = 1) -> bytes:
    """Pages with nothing on them but a title and thin lines every 100 points."""
    output = BytesIO()
    drawing = canvas.Canvas(output, pagesize=A4, invariant=True)
    for _ in range(pages):
        drawing.drawString(40, A4[1] - 60, "APPLICATION FORM")
        drawing.setStrokeGray(0.8)
        for height in range(100, int(A4[1]), 100):
            drawing.line(40, A4[1] - height, A4[0] - 40, A4[1] - height)
        drawing.showPage()
    drawing.save()
    return output.getvalue()


def changed(data: bytes, change: Callable[[pikepdf.Pdf], None], **options: object) -> bytes:
    """`data` opened, changed and saved."""
    with pikepdf.open(BytesIO(data)) as pdf:
        change(pdf)
        output = BytesIO()
        pdf.save(output, deterministic_id="encryption" not in options, **options)  # type: ignore[arg-type] # passed on as given
        return output.getvalue()


def rotated(degrees: int, data: bytes | None = None) -> bytes:
    """A page turned by /Rotate, with a /CropBox that begins off the origin."""

    def turn(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0]
        page.obj["/Rotate"] = degrees
        page.obj["/MediaBox"] = pikepdf.Array([0, 0, 700, 950])
        page.obj["/CropBox"] = pikepdf.Array([50, 50, 645, 892])

    return changed(data or contract(), turn)


def with_form() -> bytes:
    """A filled form: text, checkbox, radio group."""
    output = BytesIO()
    drawing = canvas.Canvas(output, pagesize=A4, invariant=True)
    drawing.drawString(60, 780, "FORM")
    form = drawing.acroForm
    form.textfield(name="company", x=60, y=700, width=200, height=20, value="Example KK")
    form.checkbox(name="agree", x=60, y=660, checked=True)
    form.radio(name="plan", value="a", x=60, y=620, selected=True)
    form.radio(name="plan", value="b", x=100, y=620)
    drawing.showPage()
    drawing.save()
    return output.getvalue()


def with_links() -> bytes:
    """Links to a page and to the web, and an opening destination: common and harmless."""

    def link(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0].obj
        pdf.Root["/OpenAction"] = pikepdf.Array([page, pikepdf.Name.Fit])
        action = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("https://example.jp/"))
        page["/Annots"] = pikepdf.Array([annotation(pikepdf.Name.Link, A=action)])

    return changed(contract(), link)


def annotation(subtype: pikepdf.Name, **more: object) -> pikepdf.Dictionary:
    """An annotation with a place on the page."""
    return pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=subtype,
        Rect=pikepdf.Array([50, 50, 100, 100]),
        **more,  # type: ignore[arg-type] # plain values
    )


def with_garbage_before_and_after() -> bytes:
    """Bytes before the header and after the end, as some mail gateways leave them."""
    return b"\x0d\x0aHTTP junk\x0d\x0a" + contract() + b"\n\n<!-- appended -->\n"


def with_object_streams() -> bytes:
    """Compressed objects and a cross-reference stream."""
    return changed(
        contract(3), lambda _: None, object_stream_mode=pikepdf.ObjectStreamMode.generate
    )


def encrypted(user: str) -> bytes:
    """Encrypted; with an empty user password any viewer opens it."""
    return changed(
        contract(), lambda _: None, encryption=pikepdf.Encryption(user=user, owner="owner", R=6)
    )


def encrypted_for_owners() -> bytes:
    """Readers need a password, its owner needs none: qpdf opens it, other programs may not."""
    return changed(
        contract(), lambda _: None, encryption=pikepdf.Encryption(user="secret", owner="", R=6)
    )


CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"


def raw_file(objects: list[bytes]) -> bytes:
    """A file of exactly these objects, numbered from 1."""
    output, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(output))
        output += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(output)
    output += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    output += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    output += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(output)


def with_form_and_links() -> bytes:
    """A form whose page also links to the web."""

    def link(pdf: pikepdf.Pdf) -> None:
        action = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("https://example.jp/"))
        pdf.pages[0].obj["/Annots"].append(annotation(pikepdf.Name.Link, A=action))

    return changed(with_form(), link)


SOUND: dict[str, Callable[[], bytes]] = {
    "contract": contract,
    "three_pages": lambda: contract(3),
    "rotated_90": lambda: rotated(90),
    "rotated_270": lambda: rotated(270),
    "with_form": with_form,
    "with_links": with_links,
    "with_form_and_links": with_form_and_links,
    "garbage_around": with_garbage_before_and_after,
    "object_streams": with_object_streams,
}
"""Files that must be accepted, prepared and signed."""
