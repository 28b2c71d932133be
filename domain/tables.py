"""What every table (CSV) that comes in has in common: its characters, lines, cells and faults.

What spreadsheets do to a table is met here: byte order marks, Shift_JIS, apostrophes in front of
formulas. A fault is told by the number of its line and by its column.
"""

import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from domain.forms import printable
from domain.refusals import Words

MAX_TABLE_BYTES = 10 * 1024 * 1024
SHOWN_FAULTS = 100
_MAX_CELL = 5_000
_SHOWN_HEADING = 40
_LONGEST_LOOK = 1_000_000
"""Characters that are read again to name a column."""
_MARK, _UTF_16 = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
FORMULA_MARKS = "=+-@＝＋－＠﹦﹢﹣﹫−"
"""What our own export puts an apostrophe in front of: with these a formula begins. Spreadsheets in
Japanese take them in any width, and Shift_JIS has one letter for the minus sign and the wide
hyphen."""
_FORMULA = tuple(f"'{mark}" for mark in FORMULA_MARKS)

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
    text = _text(data)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins, head = 1, list[str]()
    try:
        for cells in reader:
            yield begins, cells
            head = head or cells
            begins = reader.line_num + 1
    except csv.Error:
        raise TableRefused(_broken(text, begins, head)) from None


def _text(data: bytes) -> str:
    read: list[tuple[int, str]] = []
    for encoding in ("utf-8",) if data.startswith(_MARK) else ("utf-8", "cp932"):
        try:
            text = data.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError as wrong:
            read.append((wrong.start, data[: wrong.start].decode(encoding)))
            continue
        if "\0" not in text:
            return text
        read.append((len(data), text.partition("\0")[0]))
        break
    if data.startswith(_UTF_16):
        raise TableRefused(NOT_TEXT)
    # Whichever encoding is meant: it is the one that could be read further.
    _, furthest = max(read, key=lambda found: found[0])
    raise TableRefused(_unreadable(furthest.removeprefix("\ufeff")))


def _unreadable(read: str) -> Words:
    """Where reading ended: the line, as spreadsheets count them, and the column."""
    reader = csv.reader(io.StringIO(read, newline=""))
    begins, head, last = 1, list[str](), [""]
    try:
        for cells in reader:
            head, last = head or cells, cells
            line, begins = begins, reader.line_num + 1
    except csv.Error:
        return NOT_TEXT
    if not read or read.endswith(("\n", "\r")):
        line, last = begins, [""]
    return _at(line, max(1, len(last)), head if line > 1 else [], NOT_TEXT)


def _broken(text: str, begins: int, head: list[str]) -> Words:
    """The line on which the row begins, and the column of the quotation mark that is wrong."""
    lines = islice(io.StringIO(text, newline=""), begins - 1, None)
    column, state = 1, "start"
    for character in islice(chain.from_iterable(lines), _LONGEST_LOOK):
        if state == "quoted":
            state = "closed" if character == '"' else "quoted"
        elif character == ",":
            column, state = column + 1, "start"
        elif character == '"' and state in {"start", "closed"}:
            state = "quoted"
        elif state == "closed":
            break
        else:
            state = "plain"
    return _at(begins, column, head if begins > 1 else [], BROKEN)


def _at(line: int, column: int, head: list[str], words: Words) -> Words:
    name = _quoted(head[column - 1]) if column <= len(head) else ""
    ja = f"{line}行目の{column}列目" + (f"（{name}）" if name else "")
    en = f"Line {line}, column {column}" + (f" ({name})" if name else "")
    return Words(f"{ja}：{words.ja}", f"{en}: {words.en}")


def _quoted(heading: str) -> str:
    """A heading as it may be quoted in a sentence."""
    plain = "".join(character for character in heading if printable(character)).strip()
    return plain[:_SHOWN_HEADING]


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
