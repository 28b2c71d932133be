"""What the verification of a period asks of storage/ and signing/."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from domain.findings import Finding
from domain.verification import Judgement, LedgerFindings, ReportHead, ReportLine


@dataclass(frozen=True)
class CheckTask:
    """One document of a run that is not verified yet."""

    run_id: UUID
    position: int
    envelope_id: UUID
    document_id: UUID
    revision_id: UUID | None
    """None where the document has no stored revision, which is a finding."""


@dataclass(frozen=True)
class Stored:
    """What the vault gave back; `finding` says why there are no bytes."""

    data: bytes
    finding: Finding | None = None


@dataclass(frozen=True)
class Kept:
    """An envelope's evidence record, and whether its chain in the ledger reaches its head."""

    record: Mapping[str, Any] | None
    chained: bool


class VerificationDesk(Protocol):
    """A run's rows. Each method may be repeated."""

    def plan(self, run_id: UUID) -> int:
        """Write down every document of the period, once. How many are left; 0 for no such run."""

    def unchecked(self, run_id: UUID, limit: int) -> tuple[CheckTask, ...]:
        """The next documents, in order."""

    def read(self, task: CheckTask) -> Stored:
        """The document's bytes, held against their row."""

    def kept(self, envelope_id: UUID) -> Kept:
        """What the database says of an envelope."""

    def keep(self, task: CheckTask, judgement: Judgement) -> None:
        """The first judgement of a document stays."""

    def left(self, run_id: UUID) -> int:
        """Documents that are not verified yet."""

    def chains(self, run_id: UUID) -> LedgerFindings | None:
        """Recompute the chains; None for a run that is finished, or unknown."""

    def report(self, run_id: UUID, chains: LedgerFindings) -> tuple[ReportHead, list[ReportLine]]:
        """What the report says."""

    def finish(self, run_id: UUID, chains: LedgerFindings, report: bytes) -> None:
        """Keep the result and the report. The first one stays."""


class DocumentJudge(Protocol):
    """A document of ours, held against itself and against its envelope's record."""

    def judge(self, data: bytes, record: Mapping[str, Any], document_id: UUID) -> Judgement:
        """Any bytes get a judgement."""


class ReportMaker(Protocol):
    """The report as a PDF."""

    def make(self, head: ReportHead, lines: Iterator[ReportLine]) -> bytes:
        """Embedded fonts, A4."""
