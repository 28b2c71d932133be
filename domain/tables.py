"""What every table (CSV) that comes in has in common: its characters, lines, cells and faults.

What spreadsheets do to a table is met here: byte order marks, Shift_JIS, apostrophes in front of
formulas. A fault is told by the number of its line and by its column.
"""

import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from domain.refusals import Words

MAX_TABLE_BYTES = 10 * 1024 * 1024
SHOWN_FAULTS = 100
_MAX_CELL = 5_000
_FORMULA = ("'=", "'+", "'-", "'@")
"""What our own export puts an apostrophe in front of."""

NOT_TEXT = Words(
    "文字コードを読み取れません。UTF-8かShift_JISのCSVで保存し直してください。",
    "The file's characters cannot be read. Save it as CSV in UTF-8 or Shift_JIS.",
)
EMPTY = Words("取り込む行がありません。", "There is no line to take.")
BROKEN = Words(
    'CSVとして読めません。引用符（"）が閉じているかお確かめください。',
    'This is no CSV. Check that every quotation mark (") is closed.',
)
MANY_CELLS = Words(
    '見出しより多くの列があります。値の中のカンマは、引用符（"）で囲んでください。',
    'There are more cells than headings. Put values with commas into quotation marks (").',
)


class TableRefused(Exception):
    """Nothing of the file can be read."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


@dataclass(frozen=True)
class Fault:
    """What is wrong in one line; `column` names a value, or is empty for the whole line."""

    line: int
    column: str
    words: Words


def table_rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Each row with the number of the line on which it begins, the first one being 1. Raises
    TableRefused, also while it is read."""
    reader = csv.reader(io.StringIO(_text(data), newline=""), strict=True)
    begins = 1
    try:
        for cells in reader:
            yield begins, cells
            begins = reader.line_num + 1
    except csv.Error:
        raise TableRefused(BROKEN) from None


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise TableRefused(NOT_TEXT)


def bare(text: str) -> str:
    """A heading or a word without width, case and blanks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def has_more(names: list[str], cells: list[str]) -> bool:
    """Whether a row has cells that no heading names."""
    return any(cell.strip() for cell in cells[len(names) :])


def cell_value(cell: str) -> str:
    """Without the apostrophe of an export of ours."""
    text = cell[:_MAX_CELL]
    return text[1:] if text.startswith(_FORMULA) else text
