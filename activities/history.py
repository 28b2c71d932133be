"""The workflow's own history, decoded and kept in the vault: Temporal's retention is no archive."""

from collections.abc import Callable
from dataclasses import dataclass

from temporalio import activity

from activities.boundary import bounded
from domain.messages import EnvelopeRef
from domain.ports.desks import EnvelopeDesk


@dataclass(frozen=True)
class RunHistory:
    """One run: decoded, as UTF-8 JSON; and the id of the run that it goes on from."""

    decoded: bytes
    before: str | None = None


HistoryReader = Callable[[str, str], RunHistory | None]
"""(workflow id, run id) -> its history; None where the server has it no more."""


class HistoryActivities:
    """Effects on workflow histories."""

    def __init__(self, desk: EnvelopeDesk, read_history: HistoryReader) -> None:
        self._desk = desk
        self._read_history = read_history
        self._earlier: dict[str, RunHistory] = {}
        """Runs that are over, while a chain is read: it may be too long for one try."""

    @activity.defn
    @bounded
    def keep_history(self, envelope: EnvelopeRef) -> None:
        """Store the history up to this step, with every run that this one goes on from: a long
        envelope begins a fresh history now and then."""
        info = activity.info()
        if info.workflow_id is None or info.workflow_run_id is None:
            raise AssertionError  # only workflows call this
        newest = self._read_history(info.workflow_id, info.workflow_run_id)
        if newest is None:
            raise LookupError(info.workflow_run_id)
        runs, before = [newest.decoded], newest.before
        read = []
        while before and (earlier := self._run(info.workflow_id, before)) is not None:
            read.append(before)
            runs.insert(0, earlier.decoded)
            before = earlier.before
        self._desk.keep_history(envelope.envelope_id, joined(runs))
        for run_id in read:
            self._earlier.pop(run_id, None)

    def _run(self, workflow_id: str, run_id: str) -> RunHistory | None:
        found = self._earlier.get(run_id) or self._read_history(workflow_id, run_id)
        if found is not None:
            self._earlier[run_id] = found
        return found


def joined(runs: list[bytes]) -> bytes:
    """Of one run its own JSON; of several `{"runs": [...]}`, oldest first."""
    if len(runs) == 1:
        return runs[0]
    return b'{"runs": [\n' + b",\n".join(runs) + b"\n]}"
