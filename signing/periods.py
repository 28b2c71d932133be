"""A document that we keep, held against everything that is known of it.

Its own signatures and time-stamps (signing.verify), and the envelope's evidence record
(signing.evidence). Signatures that an upload brought along are not ours to vouch for: they were
judged at intake, and nobody here knows their authorities.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.events import utc_text
from domain.findings import Finding
from domain.verification import Judgement, Stamp
from signing.consents import consent_stamps
from signing.evidence import EvidenceProblem, EvidenceReport, check_evidence
from signing.imports import IMPORT, judge_import
from signing.pool import ChildPool
from signing.trust import TrustMaterial
from signing.verify import (
    DocumentReport,
    Level,
    SignatureReport,
    Verdict,
    problems_of,
    verify_file,
)

STAMPED = frozenset({Level.B_T, Level.B_LT, Level.B_LTA})
"""Levels that take a time-stamp which holds (EN 319 142-1)."""


class PoolJudge:
    """domain.ports.verification.DocumentJudge; the file is parsed in a child."""

    def __init__(
        self,
        pool: ChildPool,
        trust: TrustMaterial,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pool = pool
        self._trust = trust
        self._now = now

    def judge(self, data: bytes, record: Mapping[str, Any], document_id: UUID) -> Judgement:
        """Any bytes get a judgement. Raises ChildDied when no child could be started."""
        report = verify_file(data, self._pool, self._trust)
        if report.verdict is Verdict.UNREADABLE:
            # A child that the machine ended says nothing of the file: only a second one does.
            report = verify_file(data, self._pool, self._trust)
        if IMPORT in record:  # whose bytes count, whatever our reader makes of them
            evidence = check_evidence(data, report, record)
            return _with(judge_import(data, record, self._trust, self._now()), evidence)
        if report.verdict is Verdict.UNREADABLE:
            return Judgement((Finding.UNREADABLE,))
        evidence = check_evidence(data, report, record)
        ours = _ours(report, record, document_id)
        findings = [
            *_stamp_findings(ours),
            *(Finding(problem.value) for problem in problems_of(ours)),
            *_evidence_findings(evidence),
        ]
        consents = self._consents(record, document_id)
        if not all(stamp.good for stamp in consents):
            findings.append(Finding.STAMP_UNPROVEN)
        return Judgement(
            tuple(dict.fromkeys(findings)),
            sum(row.kind == "signature" for row in ours),
            (*consents, *_stamps(ours)),  # the archive's is the last
            report.trial,
        )

    def _consents(self, record: Mapping[str, Any], document_id: UUID) -> tuple[Stamp, ...]:
        """Of the parties' consents: with the first document, so that each is judged once."""
        first = next(
            (row["id"] for row in record.get("documents", ()) if not row.get("until_version")), None
        )
        if first != str(document_id):
            return ()
        return tuple(consent_stamps(record, self._trust, self._now()))


def _with(judgement: Judgement, evidence: EvidenceReport) -> Judgement:
    found = dict.fromkeys((*judgement.findings, *_evidence_findings(evidence)))
    return replace(judgement, findings=tuple(found))


def _evidence_findings(evidence: EvidenceReport) -> Iterator[Finding]:
    return (Finding(EvidenceProblem(problem).value) for problem in evidence.problems)


def _ours(
    report: DocumentReport, record: Mapping[str, Any], document_id: UUID
) -> tuple[SignatureReport, ...]:
    """What came after the bytes that the version began with; everything, where nobody knows."""
    base = _base_size(record, document_id)
    first = next(
        (number for number, row in enumerate(report.signatures) if row.covered > base),
        len(report.signatures),
    )
    return report.signatures[first:]


def _base_size(record: Mapping[str, Any], document_id: UUID) -> int:
    rows = [
        row
        for document in record.get("documents", ())
        if document["id"] == str(document_id)
        for row in document["revisions"]
        if row["kind"] == "version"
    ]
    return int(max(rows, key=lambda row: int(row["version"]))["size"]) if rows else 0


def _stamp_findings(ours: tuple[SignatureReport, ...]) -> Iterator[Finding]:
    signed = [row for row in ours if row.kind == "signature"]
    archived = bool(ours) and ours[-1].kind == "timestamp" and ours[-1].covers == "entire_file"
    if not archived or any(row.time_source != "timestamp" for row in signed):
        yield Finding.NOT_STAMPED
    if any(not stamp.good for stamp in _stamps(ours)):
        yield Finding.STAMP_UNPROVEN


def _stamps(ours: tuple[SignatureReport, ...]) -> Iterator[Stamp]:
    """The token of each signature, and the archive's. A signature that has a level above B-B was
    given it because its token's imprint, signature and chain hold."""
    for row in ours:
        stamped = row.at is not None and row.time_source == "timestamp"
        whole = row.good if row.kind == "timestamp" else stamped and row.level in STAMPED
        at = utc_text(row.at) if row.at is not None and stamped else ""
        yield Stamp(row.kind, row.field, at, row.stamped_by, whole)
