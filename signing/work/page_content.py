"""Drawing on a page of somebody else's, after all that is there."""

from collections.abc import Sequence
from typing import NamedTuple

import pikepdf

_SAVE, _RESTORE = "q", "Q"


class Picture(NamedTuple):
    """A form XObject, the left bottom corner of its place in the page's own coordinates, and a
    name that no other picture of the file has."""

    name: str
    form: pikepdf.Object
    left: float
    bottom: float


def draw_on(pdf: pikepdf.Pdf, page: pikepdf.Page, pictures: Sequence[Picture]) -> None:
    """Put pictures on a page.

    They are drawn as artifacts, in the state that a page begins with: what its content leaves
    unrestored does not reach them.
    """
    if not pictures:
        return
    before, after = _missing(page)
    unit = float(page.obj.get("/UserUnit", 1))
    scale = _number(1 / unit)
    drawn = [f"{_RESTORE}\n" * after, "/Artifact BMC\n"]
    for row in pictures:
        name = page.add_resource(
            row.form, pikepdf.Name.XObject, pikepdf.Name(f"/Musubi_{row.name}")
        )
        place = f"{scale} 0 0 {scale} {_number(row.left)} {_number(row.bottom)} cm"
        drawn.append(f"q {place} {name} Do Q\n")
    drawn.append("EMC")
    page.contents_add(pdf.make_stream(f"{_SAVE}\n".encode() * before), prepend=True)
    page.contents_add(pdf.make_stream("".join(drawn).encode()))


def _missing(page: pikepdf.Page) -> tuple[int, int]:
    """How many q to put before a page's content, and how many Q after it, to begin afresh."""
    depth, lowest = 0, 0
    for instruction in pikepdf.parse_content_stream(page, "q Q"):
        depth += 1 if str(instruction.operator) == _SAVE else -1
        lowest = min(lowest, depth)
    before = 1 - lowest
    return before, before + depth


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".") or "0"
