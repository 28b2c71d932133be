"""Lets `musubi verify` judge the finished files, in a process of its own and offline."""

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from cli.selftest.patience import SelftestFailed
from cli.selftest.result import EnvelopeResult, FinishedFile
from domain.events import GENESIS, event_hash

VERIFY_SECONDS = 300
WANTED_LEVEL = "B-LTA"


@dataclass(frozen=True)
class VerifyCommand:
    """How the command is called; `options` name what it trusts."""

    options: tuple[str, ...] = ()

    def run(self, files: list[Path]) -> list[dict[str, Any]]:
        """One report per file. Raises SelftestFailed when the command has no answer."""
        command = [sys.executable, "-m", "cli.main", "verify", "--json", *self.options]
        done = subprocess.run(  # noqa: S603 - our own command
            [*command, *map(str, files)],
            capture_output=True, text=True, timeout=VERIFY_SECONDS, check=False,
        )  # fmt: skip
        try:
            reports: list[dict[str, Any]] = json.loads(done.stdout)["files"]
        except (ValueError, KeyError, TypeError):
            words = (done.stderr or done.stdout).strip()[-300:]
            raise SelftestFailed(f"musubi verify ended with {done.returncode}: {words}") from None
        return reports


def judge(result: EnvelopeResult, verify: VerifyCommand, signers: int) -> None:
    """Fill `result.verified`. Raises SelftestFailed unless every file has one valid signature per
    signer, up to B-LTA."""
    for path, report in zip(result.finished, verify.run(result.finished), strict=True):
        result.verified.append(_finished(path, report))
    for row in result.verified:
        if row.verdict != "valid":
            raise SelftestFailed(f"{row.file} is {row.verdict}: {', '.join(row.problems)}")
        if row.signatures != signers:
            raise SelftestFailed(f"{row.file} has {row.signatures} signatures, not {signers}")
        if row.level != WANTED_LEVEL:
            raise SelftestFailed(f"{row.file} reached {row.level}, not {WANTED_LEVEL}")
    _compare_with_evidence(result, signers)


def _finished(path: Path, report: dict[str, Any]) -> FinishedFile:
    signatures = [row for row in report["signatures"] if row["kind"] == "signature"]
    levels = {str(row["level"]) for row in signatures}
    return FinishedFile(
        file=path.name,
        verdict=str(report["verdict"]),
        level=min(levels, key=_rank, default="none"),
        signatures=len(signatures),
        sha256=str(report["sha256"]),
        problems=tuple(str(problem["code"]) for problem in report["problems"]),
    )


def _rank(level: str) -> int:
    order = ("none", "B-B", "B-T", "B-LT", "B-LTA")
    return order.index(level) if level in order else 0


def check_ledger(events: list[dict[str, Any]]) -> None:
    """Recompute the chain of an envelope's events. Raises SelftestFailed at the first gap."""
    previous = GENESIS
    for position, event in enumerate(events, start=1):
        computed = event_hash(
            previous=previous,
            sequence=position,
            tag=event["tag"],
            at=datetime.fromisoformat(event["at"]),
            envelope_id=UUID(event["envelope"]),
            actor=event["actor"],
            data=event["data"],
        )
        if (event["sequence"], event["hash"]) != (position, computed):
            raise SelftestFailed(f"the ledger's chain breaks at event {position}, {event['tag']}")
        previous = computed
    if not events:
        raise SelftestFailed("evidence.json holds no ledger")


def _compare_with_evidence(result: EnvelopeResult, signers: int) -> None:
    """The evidence must name the very files that were handed over, and every act."""
    check_ledger(result.evidence.get("ledger", []))
    text = json.dumps(result.evidence)
    for row in result.verified:
        if row.sha256 not in text:
            raise SelftestFailed(f"evidence.json does not name the SHA-256 of {row.file}")
    for counts in result.mails:
        if counts.requests != 1 or counts.completions != 1:
            raise SelftestFailed(
                f"a signer got {counts.requests} requests and {counts.completions} completions"
            )
    accepted = [
        act
        for act in result.evidence.get("acts", [])
        if act.get("accepted") and act.get("kind") == "sign"
    ]
    if len(accepted) != signers:
        raise SelftestFailed(f"evidence.json names {len(accepted)} signing acts, not {signers}")
