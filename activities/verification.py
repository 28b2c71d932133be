"""期間検証: a period's documents, verified some at a time."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from temporalio import activity

from activities.boundary import beating, bounded
from domain.findings import Finding
from domain.messages import VerificationOutcome, VerificationRef
from domain.ports.verification import (
    CheckTask,
    DocumentJudge,
    Kept,
    ReportMaker,
    VerificationDesk,
)
from domain.verification import AT_ONCE, Judgement

STEP_SECONDS = 60.0
"""Of one step; then runs of other organisations have their turn."""


class VerificationActivities:
    """Effects of verifying what is kept."""

    def __init__(self, desk: VerificationDesk, judge: DocumentJudge, reports: ReportMaker) -> None:
        self._desk = desk
        self._judge = judge
        self._reports = reports

    @activity.defn
    @bounded
    def plan_verification(self, run: VerificationRef) -> VerificationOutcome:
        """Write down what is to be verified."""
        with beating():
            return VerificationOutcome(left=self._desk.plan(run.run_id))

    @activity.defn
    @bounded
    def verify_documents(self, run: VerificationRef) -> VerificationOutcome:
        """Verify the next documents. Each judgement is kept before the next one begins."""
        known: dict[UUID, Kept] = {}
        begun = time.monotonic()
        with beating():
            for task in self._desk.unchecked(run.run_id, AT_ONCE):
                if task.envelope_id not in known:
                    known = {task.envelope_id: self._desk.kept(task.envelope_id)}
                self._desk.keep(task, self._judged(task, known[task.envelope_id]))
                if time.monotonic() - begun > STEP_SECONDS or _ending():
                    break
            return VerificationOutcome(left=self._desk.left(run.run_id))

    @activity.defn
    @bounded
    def finish_verification(self, run: VerificationRef) -> None:
        """Verify the chains, and write the report."""
        with beating():
            chains = self._desk.chains(run.run_id)
            if chains is None:
                return
            head, lines = self._desk.report(run.run_id, chains)
            self._desk.finish(run.run_id, chains, self._reports.make(head, iter(lines)))

    def _judged(self, task: CheckTask, kept: Kept) -> Judgement:
        broken = () if kept.chained else (Finding.LEDGER_BROKEN,)
        stored = self._desk.read(task)
        if stored.finding is not None:
            return Judgement((stored.finding, *broken))
        record: Mapping[str, Any] = kept.record if kept.record is not None else {}
        found = self._judge.judge(stored.data, record, task.document_id)
        findings = tuple(dict.fromkeys((*broken, *found.findings)))
        return Judgement(findings, found.signatures, found.stamps, found.trial)


def _ending() -> bool:
    """The worker is told to end: another goes on behind what is kept."""
    return activity.in_activity() and activity.is_worker_shutdown()
