"""The base revision of a version: normalised, its form flattened, its fields created.

One full rewrite by qpdf, not an incremental update: it drops hybrid cross-references, garbage
before the header, unreachable objects and the remains of earlier saves, which strict verifiers
refuse; and the same input gives the same bytes, so that a repeated step changes nothing.

A file that is already signed is never rewritten: see preparation_signed.
"""

from collections.abc import Sequence
from io import BytesIO

import pikepdf

from domain.kinds import FieldKind
from domain.ports.signatures import PlacedField
from domain.refusals import Refusal, RefusalCode
from signing.frames import Frame
from signing.work.active import examine
from signing.work.making_room import make_room, take_all_out
from signing.work.placing import create_fields
from signing.work.preparation_signed import appended

_READ_ONLY = 1
_HIDDEN = 2
"""/Ff of a field, and /F of a widget: ISO 32000-2, tables 227 and 167."""


def prepare(request: Frame) -> Frame:
    """Parts: the file; fields: `fields` as dictionaries of PlacedField. Answers the base."""
    placed = [
        PlacedField(
            name=str(row["name"]),
            kind=FieldKind(row["kind"]),
            page=int(row["page"]),
            rect=tuple(row["rect"]) if row["rect"] else None,
            label=str(row["label"]),
            options=tuple(row["options"]),
            locks=tuple(row["locks"]),
        )
        for row in request.fields["fields"]
    ]
    try:
        return Frame("done", parts=(based(request.parts[0], placed),))
    except (pikepdf.PdfError, ValueError, IndexError, KeyError, TypeError):
        raise Refusal(RefusalCode.NOT_PREPARABLE) from None


def based(data: bytes, placed: Sequence[PlacedField]) -> bytes:
    """The file as it will be signed: rewritten, or only added to when it is signed already."""
    with pikepdf.open(BytesIO(data)) as pdf:
        signed = examine(pdf).signed
    return appended(data, placed) if signed else prepared(data, placed)


def prepared(data: bytes, placed: Sequence[PlacedField], *, emptied: bool = False) -> bytes:
    """An unsigned file as it will be signed; `emptied`: without any empty input of its own, as if
    fields took all their places. The same arguments give the same bytes."""
    with pikepdf.open(BytesIO(data)) as pdf:
        stays = not _is_drawable(pdf)
        if emptied:
            take_all_out(pdf)
        make_room(pdf, placed)
        settle_form(pdf, stays=stays)
        _own_annotations(pdf)
        for key in ("/Perms", "/DSS", "/NeedsRendering"):
            if key in pdf.Root:
                del pdf.Root[key]
        if placed:
            pages = {field.page for field in placed}
            create_fields(pdf, placed, {row: _annotations(pdf.pages[row]) for row in pages})
        output = BytesIO()
        pdf.save(
            output,
            deterministic_id=True,
            min_version="1.7",
            fix_metadata_version=False,
            # each later step reads single objects, for which a stream is unpacked every time
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
        return output.getvalue()


def settle_form(pdf: pikepdf.Pdf, *, stays: bool | None = None) -> None:
    """Draw the values of an existing form into the pages: nobody may fill it after a signature.

    A field that stayed fillable could change the text that was signed without breaking a
    signature ("shadow replace"). Where a field has no look of its own, which each viewer then
    makes up, drawing would lose it: such a form stays, and is locked. `stays` is that decision,
    where it was made before inputs were taken out: pages look as they did at intake.
    """
    if not isinstance(pdf.Root.get("/AcroForm"), pikepdf.Dictionary):
        return  # widgets that belong to no form are shown by some viewers only, and never filled
    if stays if stays is not None else not _is_drawable(pdf):
        _lock_form(pdf)
        return
    defaults = _defaults(pdf.Root.AcroForm)
    others = []
    for page in pdf.pages:
        # flattening takes every annotation, and drops those that have no appearance
        others.append([row for row in _annotations(page) if row.get("/Subtype") != "/Widget"])
        page.obj["/Annots"] = pikepdf.Array(_of_kind(page, "/Widget"))
    pdf.flatten_annotations("all")
    for page, kept in zip(pdf.pages, others, strict=True):
        page.obj["/Annots"] = pikepdf.Array(kept)
    if "/AcroForm" in pdf.Root:  # flattening may have taken it already
        del pdf.Root["/AcroForm"]
    if defaults:
        pdf.Root["/AcroForm"] = pdf.make_indirect(pikepdf.Dictionary(defaults))


def _is_drawable(pdf: pikepdf.Pdf) -> bool:
    return all(_has_look(row) for page in pdf.pages for row in _of_kind(page, "/Widget"))


def _defaults(form: pikepdf.Object) -> dict[str, pikepdf.Object]:
    """What free-text notes without a look of their own are drawn with, in viewers that do so."""
    return {key: form[key] for key in ("/DA", "/DR") if key in form}


def _has_look(widget: pikepdf.Object) -> bool:
    """Whether a viewer has nothing to make up: an appearance, nothing to see, or a signature."""
    if int(widget.get("/F", 0)) & _HIDDEN or _kind_of(widget) == pikepdf.Name.Sig:
        return True
    look = widget.get("/AP")
    return isinstance(look, pikepdf.Dictionary) and "/N" in look


def _kind_of(field: pikepdf.Object) -> pikepdf.Object | None:
    """/FT of a field or of its parent."""
    parent = field.get("/Parent")
    return field.get("/FT") or (parent.get("/FT") if parent is not None else None)


def _lock_form(pdf: pikepdf.Pdf) -> None:
    """All fields read-only; empty signature fields, which anybody could sign, go."""
    form = pdf.Root.AcroForm
    if "/NeedAppearances" in form:
        del form["/NeedAppearances"]
    for field in pdf.acroform.fields:
        field.obj["/Ff"] = int(field.flags) | _READ_ONLY
    for page in pdf.pages:
        page.obj["/Annots"] = pikepdf.Array(
            [row for row in _annotations(page) if _kind_of(row) != pikepdf.Name.Sig]
        )
    form["/Fields"] = pikepdf.Array(
        [
            row if row.is_indirect else pdf.make_indirect(row)
            for row in form.get("/Fields", pikepdf.Array())
            if isinstance(row, pikepdf.Dictionary) and _kind_of(row) != pikepdf.Name.Sig
        ]
    )


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
