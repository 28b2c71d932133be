"""Where the annotations of a base lie: verifiers object to a field over any of them.

EU DSS warns of annotations that overlap, because one may cover what the other shows.
"""

import time
from collections import Counter
from io import BytesIO

import pikepdf

from domain.limits import MAX_TAKEN_PLACES, PROPOSAL_SECONDS
from signing.work.geometry import displayed
from signing.work.old_inputs import old_inputs

TakenRow = tuple[int, float, float, float, float]


def taken_places(base: bytes) -> list[TakenRow]:
    """Page from 0, x, y, width and height in points as displayed, page by page.

    An annotation that lies beside the visible page, or has no size, takes no place; nor does one
    whose rectangle cannot be read, which no viewer shows. Beyond the limit none is looked at.
    """
    found: list[TakenRow] = []
    with pikepdf.open(BytesIO(base)) as pdf:
        for number, page in enumerate(pdf.pages):
            rows = page.obj.get("/Annots")
            for row in rows if isinstance(rows, pikepdf.Array) else ():
                place = _place(page, row)
                if place is not None:
                    found.append((number, *place))
                if len(found) == MAX_TAKEN_PLACES:
                    return found
    return found


def free_places(data: bytes) -> list[TakenRow]:
    """Places of empty inputs in an unsigned file as it will be prepared: a field over one takes its
    place there, see `preparation`."""
    found: list[TakenRow] = []
    until = time.process_time() + PROPOSAL_SECONDS
    with pikepdf.open(BytesIO(data)) as pdf:
        for number, page in enumerate(pdf.pages):
            for row in old_inputs(page):
                found.append((number, *row.rect))
                if len(found) == MAX_TAKEN_PLACES or time.process_time() > until:
                    return found
    return found


def without(taken: list[TakenRow], free: list[TakenRow]) -> list[TakenRow]:
    """Each free place takes away one that is equal: other annotations may lie upon it."""
    left, kept = Counter(free), []
    for row in taken:
        if left[row]:
            left[row] -= 1
        else:
            kept.append(row)
    return kept


def _place(page: pikepdf.Page, row: pikepdf.Object) -> tuple[float, float, float, float] | None:
    rect = row.get("/Rect") if isinstance(row, pikepdf.Dictionary) else None
    if not isinstance(rect, pikepdf.Array) or len(rect) != 4:
        return None
    try:
        one_x, one_y, two_x, two_y = (float(value) for value in rect)
        return displayed(page, (one_x, one_y, two_x, two_y))
    except (ValueError, TypeError, OverflowError):
        return None
