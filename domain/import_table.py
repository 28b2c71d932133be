"""The index (CSV) of files that are imported together: which line speaks of which file.

Nothing is taken from a table that has a fault; each is told by its line and its column.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from domain.deal_words import RELATIONS, VALUE_WORDS
from domain.forms import FormProblems
from domain.imports import (
    IMPORT_WORDS,
    MAX_BATCH,
    WAY_WORDS,
    Judge,
    KindFields,
    TypedImport,
    Way,
    check_import,
)
from domain.kinds import Language
from domain.own_fields import TICKED, OwnField, OwnKind
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

FILE = Words("ファイル名", "File")
COLUMNS: dict[str, Words] = {
    "file": FILE,
    "title": IMPORT_WORDS["title"],
    "way": IMPORT_WORDS["way"],
    "received_on": VALUE_WORDS["received_on"],
    **{name: words for name, words in VALUE_WORDS.items() if name != "received_on"},
    "late_reason": IMPORT_WORDS["late_reason"],
}
"""In the order of the template; the names are those of TypedImport.flat, and `file`."""
NO_HEAD = Words(
    "1行目に見出しがありません。「ファイル名」「取引年月日」「取引先」「受領日」の列が必要です。"
    "ひな形をお使いください。",
    "The first line has no headings. The columns File, Date of the transaction, Partner and "
    "Received on are needed; use the template.",
)
TOO_LARGE = Words(
    f"ファイルが大きすぎます。{MAX_BATCH}行までに分けてください。",
    f"The file is too large. Split it: {MAX_BATCH} lines at most.",
)
NO_SUCH_FILE = Words(
    "このファイル名のPDFは、アップロードした中にありません。",
    "None of the uploaded PDFs has this name.",
)
NO_FILE = Words("ファイル名を入力してください。", "Enter the name of the file.")
TWICE = Words("同じファイル名の行が、前にあります。", "An earlier line has the same file.")
SAME_NAMES = Words(
    "同じ名前のPDFが2つ以上あります。名前を変えるか、1つを外してください。",
    "Several of the PDFs have this name. Rename or remove one.",
)
NO_LINE = Words(
    "この行のないPDFがあります：{names}", "These PDFs have no line in the table: {names}"
)
_RENEWS = Words("「あり」か「なし」で入力してください。", "Write yes or no.")
_RELATION = Words(
    "「変更契約」「本契約」「更新契約」「同じ案件」のどれかで入力してください。",
    "Write amends, main, renews or belongs.",
)
_WAY = Words("「電子データ」か「紙」で入力してください。", "Write electronic or paper.")
NOT_OF_KIND = Words(
    "この行の契約の種類には、この項目がありません。空欄にするか、契約の種類を直してください。",
    "The kind of contract in this line has no such field. Leave it empty, or mend the kind.",
)
_OWN = "own:"
"""Before a heading that is an own field's of some kind: which one says the line's kind."""
MAX_OFFERED = 60
"""Columns of own fields in a template: more are looked for by hand."""
_NAMES = 3
"""Of PDFs without a line that are named; the rest is a number."""

_YES = {"あり": "yes", "有": "yes", "yes": "yes", "1": "yes", "true": "yes", "○": "yes"}
_NO = {"": "", "なし": "", "無": "", "no": "", "0": "", "false": ""}
_WAYS = {"": Way.ELECTRONIC, "電子": Way.ELECTRONIC, "紙": Way.PAPER, "スキャン": Way.PAPER}
_RELATED = {
    "": "",
    "変更契約": "amends",
    "本契約": "main",
    "更新契約": "renews",
    "同じ案件": "belongs",
}


@dataclass
class ImportTable:
    """All of a file: what it says of which PDF."""

    unknown: tuple[str, ...] = ()
    """Headings that mean nothing here."""
    said: dict[str, TypedImport] = field(default_factory=dict)
    """By the name of the PDF, as it was uploaded."""
    faults: list[Fault] = field(default_factory=list)


def read_import_table(data: bytes, files: Sequence[str], judge: Judge) -> ImportTable:
    """`files` are the names of the PDFs. Raises TableRefused."""
    if len(data) > MAX_TABLE_BYTES:
        raise TableRefused(TOO_LARGE)
    rows = table_rows(data)
    _, head = next(rows, (0, []))
    names = [*_names(head, judge)]
    if "file" not in names:
        raise TableRefused(NO_HEAD)
    table = ImportTable(
        tuple(
            cell.strip()[:40]
            for cell, name in zip(head, names, strict=True)
            if not name and cell.strip()
        )
    )
    known, last = _by_name(files), 1
    for number, (last, cells) in enumerate(_filled(rows), start=1):
        if number > MAX_BATCH:
            raise TableRefused(TOO_LARGE)
        _take(table, last, names, cells, known, judge)
    if last == 1:
        raise TableRefused(EMPTY)
    _require_all(table, files)
    return table


def _names(head: Sequence[str], judge: Judge) -> Iterator[str]:
    """What each column is; "" where it means nothing here."""
    own = {bare(heading) for heading in own_headings(judge)}
    for cell in head:
        name = bare(cell)
        yield _HEADINGS.get(name, "") or (f"{_OWN}{name}" if name in own else "")


def own_headings(judge: Judge) -> list[str]:
    """How own fields of any kind are called, in both languages; without what every line has."""
    found = (
        heading
        for kind in judge.kinds.values()
        for field in kind.fields
        for heading in dict.fromkeys(field.label)
    )
    return [one for one in dict.fromkeys(found) if bare(one) not in _HEADINGS]


def offered_headings(judge: Judge, language: Language) -> list[str]:
    """Those that a template has behind the columns of every line; none where they are too many."""
    own = {*own_headings(judge)}
    found = dict.fromkeys(
        field.label.in_language(language) for kind in judge.kinds.values() for field in kind.fields
    )
    offered = [heading for heading in found if heading in own]
    return offered if len(offered) <= MAX_OFFERED else []


def template_rows(files: Sequence[str], words: Sequence[str]) -> Iterator[list[str]]:
    """The headings, and a line for each PDF with nothing but its name."""
    yield list(words)
    for name in files:
        yield [name, *("" for _ in words[1:])]


def _filled(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    return ((number, cells) for number, cells in rows if any(cell.strip() for cell in cells))


def _by_name(files: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """A table may leave `.pdf` away, and write letters in another form than the file system."""
    found: dict[str, list[str]] = {}
    for name in files:
        for key in dict.fromkeys((_even(name), _even(PurePath(name).stem))):
            found.setdefault(key, []).append(name)
    return found


def _even(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _take(  # noqa: PLR0913 - a line and what it is held against
    table: ImportTable,
    number: int,
    names: list[str],
    cells: list[str],
    known: Mapping[str, Sequence[str]],
    judge: Judge,
) -> None:
    if has_more(names, cells):
        table.faults.append(Fault(number, "", MANY_CELLS))
        return
    values = {name: cell_value(cell) for name, cell in zip(names, cells, strict=False) if name}
    file, wrong = _file(table, values.pop("file", ""), known)
    kind = judge.kind(values.get("kind", ""))
    typed = _typed(values | _own_of(kind, values, wrong), wrong)
    try:
        check_import(typed, PurePath(file or "x").stem, judge)
    except FormProblems as found:
        wrong = found.problems | wrong
    table.faults += [Fault(number, name, wrong[name]) for name in COLUMNS if name in wrong]
    own = {field.name: _heading(field, values) for field in kind.fields}
    table.faults += [
        Fault(number, own.get(name, name).removeprefix(_OWN), words)
        for name, words in wrong.items()
        if name not in COLUMNS
    ]
    if file is not None:
        table.said[file] = typed


def _file(
    table: ImportTable, said: str, known: Mapping[str, Sequence[str]]
) -> tuple[str | None, dict[str, Words]]:
    found = known.get(_even(said), ())
    if not said.strip():
        return None, {"file": NO_FILE}
    if not found:
        return None, {"file": NO_SUCH_FILE}
    if len(found) > 1:
        return None, {"file": SAME_NAMES}
    return found[0], ({"file": TWICE} if found[0] in table.said else {})


def _own_of(kind: KindFields, values: Mapping[str, str], wrong: dict[str, Words]) -> dict[str, str]:
    """What the line says of its kind's own fields, by their inputs."""
    found, left = dict[str, str](), {name for name in values if name.startswith(_OWN)}
    for one in kind.fields:
        for heading in dict.fromkeys(f"{_OWN}{bare(label)}" for label in one.label):
            if heading in left:
                left.remove(heading)
                found[one.name] = found.get(one.name) or values[heading]
        if one.kind is OwnKind.CHECK and one.name in found:
            found[one.name] = _ticked(one, found[one.name], wrong)
    wrong |= {name: NOT_OF_KIND for name in sorted(left) if values[name].strip()}
    return found


