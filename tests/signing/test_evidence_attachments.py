"""Attached files against the record: a swapped file, a swapped line, and a record that lies."""

import json
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.attachments import Attached, FileKind
from domain.evidence import values_sha256
from signing.evidence_attachments import FileState, attachments_hold, compare_files

DATA = b"%PDF-1.7 a certificate\n"
FILE = Attached(UUID(int=1), FileKind.PDF, "証明書.pdf", sha256(DATA).hexdigest(), len(DATA))


def _record() -> dict[str, Any]:
    values = {"f": FILE.text, "t": "東京"}
    return {
        "envelope": {"version": 1},
        "documents": [{"fields": [{"id": "f", "kind": "attachment"}, {"id": "t", "kind": "text"}]}],
        "acts": [
            {
                "id": "a",
                "kind": "sign",
                "accepted": True,
                "version": 1,
                "values": values,
                "values_sha256": values_sha256(values),
            }
        ],
        "attachments": [
            {
                "act": "a",
                "field": "f",
                "label": "印鑑証明書",
                "name": FILE.name,
                "kind": "pdf",
                "size": FILE.size,
                "sha256": FILE.sha256,
                "path": "添付/1 山田/証明書.pdf",
            }
        ],
    }


def test_a_record_as_it_was_written_holds() -> None:
    assert attachments_hold(_record())
    withheld = _record()
    withheld["acts"][0]["values"], withheld["attachments"] = None, []
    assert attachments_hold(withheld)
    del withheld["attachments"]
    assert attachments_hold(withheld)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("attachments", 0, "sha256"), "0" * 64),
        (("attachments", 0, "name"), "other.pdf"),
        (("attachments", 0, "field"), "t"),
        (("attachments",), []),
        (("acts", 0, "accepted"), False),
    ],
)
def test_a_list_that_the_acts_do_not_bear_out_is_told(path: tuple[Any, ...], value: Any) -> None:
    record = _record()
    place: Any = record
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert not attachments_hold(record)


def test_values_that_are_not_the_acts_own_are_no_record() -> None:
    record = _record()
    forged = deepcopy(record["acts"][0]["values"])
    forged["f"] = Attached(FILE.id, FILE.kind, FILE.name, "0" * 64, 5).text
    record["acts"][0]["values"] = forged
    record["attachments"][0] |= {"sha256": "0" * 64, "size": 5}
    with pytest.raises(ValueError, match="a"):
        attachments_hold(record)


def test_files_beside_the_record_are_compared(tmp_path: Path) -> None:
    record = _record()
    [report] = compare_files(record, tmp_path)
    assert report.state is FileState.ABSENT
    file = tmp_path / record["attachments"][0]["path"]
    file.parent.mkdir(parents=True)
    file.write_bytes(DATA)
    assert compare_files(record, tmp_path)[0].state is FileState.SAME
    file.write_bytes(b"swapped")
    assert compare_files(record, tmp_path)[0].state is FileState.DIFFERS


def test_a_record_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(DATA)
    inside = tmp_path / "inside"
    inside.mkdir()
    for path in ("../secret", str(tmp_path / "secret")):
        record = json.loads(json.dumps(_record()))
        record["attachments"][0]["path"] = path
        assert compare_files(record, inside)[0].state is FileState.ABSENT
