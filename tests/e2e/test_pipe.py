"""Whole envelopes through a whole stack: what `musubi selftest` promises."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.selftest.judge import VerifyCommand
from cli.selftest.result import Summary
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from tests.e2e.conftest import Carry, carry_through


@pytest.fixture(scope="module")
def carried(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """Two signers in parallel, three documents."""
    out = tmp_path_factory.mktemp("carried")
    return carry_through(stack, out, signers=2, order="parallel", documents=3)


def test_an_envelope_goes_from_upload_to_verified_archived_files(carried: Summary) -> None:
    assert carried.passed, carried.text()
    (envelope,) = carried.envelopes
    assert [row.signatures for row in envelope.verified] == [2, 2, 2]
    assert {row.level for row in envelope.verified} == {"B-LTA"}
    assert envelope.state == "done"


def test_two_sign_one_after_the_other(carry: Carry) -> None:
    summary = carry(signers=2)
    assert summary.passed, summary.text()
    assert [row.signatures for row in summary.envelopes[0].verified] == [2]


def test_the_reason_names_person_address_and_time_with_zone(carried: Summary, stack: Stack) -> None:
    (envelope,) = carried.envelopes
    roots = str(stack.home.trust / "roots.pem")
    report, *_ = VerifyCommand(("--trust", roots)).run(envelope.finished)
    signature = next(row for row in report["signatures"] if row["kind"] == "signature")
    assert re.fullmatch(
        r"(山田|佐藤) 太郎様 signer[12]\.\S+@selftest\.example が"
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+09:00 JSTに承認しました",
        signature["reason"],
    )
    assert signature["location"] == "日本"
    assert signature["time_source"] == "timestamp"


def test_refused_files_are_listed_with_their_codes_and_the_others_go_on(
    carry: Carry, tmp_path: Path
) -> None:
    (good,) = write_samples(tmp_path / "good", 1)
    text, empty = tmp_path / "note.pdf", tmp_path / "empty.pdf"
    text.write_text("これはPDFではありません。", encoding="utf-8")
    empty.write_bytes(b"")
    summary = carry(good, text, empty, each=True, jobs=2)
    assert summary.passed, summary.text()
    assert {row.file: row.code for row in summary.refused} == {
        "note.pdf": "not_a_pdf",
        "empty.pdf": "empty_file",
    }
    assert sum(len(envelope.verified) for envelope in summary.envelopes) == 1


def test_a_finished_file_that_was_touched_is_not_valid(
    carried: Summary, stack: Stack, tmp_path: Path
) -> None:
    (envelope,) = carried.envelopes
    touched = tmp_path / "touched.pdf"
    data = bytearray(envelope.finished[0].read_bytes())
    data[len(data) // 3] ^= 1
    touched.write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "verify", "--trust",
         str(stack.home.trust / "roots.pem"), str(touched)],
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode in {1, 2}


def test_evidence_names_the_files_the_acts_and_their_method(carried: Summary) -> None:
    (envelope,) = carried.envelopes
    evidence = envelope.evidence
    hashes = {revision["sha256"] for row in evidence["documents"] for revision in row["revisions"]}
    assert hashlib.sha256(envelope.finished[0].read_bytes()).hexdigest() in hashes
    assert [act["evidence"]["method"] for act in evidence["acts"]] == ["link", "link"]
    assert all(act["posted_at"].endswith("Z") for act in evidence["acts"])