def _ticked(field: OwnField, cell: str, wrong: dict[str, Words]) -> str:
    text = bare(cell)
    if text not in _YES | _NO:
        wrong[field.name] = _RENEWS
    return TICKED if text in _YES else ""


def _heading(field: OwnField, values: Mapping[str, str]) -> str:
    """Of its column; the field's name where the table has none."""
    label = field.label
    said = (one for one in label if f"{_OWN}{bare(one)}" in values)
    return next(said, label.ja)


def _typed(values: dict[str, str], wrong: dict[str, Words]) -> TypedImport:
    """Words that a table has for what a form has boxes and lists for."""
    for name, known, words in (
        ("renews", _YES | _NO, _RENEWS),
        ("relation", _RELATED_WORDS, _RELATION),
        ("way", _WAY_TEXTS, _WAY),
    ):
        text = bare(values.get(name, ""))
        if text in known:
            values[name] = known[text]
        else:
            wrong[name] = words
            values.pop(name, None)
    return TypedImport.read(values)


_HEADINGS = {
    bare(heading): name for name, words in COLUMNS.items() for heading in (words.ja, words.en)
}
_WAY_TEXTS = {
    **{bare(text): way.value for text, way in _WAYS.items()},
    **{bare(text): way.value for way, words in WAY_WORDS.items() for text in (*words, way.value)},
}
_RELATED_WORDS = {
    **{bare(text): value for text, value in _RELATED.items()},
    **{bare(text): one.value for one, words in RELATIONS.items() for text in (*words, one.value)},
}


def _require_all(table: ImportTable, files: Sequence[str]) -> None:
    """A PDF that the table does not speak of is forgotten rather than meant."""
    silent = [name for name in files if name not in table.said]
    if table.faults or not silent:
        return
    more = len(silent) - _NAMES
    names = "、".join(silent[:_NAMES]) + (f" (+{more})" if more > 0 else "")
    table.faults.append(
        Fault(0, "file", Words(NO_LINE.ja.format(names=names), NO_LINE.en.format(names=names)))
    )
