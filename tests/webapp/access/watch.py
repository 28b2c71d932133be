"""Sees every write to the town's database, and takes it back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.webapp.access.town import Town


class Watch:
    """Sees every write to the database, and puts back what was there before."""

    def __init__(self, file: Path) -> None:
        self._live = sqlite3.connect(file)
        self._kept = sqlite3.connect(":memory:")
        self._live.backup(self._kept)
        self._rows = self._dump(self._kept)
        self._version = self._data_version()

    def changed(self) -> dict[str, set[str]]:
        """Tables that differ from the start, each with the columns that differ (`+`, `-`: whole
        rows); the start is put back."""
        return self.written()[0]

    def written(self) -> "tuple[dict[str, set[str]], Cells]":
        """The same, and every value that was written."""
        if self._data_version() == self._version:
            return {}, {}
        after = self._dump(self._live)
        found, cells = _differences(self._rows, after), _cells(self._rows, after)
        self._kept.backup(self._live)
        self._version = self._data_version()
        return found, cells

    def wrote(self) -> bool:
        """Whether anything was written since the start was there."""
        return self._data_version() != self._version

    def undo(self) -> None:
        """Put the start back without a look at what differs, which takes longer than most
        requests."""
        if self.wrote():
            self._kept.backup(self._live)
            self._version = self._data_version()

    def close(self) -> None:
        """Let go of the files."""
        self._live.close()
        self._kept.close()

    def _data_version(self) -> int:
        return int(self._live.execute("PRAGMA data_version").fetchone()[0])

    def _dump(self, base: sqlite3.Connection) -> "Rows":
        # What has no number of SQLite's is what triggers keep of other rows.
        numbered = "type = 'table' AND sql NOT LIKE '%WITHOUT ROWID%'"
        with closing(base.execute(f"SELECT name FROM sqlite_master WHERE {numbered}")) as names:  # noqa: S608 - our words
            tables = [str(name) for (name,) in names if not str(name).startswith("sqlite_")]
        found: Rows = {}
        for table in tables:
            cursor = base.execute(f'SELECT rowid, * FROM "{table}"')  # noqa: S608 - our tables
            columns = [str(column[0]) for column in cursor.description]
            found[table] = {row[0]: dict(zip(columns, row, strict=True)) for row in cursor}
        return found


Rows = dict[str, dict[int, dict[str, object]]]
"""Tables, rows by SQLite's own number, columns."""


Cells = dict[tuple[str, str], set[str]]
"""Texts of the values that were written, by table and column."""


def _cells(before: Rows, after: Rows) -> Cells:
    found: Cells = {}
    for table, rows in after.items():
        for key, row in rows.items():
            old = before.get(table, {}).get(key)
            for name, value in row.items():
                if old is None or old[name] != value:
                    found.setdefault((table, name), set()).add(str(value))
    return found


def _differences(before: Rows, after: Rows) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for table, rows in after.items():
        old, marks = before.get(table, {}), set()
        if rows.keys() - old.keys():
            marks.add("+")
        if old.keys() - rows.keys():
            marks.add("-")
        for key in rows.keys() & old.keys():
            marks |= {name for name, value in rows[key].items() if old[key][name] != value}
        if marks:
            found[table] = marks
    return found


@contextmanager
def watching(town: Town) -> Iterator[Watch]:
    """The town's database under a watch."""
    watch = Watch(town.office.folder / "musubi.db")
    try:
        yield watch
    finally:
        watch.close()
