"""The files of an import, a page at a time. They are judged together, so that they are read whole
and sorted here."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum

from domain.deals import evened
from domain.lists import PAGE_SIZE, Asked, Usual
from domain.refusals import Words
from storage.imports import Batch, ImportLine
from storage.paging import Page, existing

LINE_SORTS: Usual = {
    "file": False,
    "made": True,
    "partner": False,
    "amount": True,
    "received": True,
    "state": False,
}
"""By state, what has to be mended comes first."""


class Which(StrEnum):
    """What the list is narrowed to; stands in the URL."""

    ALL = "all"
    FAULTS = "faults"


WHICH_WORDS = {
    Which.ALL: Words("すべて", "All"),
    Which.FAULTS: Words("直すところ・注意があるもの", "Faults and warnings"),
}


def line_page(batch: Batch, which: Which, asked: Asked) -> Page[ImportLine]:
    """What is asked of the batch's files."""
    wanted = evened(asked.text)
    found = [
        line
        for line in batch.lines
        if (which is Which.ALL or is_faulty(line)) and wanted in evened(_text(line))
    ]
    number = existing(asked.number, len(found), PAGE_SIZE)
    first = (number - 1) * PAGE_SIZE
    rows = _sorted(found, asked)[first : first + PAGE_SIZE]
    return Page(rows, len(found), number, PAGE_SIZE)


def is_faulty(line: ImportLine) -> bool:
    """Whether somebody should look at it before it is taken, or why it was late afterwards."""
    if line.row.taken_at is not None:
        return bool(line.row.late)
    unfilled = line.checked is None and not line.checking
    return line.refused or unfilled or line.late or bool(line.twins) or line.repeated


def _sorted(lines: list[ImportLine], asked: Asked) -> list[ImportLine]:
    """As databases do it here: what is empty stays last, whichever way the list runs."""
    value = _VALUES[asked.sorting.key]
    known = [line for line in lines if value(line) is not None]
    empty = [line for line in lines if value(line) is None]
    # Equal ones stay in the order in which they came, both ways.
    return sorted(known, key=value, reverse=asked.sorting.down) + empty  # type: ignore[arg-type]  # one key's values compare


def _text(line: ImportLine) -> str:
    entered = (line.checked.title, line.checked.deal.partner) if line.checked else ()
    return " ".join((line.name, line.envelope.title, *entered))


def _state(line: ImportLine) -> int:
    if line.row.taken_at is not None:
        return 2 if line.row.late else 4 if line.row.token_time else 3
    if line.refused:
        return 0
    return 3 if line.checking else 1 if line.checked is None else 2 if line.late else 4


_VALUES: dict[str, Callable[[ImportLine], str | int | date | None]] = {
    "file": lambda line: evened(line.name),
    "made": lambda line: line.checked.deal.made_on if line.checked else None,
    "partner": lambda line: (evened(line.checked.deal.partner) or None) if line.checked else None,
    "amount": lambda line: line.checked.deal.amount if line.checked else None,
    "received": lambda line: line.checked.deal.received_on if line.checked else None,
    "state": _state,
}
