"""Several points broken in one telling of their story: the whole matrix in a third of the time.

Those of one telling lie apart in the story, at least two others between them, so that no step is
broken as often as it may be tried. What a telling never came to, and everything of a telling that
failed, is broken by itself afterwards (`Trial.again`).
"""

from collections.abc import Iterable, Iterator, Sequence

from cli.faults.trial import Cell, Trial

APART = 3
"""Of so many points that follow each other at most one is broken in a telling."""


def joined(cells: Iterable[Cell], most: int) -> Iterator[Cell]:
    """The same cells, up to `most` points of one story and kind of fault in one. Cells of one story
    come one after the other, in the order in which it reaches their points."""
    waiting: list[Cell] = []
    for cell in cells:
        if waiting and not (cell.point and cell.tell is waiting[0].tell):
            yield from _tellings(waiting, most)
            waiting = []
        if cell.point:
            waiting.append(cell)
        else:
            yield cell
    yield from _tellings(waiting, most)


def _tellings(cells: Sequence[Cell], most: int) -> Iterator[Cell]:
    for group in dict.fromkeys(cell.group for cell in cells):
        alike = [cell for cell in cells if cell.group == group]
        tellings = max(-(-len(alike) // most), min(len(alike), APART))
        for number in range(tellings):
            parts = tuple(alike[number::tellings])
            yield parts[0] if len(parts) == 1 else _telling(parts, f"{number + 1} of {tellings}")


def _telling(parts: tuple[Cell, ...], which: str) -> Cell:
    first = parts[0]

    def prepare(trial: Trial) -> None:
        for part in parts:
            part.prepare(trial)

    name = f"{len(parts)} points, telling {which}, from {first.name}"
    return Cell(first.group, name, first.promise, tell=first.tell, prepare=prepare, parts=parts)
