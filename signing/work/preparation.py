"""The base revision of a version: normalised, its form flattened, its signature fields created.

One full rewrite by qpdf, not an incremental update: it drops hybrid cross-references, garbage
before the header, unreachable objects and the remains of earlier saves, which strict verifiers
refuse; and the same input gives the same bytes, so that a repeated step changes nothing.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pikepdf

from domain.kinds import FieldKind
from domain.ports.signatures import PlacedField
from domain.refusals import Refusal, RefusalCode
from signing.frames import Frame
from signing.work.geometry import rectangle

_SIGNATURES_EXIST_AND_APPEND_ONLY = 3
_PRINT_AND_LOCKED = 132
"""/F of a widget: ISO 32000-2, table 167."""


def prepare(request: Frame) -> Frame:
    """Parts: the file; fields: `fields` as dictionaries of PlacedField. Answers the base."""
    placed = [
        PlacedField(
            name=str(row["name"]),
            kind=FieldKind(row["kind"]),
            page=int(row["page"]),
            rect=tuple(row["rect"]) if row["rect"] else None,
        )
        for row in request.fields["fields"]
    ]
    try:
        return Frame("done", parts=(prepared(request.parts[0], placed),))
    except (pikepdf.PdfError, ValueError, IndexError, KeyError, TypeError):
        raise Refusal(RefusalCode.NOT_PREPARABLE) from None


def prepared(data: bytes, placed: Sequence[PlacedField]) -> bytes:
    """The file as it will be signed. The same arguments give the same bytes."""
    with pikepdf.open(BytesIO(data)) as pdf:
        _flatten_form(pdf)
        _own_annotations(pdf)
        for key in ("/Perms", "/DSS", "/NeedsRendering"):
            if key in pdf.Root:
                del pdf.Root[key]
        if placed:
            _create_fields(pdf, placed)
        output = BytesIO()
        pdf.save(output, deterministic_id=True, min_version="1.7", fix_metadata_version=False)
        return output.getvalue()


def _flatten_form(pdf: pikepdf.Pdf) -> None:
    """Draw the values of an existing form into the pages: nobody may fill it after a signature.

    A field that stayed fillable could change the text that was signed without breaking a
    signature ("shadow replace").
    """
    form = pdf.Root.get("/AcroForm")
    if form is None and not any(_of_kind(page, "/Widget") for page in pdf.pages):
        return
    if form is not None and bool(form.get("/NeedAppearances", False)):
        pdf.generate_appearance_streams()
    links = [_of_kind(page, "/Link") for page in pdf.pages]
    pdf.flatten_annotations("all")
    for page, kept in zip(pdf.pages, links, strict=True):
        # flattening drops links too, as they have no appearance
        page.obj["/Annots"] = pikepdf.Array(kept)
    if "/AcroForm" in pdf.Root:
        del pdf.Root["/AcroForm"]


def _own_annotations(pdf: pikepdf.Pdf) -> None:
    """Each page gets an array of its own, of references only.

    A difference analysis gives up at a direct object in an /Annots array, and would then call
    every later revision a forbidden change.
    """
    for page in pdf.pages:
        if "/Annots" in page.obj:
            page.obj["/Annots"] = pikepdf.Array(
                [
                    item if item.is_indirect else pdf.make_indirect(item)
                    for item in _annotations(page)
                ]
            )


def _annotations(page: pikepdf.Page) -> list[pikepdf.Object]:
    found = page.obj.get("/Annots")
    if not isinstance(found, pikepdf.Array):
        return []
    return [item for item in found if isinstance(item, pikepdf.Dictionary)]


def _of_kind(page: pikepdf.Page, subtype: str) -> list[pikepdf.Object]:
    return [item for item in _annotations(page) if item.get("/Subtype") == subtype]


def _create_fields(pdf: pikepdf.Pdf, placed: Sequence[PlacedField]) -> None:
    helvetica = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type1,
            BaseFont=pikepdf.Name.Helvetica,
            Encoding=pikepdf.Name.WinAnsiEncoding,
        )
    )
    pdf.Root["/AcroForm"] = pdf.make_indirect(
        pikepdf.Dictionary(
            Fields=pikepdf.Array([_signature_field(pdf, field) for field in placed]),
            SigFlags=_SIGNATURES_EXIST_AND_APPEND_ONLY,
            DA=pikepdf.String("/Helv 0 Tf 0 g"),
            DR=pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=helvetica)),
        )
    )


def _signature_field(pdf: pikepdf.Pdf, placed: PlacedField) -> pikepdf.Object:
    """Field and widget merged into one dictionary, on its page.

    There is no /Lock: a FieldMDP lock names the fields of the same slot, and a slot without
    input fields has nothing to lock. An /INCLUDE of an empty list would say the same, but
    verifiers read it differently; the signature's own field is protected by its signature.
    """
    page = pdf.pages[placed.page]
    rect = rectangle(page, placed.rect) if placed.rect else (0, 0, 0, 0)
    values: dict[str, Any] = {
        "/Type": pikepdf.Name.Annot,
        "/Subtype": pikepdf.Name.Widget,
        "/FT": pikepdf.Name.Sig,
        "/T": pikepdf.String(placed.name),
        "/F": _PRINT_AND_LOCKED,
        "/Rect": pikepdf.Array(rect),
        "/P": page.obj,
    }
    rotation = int(page.rotation or 0) % 360
    if placed.rect and rotation:
        values["/MK"] = pikepdf.Dictionary(R=rotation)
    widget = pdf.make_indirect(pikepdf.Dictionary(values))
    page.obj["/Annots"] = pikepdf.Array([*_annotations(page), widget])
    return widget
