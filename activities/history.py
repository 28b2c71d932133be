"""The workflow's own history, decoded and kept in the vault: Temporal's retention is no archive."""

from collections.abc import Callable

from temporalio import activity

from activities.boundary import bounded
from domain.messages import EnvelopeRef
from domain.ports.desks import EnvelopeDesk

HistoryReader = Callable[[str, str], bytes]
"""(workflow id, run id) -> decoded history as UTF-8 JSON."""


class HistoryActivities:
    """Effects on workflow histories."""

    def __init__(self, desk: EnvelopeDesk, read_history: HistoryReader) -> None:
        self._desk = desk
        self._read_history = read_history

    @activity.defn
    @bounded
    def keep_history(self, envelope: EnvelopeRef) -> None:
        """Store the history up to this step."""
        info = activity.info()
        if info.workflow_id is None or info.workflow_run_id is None:
            raise AssertionError  # only workflows call this
        history = self._read_history(info.workflow_id, info.workflow_run_id)
        self._desk.keep_history(envelope.envelope_id, history)
