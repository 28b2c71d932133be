"""What the selftest calls passed, and what it does not let pass."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from cli.selftest.judge import VerifyCommand, check_ledger, judge
from cli.selftest.patience import Patience, SelftestFailed
from cli.selftest.result import EnvelopeResult, MailCount, RefusedFile, Summary
from domain.events import GENESIS, event_hash, utc_text

ENVELOPE = UUID(int=5)
AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def ledger(length: int) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    previous = GENESIS
    for sequence in range(1, length + 1):
        event: dict[str, Any] = {"tag": "act:accepted", "actor": "system", "data": {"n": sequence}}
        digest = event_hash(
            previous=previous, sequence=sequence, at=AT, envelope_id=ENVELOPE, **event
        )  # fmt: skip
        events.append(
            event | {"sequence": sequence, "at": utc_text(AT), "envelope": str(ENVELOPE),
                     "previous": previous, "hash": digest}
        )  # fmt: skip
        previous = digest
    return events


def report(**changes: object) -> dict[str, Any]:
    signature = {"kind": "signature", "level": "B-LTA"}
    stamp = {"kind": "timestamp", "level": "none"}
    whole = {"verdict": "valid", "problems": [], "sha256": "ab" * 32}
    return whole | {"signatures": [signature, signature, stamp]} | changes


class Verify(VerifyCommand):
    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__()
        object.__setattr__(self, "answer", answer)

    def run(self, files: list[Path]) -> list[dict[str, Any]]:
        return [self.answer for _ in files]  # type: ignore[attr-defined]  # set above


def finished(**changes: object) -> EnvelopeResult:
    acts = [{"kind": "sign", "accepted": True}] * 2
    evidence = {"ledger": ledger(3), "documents": ["ab" * 32], "acts": acts} | changes
    return EnvelopeResult(
        "envelope-0001", ["a.pdf"], finished=[Path("a.pdf")], evidence=evidence,
        mails=[MailCount(1, 1), MailCount(1, 1)],
    )  # fmt: skip


def test_a_whole_chain_and_one_signature_per_signer_pass() -> None:
    result = finished()
    judge(result, Verify(report()), signers=2)
    assert [row.signatures for row in result.verified] == [2]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (report(verdict="not_valid", problems=[{"code": "altered"}]), "not_valid: altered"),
        (report(signatures=[{"kind": "signature", "level": "B-LTA"}]), "has 1 signatures, not 2"),
        (report(signatures=[{"kind": "signature", "level": "B-LTA"}] * 3), "has 3 signatures"),
        (report(signatures=[{"kind": "signature", "level": "B-T"}] * 2), "reached B-T"),
        (report(sha256="cd" * 32), "does not name the SHA-256"),
    ],
)
def test_a_missing_doubled_or_weak_signature_fails(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(SelftestFailed, match=words):
        judge(finished(), Verify(wrong), signers=2)


def test_a_mail_that_came_twice_fails() -> None:
    result = finished()
    result.mails = [MailCount(1, 2), MailCount(1, 1)]
    with pytest.raises(SelftestFailed, match="2 completions"):
        judge(result, Verify(report()), signers=2)


def test_an_act_that_the_evidence_lacks_fails() -> None:
    with pytest.raises(SelftestFailed, match="0 signing acts"):
        judge(finished(acts=[]), Verify(report()), signers=2)


@pytest.mark.parametrize("change", ["data", "order", "gap", "empty"])
def test_a_broken_ledger_fails(change: str) -> None:
    events = ledger(4)
    if change == "data":
        events[1]["data"] = {"n": 99}
    elif change == "order":
        events[1], events[2] = events[2], events[1]
    else:
        events = [events[0], *events[2:]] if change == "gap" else []
    with pytest.raises(SelftestFailed, match="ledger"):
        check_ledger(events)


def test_a_refusal_is_no_failure_and_an_error_is(tmp_path: Path) -> None:
    refused = EnvelopeResult("one", ["a.pdf"], refused=[RefusedFile("a.pdf", "encrypted")])
    broken = EnvelopeResult("two", ["b.pdf"], error="gave up")
    assert Summary([refused], 1).passed
    assert not Summary([refused, broken], 1).passed
    assert not Summary([], 1).passed
    Summary([refused, broken], 1).write(tmp_path)
    written = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert written["counts"] == {
        "envelopes": 2, "failed": 1, "verified_files": 0, "refused_files": 1,
    }  # fmt: skip
    assert "encrypted" in (tmp_path / "summary.txt").read_text(encoding="utf-8")


def test_waiting_ends() -> None:
    with pytest.raises(SelftestFailed, match="waiting for nothing"):
        Patience(0.5).until("nothing", lambda: None)


def test_a_verify_command_without_an_answer_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(SelftestFailed, match="musubi verify ended"):
        VerifyCommand(("--no-such-option",)).run([tmp_path / "a.pdf"])
