"""Empty inputs of a file's own form, as fields that could be offered in their places."""

import time
from collections.abc import Sequence
from io import BytesIO

import pikepdf

from domain.found_places import FoundPlace, FoundPlaces, Rect
from domain.kinds import FieldKind
from domain.limits import MAX_OPTIONS, MAX_PROPOSALS, PROPOSAL_SECONDS
from domain.proposals import covered
from signing.work.old_inputs import (
    OldInput,
    inherited,
    lineage,
    old_inputs,
    place_of,
    radio_field,
)

_REQUIRED, _MULTILINE, _RADIO = 1 << 1, 1 << 12, 1 << 15
_OFF = "/Off"
_TOUCHED = 0.05
"""Share of an input that may lie under another's edge."""
_Group = list[OldInput]


def form_places(data: bytes) -> FoundPlaces:
    """Of the file as it will be prepared, page by page, from the top down. A radio group is one
    place: it is left out where that would lie over another input, and where some of its buttons
    are elsewhere."""
    found, until = list[FoundPlace](), time.process_time() + PROPOSAL_SECONDS
    with pikepdf.open(BytesIO(data)) as pdf:
        if not isinstance(pdf.Root.get("/AcroForm"), pikepdf.Dictionary):
            return FoundPlaces()  # without a form nobody could ever have filled them in
        known: set[tuple[int, int]] = set()
        for number, page in enumerate(pdf.pages):
            groups, complete = _groups(page, known, until)
            whole = [group for group in groups if _is_whole(page, group, until)]
            places = [place for group in whole if (place := _place(number, group))]
            found += sorted(places, key=lambda place: (place.rect[1], place.rect[0]))
            if not complete or len(found) > MAX_PROPOSALS:
                return FoundPlaces(tuple(found[:MAX_PROPOSALS]), more=True)
    return FoundPlaces(tuple(found))


def _groups(
    page: pikepdf.Page, known: set[tuple[int, int]], until: float
) -> tuple[list[_Group], bool]:
    """The inputs of a page, radio buttons of one field together; and whether these are all.
    `known` are radio fields of earlier pages."""
    radios: dict[tuple[int, int], _Group] = {}
    groups: list[_Group] = []
    for row in old_inputs(page):
        if time.process_time() > until or len(groups) > MAX_PROPOSALS:
            return groups, False
        key = radio_field(row)
        if key is None:
            groups.append([row])
        elif key in radios:
            radios[key].append(row)
        elif key not in known:
            radios[key] = [row]
            groups.append(radios[key])
    known.update(radios)
    return groups, True


def _is_whole(page: pikepdf.Page, group: _Group, until: float) -> bool:
    """Whether one field can stand for it; no, where time ran out."""
    if len(group) == 1 and not group[0].flags & _RADIO:
        return True
    above = group[0].widget.get("/Parent")
    buttons = above.get("/Kids") if isinstance(above, pikepdf.Dictionary) else None
    rows = buttons if isinstance(buttons, pikepdf.Array) else ()
    if sum(isinstance(row, pikepdf.Dictionary) for row in rows) > len(group):
        return False
    around, own = _around([row.rect for row in group]), {row.at for row in group}
    for index, row in enumerate(page.obj.Annots):
        if time.process_time() > until:
            return False
        if index not in own and _is_swallowed(page, row, around):
            return False
    return True


def _is_swallowed(page: pikepdf.Page, row: object, around: Rect) -> bool:
    if not isinstance(row, pikepdf.Dictionary) or row.get("/Subtype") != "/Widget":
        return False
    try:
        place = place_of(page, row)
    except (ValueError, TypeError, OverflowError, NotImplementedError):
        return False
    return place is not None and covered(place, around) > _TOUCHED


def _place(page: int, group: Sequence[OldInput]) -> FoundPlace | None:
    first = group[0]
    label = inherited(first.widget, "/TU")
    limit = inherited(first.widget, "/MaxLen")
    try:
        return FoundPlace(
            page,
            _around([row.rect for row in group]),
            kind=_kind(first).value,
            name=_name(first.widget),
            label=_text(label),
            required=bool(first.flags & _REQUIRED),
            max_characters=None if limit is None else int(limit),
            options=_options(group),
        )
    except (ValueError, TypeError, OverflowError, NotImplementedError):
        return None


def _kind(row: OldInput) -> FieldKind:
    match row.kind:
        case "/Btn":
            return FieldKind.RADIO if row.flags & _RADIO else FieldKind.CHECKBOX
        case "/Ch":
            return FieldKind.DROPDOWN
        case "/Sig":
            return FieldKind.SIGNATURE
        case _:
            return FieldKind.MULTILINE if row.flags & _MULTILINE else FieldKind.TEXT


def _name(widget: pikepdf.Object) -> str:
    parts = [_text(level["/T"]) for level in lineage(widget) if "/T" in level]
    return ".".join(reversed(parts))


def _options(group: Sequence[OldInput]) -> tuple[str, ...]:
    listed = inherited(group[0].widget, "/Opt")
    rows = [*listed][: MAX_OPTIONS + 1] if isinstance(listed, pikepdf.Array) else []
    words = tuple(_text(row[-1] if isinstance(row, pikepdf.Array) else row) for row in rows)
    if group[0].kind == "/Btn" and group[0].flags & _RADIO:
        if len(words) == len(group):
            return words
        return tuple(_state(row.widget) for row in group[: MAX_OPTIONS + 1])
    return words if group[0].kind == "/Ch" else ()


def _state(button: pikepdf.Object) -> str:
    """What a radio button is called: its help, if it has its own, or the name of its state."""
    own = _text(button.get("/TU"))
    looks = button.get("/AP")
    normal = looks.get("/N") if isinstance(looks, pikepdf.Dictionary) else None
    states = normal.keys() if isinstance(normal, pikepdf.Dictionary) else ()
    return own or next((state.removeprefix("/") for state in states if state != _OFF), "")


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | pikepdf.String) else ""


def _around(rects: Sequence[Rect]) -> Rect:
    left, top = min(rect[0] for rect in rects), min(rect[1] for rect in rects)
    right = max(rect[0] + rect[2] for rect in rects)
    bottom = max(rect[1] + rect[3] for rect in rects)
    return left, top, right - left, bottom - top
