"""Creating fields in a file that nobody has signed yet.

Each field is one dictionary with its widget, named at the top level: a difference analysis knows
what became of it in every later revision. What is filled as text has neither value nor look before
its person acts. Squares to be ticked and the words of a choice belong to the page, and the field's
looks are the marks alone: a field that nobody has filled shows nothing, so that a verifier which
takes away what was filled in later sees the page that was signed before.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pikepdf

from domain.kinds import FieldKind
from domain.ports.signatures import PlacedField
from signing.work.appearance import Frame, Group, box, tick
from signing.work.fonts import Lettering
from signing.work.geometry import rectangle
from signing.work.objects import Name, Part, Pikepdf, Value
from signing.work.page_content import Picture, draw_on

_SIGNATURES_EXIST_AND_APPEND_ONLY = 3
PRINT = 4
PRINT_AND_LOCKED = 132
"""/F of a widget: ISO 32000-2, table 167."""
_READ_ONLY = 1 << 0
_MULTILINE = 1 << 12
_NO_TOGGLE_TO_OFF = 1 << 14
_RADIO = 1 << 15
_COMBO = 1 << 17
"""/Ff of a field: ISO 32000-2, tables 227 to 231. Only the service fills, so all are read-only."""
_RIGHT = 2
"""/Q of a field whose text stands at the right: 12.7.4.3."""
OFF, ON = "/Off", "/On"
_HELVETICA = "/Helv"
_DEFAULT_LOOK = b"/Helv 0 Tf 0 g"
"""Every field of text must name a font that viewers would use (12.7.4.3); none does, because
each value comes with its look."""


def create_fields(
    pdf: pikepdf.Pdf, placed: Sequence[PlacedField], annotations: dict[int, list[pikepdf.Object]]
) -> None:
    """Put the fields on their pages. `annotations` are those that each page has, by its number.

    The form gets no /DA where it had none: viewers would draw old free-text notes with it. Raises
    DoesNotFit and Unprintable for options that cannot be drawn, IndexError for a missing page.
    """
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        form = pikepdf.Dictionary()
    if "/DR" not in form:  # or else notes without a look, which viewers draw, would vanish in some
        form["/DR"] = pikepdf.Dictionary(Font=pikepdf.Dictionary())
    objects, lettering = Pikepdf(pdf), Lettering()
    parts = [_field(pdf.pages[field.page], field, lettering) for field in placed]
    lettering.close()
    rows = list(zip(placed, parts, strict=True))
    widgets = [objects.put(part.widget) for part in parts]
    for field, widget in zip(placed, widgets, strict=True):
        widget["/P"] = pdf.pages[field.page].obj
        annotations[field.page].append(widget)
    for number in sorted({field.page for field in placed}):
        pdf.pages[number].obj["/Annots"] = pikepdf.Array(annotations[number])
        draw_on(pdf, pdf.pages[number], _pictures(pdf.pages[number], number, rows, objects))
    form["/Fields"] = pikepdf.Array([*form.get("/Fields", pikepdf.Array()), *widgets])
    form["/SigFlags"] = _SIGNATURES_EXIST_AND_APPEND_ONLY
    if any("/DA" in part.widget.entries for part in parts):
        _offer_helvetica(pdf, form)
    pdf.Root["/AcroForm"] = form if form.is_indirect else pdf.make_indirect(form)


def _offer_helvetica(pdf: pikepdf.Pdf, form: pikepdf.Object) -> None:
    resources = form.get("/DR", pikepdf.Dictionary())
    fonts = resources.get("/Font", pikepdf.Dictionary())
    if _HELVETICA not in fonts:
        fonts[_HELVETICA] = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
            )
        )
    resources["/Font"] = fonts
    form["/DR"] = resources


class _Field(NamedTuple):
    widget: Part
    """Field and widget in one dictionary, all but its page."""
    drawn: Part | None = None
    """What is there to see before anybody has filled it."""


def _field(page: pikepdf.Page, placed: PlacedField, lettering: Lettering) -> _Field:
    rotation = int(page.rotation or 0) % 360
    entries: dict[str, Value] = {
        "/Type": Name("/Annot"),
        "/Subtype": Name("/Widget"),
        "/T": placed.name,
        "/F": PRINT,
        "/Rect": [*(rectangle(page, placed.rect) if placed.rect else (0, 0, 0, 0))],
    }
    if placed.label:
        entries["/TU"] = placed.label
    if placed.rect and rotation:
        entries["/MK"] = {"/R": rotation}
    if placed.kind is FieldKind.SIGNATURE:
        return _Field(Part(entries | _signature(placed)))
    if placed.rect is None:
        message = "only a signature may be invisible"
        raise ValueError(message)
    frame = Frame(placed.rect[2], placed.rect[3], rotation)
    more, drawn = _input(placed, frame, lettering)
    return _Field(Part(entries | more), drawn)


def _pictures(
    page: pikepdf.Page, number: int, rows: Iterable[tuple[PlacedField, _Field]], objects: Pikepdf
) -> list[Picture]:
    """What belongs to one page."""
    return [
        Picture(placed.name, objects.put(part.drawn), *rectangle(page, placed.rect)[:2])
        for placed, part in rows
        if placed.page == number and placed.rect and part.drawn
    ]


def _signature(placed: PlacedField) -> dict[str, Value]:
    """With a lock of exactly the fields that the same slot fills, and without any where there are
    none: an /INCLUDE of an empty list would say the same, but verifiers read it differently. The
    signature's own field is protected by its signature."""
    entries: dict[str, Value] = {"/FT": Name("/Sig"), "/F": PRINT_AND_LOCKED}
    if placed.locks:
        entries["/Lock"] = Part(
            {
                "/Type": Name("/SigFieldLock"),
                "/Action": Name("/Include"),
                "/Fields": [*placed.locks],
            }
        )
    return entries


