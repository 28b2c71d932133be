"""Attached files of an evidence record: against the acts that name them, and against the files.

An act's values hold the hash, size, name and kind of each file that was handed in with it, and
`values_sha256` is in the act's event of the ledger. So whoever has the record alone can tell
whether a file is the one that was signed for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from domain.attachments import Attached, attached_of
from domain.evidence import values_sha256
from domain.kinds import ActKind, FieldKind
from domain.refusals import Words


class FileState(StrEnum):
    """What is known of one recorded file."""

    SAME = "same"
    DIFFERS = "differs"
    ABSENT = "absent"


FILE_WORDS = {
    FileState.SAME: Words("記録と一致します", "agrees with the record"),
    FileState.DIFFERS: Words(
        "記録と一致しません。署名のときに添付されたファイルではありません",
        "differs from the record: it is not the file that was signed for",
    ),
    FileState.ABSENT: Words("ここにはありません", "not here"),
}


@dataclass(frozen=True)
class FileReport:
    """One recorded file. `path` is as in the ZIP of everything."""

    path: str
    label: str
    sha256: str
    state: FileState


def attachments_hold(record: Mapping[str, Any]) -> bool:
    """Whether the list of attached files is what the acts of the current version say. A record of
    before there were any lists none. Raises KeyError, TypeError or ValueError for a record of
    another shape."""
    listed = {
        (row["act"], row["field"]): (row["name"], row["kind"], row["size"], row["sha256"])
        for row in record.get("attachments", [])
    }
    said = {
        key: (file.name, file.kind.value, file.size, file.sha256) for key, file in _said(record)
    }
    return listed == said


def _said(record: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Attached]]:
    asked = (field for row in record["documents"] for field in row.get("fields", []))
    kinds = {field["id"]: field["kind"] for field in asked}
    for act in record["acts"]:
        values = act.get("values")
        if not values or not _counts(act, record):
            continue  # nothing filled in, or not this reader's to see
        files = {
            key: value for key, value in values.items() if kinds.get(key) == FieldKind.ATTACHMENT
        }
        if files and values_sha256(values) != act["values_sha256"]:
            raise ValueError(act["id"])
        for key, value in files.items():
            yield (act["id"], key), attached_of(value)


def _counts(act: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    current = act["version"] == record["envelope"]["version"]
    return bool(act["kind"] == ActKind.SIGN and act["accepted"] is True and current)


def compare_files(record: Mapping[str, Any], folder: Path) -> tuple[FileReport, ...]:
    """The recorded files below `folder`; a path that leads out of it is not followed."""
    root = folder.resolve()
    found = []
    for row in record.get("attachments", []):
        file = (root / str(row["path"])).resolve()
        inside = file.is_relative_to(root) and file.is_file()
        state = FileState.ABSENT
        if inside:
            same = sha256(file.read_bytes()).hexdigest() == row["sha256"]
            state = FileState.SAME if same else FileState.DIFFERS
        found.append(FileReport(str(row["path"]), str(row["label"]), str(row["sha256"]), state))
    return tuple(found)
