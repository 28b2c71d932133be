"""Between a page as displayed (origin top left, points) and its own coordinates.

/CropBox within /MediaBox, /Rotate and /UserUnit decide (ISO 32000-2, 7.7.3.3).
"""

from typing import NamedTuple

import pikepdf

_LONGEST_SIDE = 14_400.0
"""Units: ISO 32000-1, annex C.2; viewers show nothing larger."""


_LARGEST_UNIT = 75_000.0
"""ISO 32000-1, annex C.2, as far as Acrobat goes."""


class VisibleBox(NamedTuple):
    """The visible rectangle of a page in its own coordinates, and its rotation."""

    left: float
    bottom: float
    right: float
    top: float
    rotation: int


def visible_box(page: pikepdf.Page) -> VisibleBox:
    """What a viewer shows of a page. Raises ValueError for a page of an impossible size."""
    media, crop = _box(page.mediabox), _box(page.cropbox)
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    # a crop box beside the page shows nothing in some viewers and everything in others
    if not (0 < right - left <= _LONGEST_SIDE and 0 < top - bottom <= _LONGEST_SIDE):
        raise ValueError("page size")
    return VisibleBox(left, bottom, right, top, int(page.rotation or 0) % 360)


def displayed_size(page: pikepdf.Page) -> tuple[float, float]:
    """Width and height in points as displayed. Raises ValueError for an impossible size."""
    box = visible_box(page)
    unit = float(page.obj.get("/UserUnit", 1))
    if not 0 < unit <= _LARGEST_UNIT:
        raise ValueError("user unit")
    width, height = (box.right - box.left) * unit, (box.top - box.bottom) * unit
    return (height, width) if box.rotation in (90, 270) else (width, height)


def rectangle(
    page: pikepdf.Page, placed: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """/Rect of a widget from x, y, width, height in points on the displayed page."""
    unit = float(page.obj.get("/UserUnit", 1))
    x, y, width, height = (length / unit for length in placed)
    box = visible_box(page)
    one, two = _point(box, x, y), _point(box, x + width, y + height)
    return (
        round(min(one[0], two[0]), 2),
        round(min(one[1], two[1]), 2),
        round(max(one[0], two[0]), 2),
        round(max(one[1], two[1]), 2),
    )


def displayed(
    page: pikepdf.Page, rect: tuple[float, float, float, float]
) -> tuple[float, float, float, float] | None:
    """The other way round: x, y, width, height in points on the displayed page from a rectangle in
    the page's coordinates; None where nothing of it lies on the visible page."""
    box, unit = visible_box(page), float(page.obj.get("/UserUnit", 1))
    left, right = (min(max(at, box.left), box.right) for at in sorted((rect[0], rect[2])))
    bottom, top = (min(max(at, box.bottom), box.top) for at in sorted((rect[1], rect[3])))
    if right <= left or top <= bottom:
        return None
    across = {
        90: (bottom - box.bottom, top - box.bottom),
        180: (box.right - right, box.right - left),
        270: (box.top - top, box.top - bottom),
    }.get(box.rotation, (left - box.left, right - box.left))
    down = {
        90: (left - box.left, right - box.left),
        180: (bottom - box.bottom, top - box.bottom),
        270: (box.right - right, box.right - left),
    }.get(box.rotation, (box.top - top, box.top - bottom))
    x, y = across[0] * unit, down[0] * unit
    width, height = (across[1] - across[0]) * unit, (down[1] - down[0]) * unit
    return round(x, 2), round(y, 2), round(width, 2), round(height, 2)


def _point(box: VisibleBox, right: float, down: float) -> tuple[float, float]:
    if box.rotation == 90:
        return box.left + down, box.bottom + right
    if box.rotation == 180:
        return box.right - right, box.bottom + down
    if box.rotation == 270:
        return box.right - down, box.top - right
    return box.left + right, box.top - down


def _box(values: pikepdf.Array) -> tuple[float, float, float, float]:
    one_x, one_y, two_x, two_y = (float(value) for value in values)
    return min(one_x, two_x), min(one_y, two_y), max(one_x, two_x), max(one_y, two_y)
