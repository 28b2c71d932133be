"""Fields that take the places of a form's own empty inputs."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import pikepdf

from domain.fields import Rect
from domain.kinds import FieldKind
from domain.ports.signatures import PlacedField
from domain.proposals import COVERED, covered
from signing.work.old_inputs import OldInput, old_inputs, radio_field

_DEEPEST = 32
"""Levels that are climbed: a loop has no end."""
_Object = tuple[int, int]
"""Number and generation."""


class _Place(NamedTuple):
    """Where a field of ours lies, and whether it stands for the buttons of a radio group."""

    rect: Rect
    radio: bool

    def covers(self, rect: Rect) -> bool:
        return covered(rect, self.rect) >= COVERED


def make_room(pdf: pikepdf.Pdf, placed: Iterable[PlacedField]) -> None:
    """Take empty inputs out of the form where fields of ours take their places: of which at least
    half is covered, or else an empty box would be seen beneath the field. A radio group takes the
    buttons of one group alone.

    What is merely touched stays, and whatever says something: it is part of the pages.
    """
    places: dict[int, list[_Place]] = {}
    for field in placed:
        if field.rect:
            place = _Place(field.rect, field.kind is FieldKind.RADIO)
            places.setdefault(field.page, []).append(place)
    _take_out(pdf, {page: _replaced(pdf.pages[page], rows) for page, rows in places.items()})


def take_all_out(pdf: pikepdf.Pdf) -> None:
    """Every empty input, as if fields took all their places."""
    _take_out(pdf, {number: [*old_inputs(page)] for number, page in enumerate(pdf.pages)})


def _replaced(page: pikepdf.Page, places: Sequence[_Place]) -> list[OldInput]:
    """The inputs of a page whose places are taken."""
    found = [*old_inputs(page, lambda rect: any(place.covers(rect) for place in places))]
    gone = {
        row.at
        for row in found
        if any(place.covers(row.rect) for place in places if not place.radio)
    }
    for place in places:
        if place.radio:
            gone |= {row.at for row in _one_group(row for row in found if place.covers(row.rect))}
    return [row for row in found if row.at in gone]


def _one_group(rows: Iterable[OldInput]) -> list[OldInput]:
    """The buttons of the radio group that has most of them; all, where none is such a button."""
    fields = [(row, radio_field(row)) for row in rows]
    counts = Counter(field for _, field in fields if field)
    most = counts.most_common(1)[0][0] if counts else None
    return [row for row, field in fields if field == most]


def _take_out(pdf: pikepdf.Pdf, gone: dict[int, list[OldInput]]) -> None:
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return
    for number, rows in gone.items():
        if rows:
            page, indices = pdf.pages[number].obj, {row.at for row in rows}
            kept = [row for index, row in enumerate(page.Annots) if index not in indices]
            page["/Annots"] = pikepdf.Array(kept)
    _unlist(form, [row.widget for rows in gone.values() for row in rows if row.widget.is_indirect])


def _unlist(form: pikepdf.Object, widgets: Sequence[pikepdf.Object]) -> None:
    """Out of their fields, and those out of the form of which nothing is left: level by level, so
    that no list is gone through for each of its rows."""
    if not widgets:
        return
    gone = {widget.objgen for widget in widgets}
    left = widgets
    for _ in range(_DEEPEST):
        parents: dict[_Object, pikepdf.Object] = {}
        for field in left:
            above = field.get("/Parent")
            if isinstance(above, pikepdf.Dictionary) and above.is_indirect:
                parents[above.objgen] = above
        left = [above for above in parents.values() if not _kept(above, "/Kids", gone)]
        left = [above for above in left if above.objgen not in gone]
        gone |= {above.objgen for above in left}
        if not left:
            break
    _kept(form, "/Fields", gone)


def _kept(above: pikepdf.Object, key: str, gone: Collection[_Object]) -> bool:
    """Whether rows are left once those that are gone are taken out of a list; also where there is
    none."""
    rows = above.get(key)
    if not isinstance(rows, pikepdf.Array):
        return True
    kept = [row for row in rows if not (_is_listed(row) and row.objgen in gone)]
    above[key] = pikepdf.Array(kept)
    return any(isinstance(row, pikepdf.Object) for row in kept)


def _is_listed(row: object) -> bool:
    """Odd files have numbers where fields should be."""
    return isinstance(row, pikepdf.Object) and row.is_indirect
