"""Inputs of a file's own form (AcroForm) that are still empty: where they lie, what they take.

They belong to whoever made the file; fields of ours can take their places (see preparation).
"""

from collections.abc import Iterator
from typing import NamedTuple

import pikepdf

from signing.work.geometry import displayed

_DEEPEST = 32
"""Levels of /Parent that are climbed: a loop has no end."""
_UNSEEN = 1 << 1 | 1 << 5
"""/F: hidden, or not shown."""
_READ_ONLY = 1 << 0
_FILE_OR_PASSWORD = 1 << 20 | 1 << 13
_PUSHED = 1 << 16
_SEVERAL = 1 << 21
"""/Ff: ISO 32000-2, tables 227 to 234."""
_INPUTS = ("/Tx", "/Btn", "/Ch", "/Sig")
_OFF = "/Off"


class OldInput(NamedTuple):
    """One widget of an empty field."""

    at: int
    """In its page's /Annots."""
    widget: pikepdf.Object
    kind: str
    """/FT."""
    flags: int
    rect: tuple[float, float, float, float]
    """x, y, width, height in points as displayed."""


def old_inputs(page: pikepdf.Page) -> Iterator[OldInput]:
    """Those of one page that somebody could fill in and nobody has; no buttons, and none of which
    one cannot tell what they are."""
    rows = page.obj.get("/Annots")
    for index, row in enumerate(rows if isinstance(rows, pikepdf.Array) else ()):
        if not isinstance(row, pikepdf.Dictionary) or row.get("/Subtype") != "/Widget":
            continue
        try:
            found = _empty(page, index, row)
        except (ValueError, TypeError, OverflowError, NotImplementedError):
            continue
        if found is not None:
            yield found


def _empty(page: pikepdf.Page, index: int, widget: pikepdf.Object) -> OldInput | None:
    rect = widget.get("/Rect")
    kind, flags = str(inherited(widget, "/FT") or ""), int(inherited(widget, "/Ff") or 0)
    if kind not in _INPUTS or not isinstance(rect, pikepdf.Array) or len(rect) != 4:
        return None
    if int(widget.get("/F", 0)) & _UNSEEN or flags & _READ_ONLY or _is_other(kind, flags):
        return None
    if _is_filled(widget, kind):
        return None
    one_x, one_y, two_x, two_y = (float(value) for value in rect)
    place = displayed(page, (one_x, one_y, two_x, two_y))
    return OldInput(index, widget, kind, flags, place) if place else None


def _is_other(kind: str, flags: int) -> bool:
    """What no field of ours can stand for."""
    masks = {"/Tx": _FILE_OR_PASSWORD, "/Btn": _PUSHED, "/Ch": _SEVERAL}
    return bool(flags & masks.get(kind, 0))


def _is_filled(widget: pikepdf.Object, kind: str) -> bool:
    value = inherited(widget, "/V")
    if kind == "/Btn":
        return any(str(state) != _OFF for state in (value, widget.get("/AS")) if state is not None)
    if isinstance(value, pikepdf.String):
        return bool(str(value).strip())
    return value is not None and not (isinstance(value, pikepdf.Array) and len(value) == 0)


def inherited(field: pikepdf.Object, key: str) -> pikepdf.Object | None:
    """An entry of a field, or of the nearest one above it that has one."""
    for level in lineage(field):
        if key in level:
            return level[key]
    return None


def lineage(field: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """A field and those above it."""
    level: pikepdf.Object | None = field
    for _ in range(_DEEPEST):
        if not isinstance(level, pikepdf.Dictionary):
            return
        yield level
        level = level.get("/Parent")