def _input(
    placed: PlacedField, frame: Frame, lettering: Lettering
) -> tuple[dict[str, Value], Part | None]:
    """The dictionary of an input, and what belongs to the page."""
    match placed.kind:
        case FieldKind.CHECKBOX:
            return _button(_READ_ONLY, {ON: tick(frame)}), box(frame)
        case FieldKind.RADIO:
            group = Group(frame, placed.options, lettering)
            return _radio(placed.options, group), group.options()
        case FieldKind.DROPDOWN:
            return _text("/Ch", _READ_ONLY | _COMBO) | {"/Opt": [*placed.options]}, None
        case FieldKind.MULTILINE:
            return _text("/Tx", _READ_ONLY | _MULTILINE), None
        case FieldKind.NUMBER | FieldKind.MONEY:
            return _text("/Tx", _READ_ONLY) | {"/Q": _RIGHT}, None
        case _:
            return _text("/Tx", _READ_ONLY), None


def _text(kind: str, flags: int) -> dict[str, Value]:
    return {"/FT": Name(kind), "/Ff": flags, "/DA": _DEFAULT_LOOK}


def _button(flags: int, looks: dict[str, Value]) -> dict[str, Value]:
    """Without a value: a verifier tells by it whether a field was filled."""
    return {"/FT": Name("/Btn"), "/Ff": flags, "/AS": Name(OFF), "/AP": {"/N": looks}}


def _radio(options: Sequence[str], group: Group) -> dict[str, Value]:
    """One widget for the whole group: verifiers take a change in a widget of an option's own for a
    change of the page."""
    looks: dict[str, Value] = {choice(row): group.mark(row) for row in range(len(options))}
    flags = _READ_ONLY | _RADIO | _NO_TOGGLE_TO_OFF
    return _button(flags, looks) | {"/Opt": [*options]}


def choice(number: int) -> str:
    """The state of a radio group in which this option is chosen, counted from 0: where /Opt holds
    the words, states are named by place (12.7.5.2.3)."""
    return f"/{number}"
