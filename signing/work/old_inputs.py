"""Inputs of a file's own form (AcroForm) that are still empty: where they lie, what they take.

They belong to whoever made the file; fields of ours can take their places (see preparation).
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pikepdf

from domain.fields import Rect
from signing.work.geometry import displayed
from signing.work.old_looks import shows_something

_DEEPEST = 32
"""Levels of /Parent that are climbed: a loop has no end."""
_UNSEEN = 1 << 1 | 1 << 5
"""/F: hidden, or not shown."""
_READ_ONLY = 1 << 0
_FILE_OR_PASSWORD = 1 << 20 | 1 << 13
_PUSHED = 1 << 16
_SEVERAL = 1 << 21
_RADIO = 1 << 15
"""/Ff: ISO 32000-2, tables 227 to 234."""
_INPUTS = ("/Tx", "/Btn", "/Ch", "/Sig")
_OFF = "/Off"
_MOST_BUTTONS = 200
"""Of one field, that are looked at one by one."""
_Object = tuple[int, int]
"""Number and generation."""


class OldInput(NamedTuple):
    """One widget of an empty field."""

    at: int
    """In its page's /Annots."""
    widget: pikepdf.Object
    kind: str
    """/FT."""
    flags: int
    rect: Rect
    """x, y, width, height in points as displayed."""


def old_inputs(
    page: pikepdf.Page, wanted: Callable[[Rect], bool] | None = None
) -> Iterator[OldInput]:
    """Those of one page that somebody could fill in and nobody has; no buttons, and none of which
    one cannot tell what they are, or whether they say something. With `wanted` only those whose
    place it agrees to."""
    rows, groups = page.obj.get("/Annots"), dict[_Object, bool]()
    for index, row in enumerate(rows if isinstance(rows, pikepdf.Array) else ()):
        if not isinstance(row, pikepdf.Dictionary) or row.get("/Subtype") != "/Widget":
            continue
        try:
            found = _fillable(page, index, row)
            if found is None or (wanted and not wanted(found.rect)):
                continue
            filled = _is_filled(row, found.kind, groups) or shows_something(row)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S112 - pikepdf raises anything on odd files
            continue
        if not filled:
            yield found


def place_of(page: pikepdf.Page, widget: pikepdf.Object) -> Rect | None:
    """Where it is displayed; None where no viewer shows it. Raises what pikepdf raises."""
    rect = widget.get("/Rect")
    if not isinstance(rect, pikepdf.Array) or len(rect) != 4:
        return None
    one_x, one_y, two_x, two_y = (float(value) for value in rect)
    return displayed(page, (one_x, one_y, two_x, two_y))


def _fillable(page: pikepdf.Page, index: int, widget: pikepdf.Object) -> OldInput | None:
    kind, flags = str(inherited(widget, "/FT") or ""), int(inherited(widget, "/Ff") or 0)
    if kind not in _INPUTS:
        return None
    if int(widget.get("/F", 0)) & _UNSEEN or flags & _READ_ONLY or _is_other(kind, flags):
        return None
    place = place_of(page, widget)
    return OldInput(index, widget, kind, flags, place) if place else None


def radio_field(row: OldInput) -> _Object | None:
    """Which field a radio button belongs to; None for all else."""
    if row.kind != "/Btn" or not row.flags & _RADIO:
        return None
    return next((level.objgen for level in lineage(row.widget) if "/T" in level), None)


def _is_other(kind: str, flags: int) -> bool:
    """What no field of ours can stand for."""
    masks = {"/Tx": _FILE_OR_PASSWORD, "/Btn": _PUSHED, "/Ch": _SEVERAL}
    return bool(flags & masks.get(kind, 0))


def _is_filled(widget: pikepdf.Object, kind: str, groups: dict[_Object, bool]) -> bool:
    """`groups` are fields of several buttons that were looked at already."""
    value = inherited(widget, "/V")
    if kind == "/Btn":
        return _is_on(value) or _is_on(widget.get("/AS")) or _is_on_beside(widget, groups)
    if kind == "/Ch" and _has_rows(inherited(widget, "/I")):
        return True
    return any(_says(entry) for entry in (value, inherited(widget, "/RV")))


def _says(value: object) -> bool:
    if isinstance(value, pikepdf.String):
        return bool(str(value).strip())
    return value is not None and not (isinstance(value, pikepdf.Array) and len(value) == 0)


def _has_rows(value: object) -> bool:
    return isinstance(value, pikepdf.Array) and len(value) > 0


def _is_on(state: object) -> bool:
    return state is not None and str(state) != _OFF


def _is_on_beside(button: pikepdf.Object, groups: dict[_Object, bool]) -> bool:
    """Whether another button of the same field is on: then the field has its answer."""
    above = button.get("/Parent")
    rows = above.get("/Kids") if isinstance(above, pikepdf.Dictionary) else None
    if "/T" in button or above is None or not isinstance(rows, pikepdf.Array):
        return False
    if above.objgen not in groups:
        groups[above.objgen] = len(rows) > _MOST_BUTTONS or any(
            _is_on(row.get("/AS")) for row in rows if isinstance(row, pikepdf.Dictionary)
        )
    return groups[above.objgen]


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
