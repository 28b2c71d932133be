"""Files of ours against their evidence record: what the record knows that a signature cannot."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner

from cli.verify import verify
from domain.events import GENESIS, Event, event_hash, utc_text
from signing.evidence import EvidenceProblem, EvidenceReport, check_evidence
from signing.verify import Verdict
from tests.signing.alterations import Material, truncated
from tests.signing.conftest import Bench, field_names
from tests.signing.stamping import stamped

pytestmark = pytest.mark.local_sockets

ENVELOPE = UUID(int=7)
AT = datetime(2026, 11, 23, 7, 47, 4, tzinfo=UTC)
Record = dict[str, Any]


def _rows(revisions: list[bytes]) -> list[Record]:
    kinds = ["version", *["signature"] * (len(revisions) - 2), "archive"]
    return [
        {
            "version": 1,
            "number": number,
            "kind": kind,
            "sha256": sha256(data).hexdigest(),
            "size": len(data),
            "act": f"act-{number}" if kind == "signature" else None,
        }
        for number, (kind, data) in enumerate(zip(kinds, revisions, strict=True))
    ]


def _ledger(rows: list[Record], fields: list[str]) -> list[Record]:
    events: list[Record] = []
    signed = [row for row in rows if row["kind"] == "signature"]
    for position, (row, name) in enumerate(zip(signed, fields, strict=True), start=1):
        previous = events[-1]["hash"] if events else GENESIS
        data = {"sha256": row["sha256"], "field": name}
        tag = Event.SIGNATURE_STAMPED.value
        digest = event_hash(
            previous=previous, sequence=position, tag=tag, at=AT,
            envelope_id=ENVELOPE, actor="system", data=data,
        )  # fmt: skip
        events.append({
            "sequence": position, "tag": tag, "at": utc_text(AT), "actor": "system",
            "envelope": str(ENVELOPE), "data": data, "previous": previous, "hash": digest,
        })  # fmt: skip
    return events


def _act(number: int) -> Record:
    return {
        "id": f"act-{number}",
        "kind": "sign",
        "accepted": True,
        "participant": "p",
        "posted_at": utc_text(AT),
        "evidence": {"method": "link"},
    }


def record_of(revisions: list[bytes], fields: list[str]) -> Record:
    """What storage.evidence would write of one document that was signed and archived."""
    rows = _rows(revisions)
    person = {"id": "p", "name": "山田太郎", "mail": "taro@example.jp", "company": "結び商事"}
    return {
        "format": "musubi-evidence-1",
        "envelope": {"number": "1234567890"},
        "documents": [{"id": "d", "title": "契約書", "revisions": rows}],
        "participants": [person],
        "acts": [_act(row["number"]) for row in rows if row["act"]],
        "ledger": _ledger(rows, fields),
    }


@pytest.fixture
def record(bench: Bench) -> Record:
    return record_of(bench.revisions(2), field_names(2))


def compared(bench: Bench, data: bytes, record: Record) -> EvidenceReport:
    return check_evidence(data, bench.verify(data), record)


def test_the_finished_file_agrees_and_names_who_did_what(bench: Bench, record: Record) -> None:
    report = compared(bench, bench.revisions(2)[-1], record)
    assert report.good
    assert (report.envelope, report.title, report.kind) == ("1234567890", "契約書", "archive")
    assert [(act.field, act.name, act.method) for act in report.acts] == [
        ("FIELD_01", "山田太郎", "link"),
        ("FIELD_02", "山田太郎", "link"),
    ]


def test_an_earlier_revision_is_not_the_finished_document(bench: Bench, record: Record) -> None:
    material = Material(bench.revisions(2), b"", lambda digest: digest)
    for name, data in truncated(material):
        assert compared(bench, data, record).problems == (EvidenceProblem.INTERMEDIATE,), name


def test_a_renewed_file_agrees_and_so_does_the_one_before(bench: Bench) -> None:
    revisions = bench.revisions(2)
    renewed = revisions[-1] + bench.archiver.renew(revisions[-1], field_names(2))
    record = record_of(revisions, field_names(2))
    row = {"version": 1, "number": 4, "kind": "archive", "act": None}
    sums = {"sha256": sha256(renewed).hexdigest(), "size": len(renewed)}
    record["documents"][0]["revisions"].append(row | sums)
    assert compared(bench, renewed, record).good
    assert compared(bench, revisions[-1], record).good


def test_a_file_of_another_envelope_is_unknown(bench: Bench, record: Record) -> None:
    report = compared(bench, bench.revisions(1)[-1], record)
    assert report.problems == (EvidenceProblem.UNKNOWN_FILE,)


def test_a_timestamp_that_somebody_added_is_no_part_of_the_record(
    bench: Bench, record: Record
) -> None:
    """Every signature of the file holds; only the record knows that we did not write the end."""
    more = stamped(bench.revisions(2)[-1], lambda digest: bench.timestamps.stamp(digest).token)
    assert bench.verify(more).verdict is Verdict.VALID
    problems = compared(bench, more, record).problems
    assert problems == (EvidenceProblem.CONTINUED, EvidenceProblem.SIGNATURES_DIFFER)


def _other_prefix(record: Record) -> None:
    record["documents"][0]["revisions"][1]["sha256"] = "0" * 64


def _other_field(record: Record) -> None:
    record["ledger"] = _ledger(record["documents"][0]["revisions"], ["FIELD_02", "FIELD_01"])


def _signature_missing(record: Record) -> None:
    rows = record["documents"][0]["revisions"]
    record["documents"][0]["revisions"] = [row for row in rows if row["number"] != 2]


def _act_missing(record: Record) -> None:
    record["acts"].pop()


def _act_refused(record: Record) -> None:
    record["acts"][0]["accepted"] = False


def _decline(record: Record) -> None:
    record["acts"][0]["kind"] = "decline"


def _other_person(record: Record) -> None:
    record["participants"][0]["name"] = "別人"


def _passkey_unproven(record: Record) -> None:
    record["acts"][0]["evidence"]["method"] = "link+passkey"


def _other_event(record: Record) -> None:
    record["ledger"][0]["actor"] = "visitor"


def _event_removed(record: Record) -> None:
    del record["ledger"][0]


def _other_format(record: Record) -> None:
    record["format"] = "something-else"


def _no_documents(record: Record) -> None:
    del record["documents"]


def _odd_values(record: Record) -> None:
    record["documents"][0]["revisions"][0]["size"] = None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_other_prefix, EvidenceProblem.PREFIX_DIFFERS),
        (_other_field, EvidenceProblem.SIGNATURES_DIFFER),
        (_signature_missing, EvidenceProblem.SIGNATURES_DIFFER),
        (_act_missing, EvidenceProblem.ACT_MISSING),
        (_act_refused, EvidenceProblem.ACT_MISSING),
        (_decline, EvidenceProblem.ACT_MISSING),
        (_other_person, EvidenceProblem.TEXT_DIFFERS),
        (_passkey_unproven, EvidenceProblem.PASSKEY_UNPROVEN),
        (_other_event, EvidenceProblem.LEDGER_BROKEN),
        (_event_removed, EvidenceProblem.LEDGER_BROKEN),
        (_other_format, EvidenceProblem.NOT_A_RECORD),
        (_no_documents, EvidenceProblem.NOT_A_RECORD),
        (_odd_values, EvidenceProblem.NOT_A_RECORD),
    ],
)
def test_a_record_that_contradicts_the_file_is_noticed(
    bench: Bench, record: Record, change: Callable[[Record], None], problem: EvidenceProblem
) -> None:
    changed = deepcopy(record)
    change(changed)
    assert problem in compared(bench, bench.revisions(2)[-1], changed).problems


def test_the_command_compares_and_its_exit_status_says_so(
    bench: Bench, record: Record, tmp_path: Path
) -> None:
    revisions, evidence = bench.revisions(2), tmp_path / "evidence.json"
    whole, part = tmp_path / "whole.pdf", tmp_path / "part.pdf"
    whole.write_bytes(revisions[-1])
    part.write_bytes(revisions[-2])
    evidence.write_text(json.dumps(record), encoding="utf-8")
    options = ["--trust", str(bench.pki.files.roots), "--evidence", str(evidence)]
    good = CliRunner().invoke(verify, [str(whole), *options])
    assert good.exit_code == 0
    assert "証跡との照合: 1234567890  契約書" in good.output
    bad = CliRunner().invoke(verify, [str(part), *options, "--json"])
    assert bad.exit_code == 1
    problems = json.loads(bad.stdout)["files"][0]["evidence"]["problems"]
    assert [row["code"] for row in problems] == ["intermediate"]


def test_an_unreadable_record_is_an_error_of_its_own(bench: Bench, tmp_path: Path) -> None:
    options = ["--trust", str(bench.pki.files.roots), "--evidence", str(tmp_path / "none.json")]
    assert CliRunner().invoke(verify, [str(tmp_path / "x.pdf"), *options]).exit_code == 2


def _corrected(bench: Bench) -> tuple[list[bytes], Record]:
    """The record of an envelope whose one document was signed once and replaced then."""
    revisions = bench.revisions(2)
    record = record_of(revisions, field_names(2))
    rows = record["documents"][0]["revisions"]
    named = {"document": "d", "sha256": rows[0]["sha256"], "replacement": "e"}
    said: Record = {"act": "act-c", "from_version": 1, "version": 2, "documents": [named]}
    record["envelope"]["version"] = 2
    record["corrections"] = [dict(said)]
    record["acts"].append({"id": "act-c", "kind": "correct", "accepted": True})
    previous = record["ledger"][-1]
    position, tag = previous["sequence"] + 1, Event.ENVELOPE_CORRECTED.value
    digest = event_hash(
        previous=previous["hash"], sequence=position, tag=tag, at=AT,
        envelope_id=ENVELOPE, actor="system", data=said,
    )  # fmt: skip
    record["ledger"].append({
        "sequence": position, "tag": tag, "at": utc_text(AT), "actor": "system",
        "envelope": str(ENVELOPE), "data": said, "previous": previous["hash"], "hash": digest,
    })  # fmt: skip
    return revisions, record


def test_a_file_of_a_replaced_version_is_told_so_and_its_chain_still_checked(bench: Bench) -> None:
    revisions, record = _corrected(bench)
    report = compared(bench, revisions[-1], record)
    assert report.problems == (EvidenceProblem.SUPERSEDED,)
    assert (report.version, len(report.acts)) == (1, 2)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda record: record["corrections"].clear(),
        lambda record: record["corrections"][0].update(version=3),
        lambda record: record["acts"][-1].update(accepted=False),
        lambda record: record["documents"][0]["revisions"][0].update(sha256="0" * 64),
    ],
    ids=["hidden", "another version", "no accepted act", "another base"],
)
def test_corrections_that_contradict_ledger_or_documents_are_told(
    bench: Bench, tamper: Callable[[Record], object]
) -> None:
    revisions, record = _corrected(bench)
    changed = deepcopy(record)
    tamper(changed)
    assert EvidenceProblem.VERSIONS_DIFFER in compared(bench, revisions[-1], changed).problems
