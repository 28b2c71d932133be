"""A table of contacts (CSV) on its way in: read, checked line by line, and compared with the book.

A line with a fault is told by its number and its column; nothing is taken from a table that has
one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from domain.contacts import CONTACT_WORDS, Contact, TypedContact, check_contact
from domain.forms import FormProblems
from domain.kinds import Language
from domain.refusals import Words
from domain.tables import (
    EMPTY,
    MANY_CELLS,
    MAX_TABLE_BYTES,
    Fault,
    TableRefused,
    bare,
    cell_value,
    has_more,
    table_rows,
)

MAX_TABLE_LINES = 10_000
_LANGUAGES = {
    "": Language.JA, "日本語": Language.JA, "ja": Language.JA, "japanese": Language.JA,
    "英語": Language.EN, "en": Language.EN, "english": Language.EN,
}  # fmt: skip

NO_HEAD = Words(
    "1行目に見出しがありません。「氏名」と「メールアドレス」の列が必要です。ひな形をお使いください。",
    "The first line has no headings. The columns Name and Mail address are needed; use the "
    "template.",
)
TOO_LARGE = Words(
    f"ファイルが大きすぎます。{MAX_TABLE_BYTES // 2**20} MB、{MAX_TABLE_LINES:,}行までに"
    "分けてください。",
    f"The file is too large. Split it: {MAX_TABLE_BYTES // 2**20} MB and {MAX_TABLE_LINES:,} "
    "lines at most.",
)
TWICE_IN_FILE = Words(
    "同じメールアドレスと氏名の行が、ファイルの中にもう1行あります。",
    "Another line of the file has the same address and name.",
)
_LANGUAGE = Words("「日本語」か「英語」と入力してください。", "Write Japanese or English.")


@dataclass(frozen=True)
class TableLine:
    """A sound line."""

    line: int
    contact: Contact

    @property
    def key(self) -> tuple[str, str]:
        """Whoever has the same address and the same name is the same person."""
        return self.contact.mail_even, self.contact.person_even


@dataclass
class Table:
    """All of a file."""

    columns: tuple[str, ...]
    """What the file speaks of; the rest of a known contact stays as it is."""
    unknown: tuple[str, ...] = ()
    """Headings that mean nothing here."""
    lines: list[TableLine] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_table(data: bytes) -> Table:
    """Raises TableRefused. The first line that a spreadsheet shows is number 1."""
    if len(data) > MAX_TABLE_BYTES:
        raise TableRefused(TOO_LARGE)
    rows = table_rows(data)
    _, head = next(rows, (0, []))
    names = [_column(cell) for cell in head]
    if not {"name", "mail"} <= set(names):
        raise TableRefused(NO_HEAD)
    table = Table(
        columns=tuple(dict.fromkeys(name for name in names if name)),
        unknown=tuple(
            cell.strip()[:40]
            for cell, name in zip(head, names, strict=True)
            if not name and cell.strip()
        ),
    )
    filled = ((number, cells) for number, cells in rows if any(cell.strip() for cell in cells))
    for number, cells in islice(filled, MAX_TABLE_LINES + 1):
        _take(table, number, names, cells)
    if len(table.lines) + len({fault.line for fault in table.faults}) > MAX_TABLE_LINES:
        raise TableRefused(TOO_LARGE)
    if not table.lines and not table.faults:
        raise TableRefused(EMPTY)
    table.faults = sorted([*table.faults, *_repeated(table)], key=lambda fault: fault.line)
    return table


def _column(heading: str) -> str:
    """Which value a heading means; empty: none."""
    return _HEADINGS.get(bare(heading), "")


_HEADINGS = {
    bare(heading): name for name, words in CONTACT_WORDS.items() for heading in (words.ja, words.en)
}


def _take(table: Table, number: int, names: list[str], cells: list[str]) -> None:
    if has_more(names, cells):
        table.faults.append(Fault(number, "", MANY_CELLS))
        return
    values = {name: cell_value(cell) for name, cell in zip(names, cells, strict=False) if name}
    wrong: dict[str, Words] = {}
    language = _LANGUAGES.get(bare(values.get("language", "")))
    if language is None:
        wrong["language"] = _LANGUAGE
    values["language"] = (language or Language.JA).value
    try:
        contact = check_contact(TypedContact(**values))
    except FormProblems as found:
        wrong |= found.problems
    if wrong:
        table.faults += [
            Fault(number, name, wrong[name]) for name in CONTACT_WORDS if name in wrong
        ]
        return
    table.lines.append(TableLine(number, contact))


def _repeated(table: Table) -> list[Fault]:
    """Lines about somebody of whom an earlier line speaks."""
    seen: set[tuple[str, str]] = set()
    found = []
    for line in table.lines:
        if line.key in seen:
            found.append(Fault(line.line, "mail", TWICE_IN_FILE))
        seen.add(line.key)
    return found


def merged_with(before: Contact, line: TableLine, columns: tuple[str, ...]) -> Contact:
    """What is known, with the values of the columns that the file has."""
    values: Mapping[str, object] = before.as_json() | {
        name: value for name, value in line.contact.as_json().items() if name in columns
    }
    return Contact(**{name: str(value) for name, value in values.items()})
