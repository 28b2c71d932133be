"""Fields that take the places of a form's own empty inputs."""

from collections.abc import Sequence

import pikepdf

from domain.fields import Rect
from domain.ports.signatures import PlacedField
from domain.proposals import COVERED, covered
from signing.work.old_inputs import lineage, old_inputs


def make_room(pdf: pikepdf.Pdf, placed: Sequence[PlacedField], *, stays: bool) -> None:
    """Take empty inputs out of the form where fields of ours take their places.

    Of a form that is drawn into the pages an input goes when half of it is covered, or else its
    empty box would be seen beneath the field. Of one that `stays`, as viewers draw it, whatever
    lies under a field goes: two widgets over each other are what verifiers object to.
    """
    if not isinstance(pdf.Root.get("/AcroForm"), pikepdf.Dictionary):
        return
    places: dict[int, list[Rect]] = {}
    for field in placed:
        if field.rect:
            places.setdefault(field.page, []).append(field.rect)
    for number, rects in places.items():
        page, gone = pdf.pages[number], set[int]()
        for row in old_inputs(page):
            share = max(covered(row.rect, rect) for rect in rects)
            if share >= COVERED or (stays and share > 0):
                gone.add(row.at)
                _take_out(pdf.Root.AcroForm, row.widget)
        if gone:
            kept = [row for index, row in enumerate(page.obj.Annots) if index not in gone]
            page.obj["/Annots"] = pikepdf.Array(kept)


def _take_out(form: pikepdf.Object, widget: pikepdf.Object) -> None:
    """Out of its field, and that out of the form when nothing is left of it."""
    levels = [*lineage(widget)]
    for level, above in zip(levels, [*levels[1:], form], strict=True):
        key = "/Fields" if above is form else "/Kids"
        rows = above.get(key)
        if not level.is_indirect or not isinstance(rows, pikepdf.Array):
            return
        kept = [row for row in rows if row.objgen != level.objgen]
        above[key] = pikepdf.Array(kept)
        if kept:
            return
