"""提出用ZIP: which verification it waits for, and the ZIP itself."""

from temporalio import activity

from activities.boundary import beating, bounded
from domain.messages import DisclosurePlan, DisclosureRef
from domain.ports.disclosure import DisclosureDesk


class DisclosureActivities:
    """Effects of handing over what a search found."""

    def __init__(self, desk: DisclosureDesk) -> None:
        self._desk = desk

    @activity.defn
    @bounded
    def plan_disclosure(self, disclosure: DisclosureRef) -> DisclosurePlan:
        """The verification of its documents; nothing for one that needs none."""
        task = self._desk.task(disclosure.disclosure_id)
        return DisclosurePlan(run_id=task.run_id if task is not None else None)

    @activity.defn
    @bounded
    def pack_disclosure(self, disclosure: DisclosureRef) -> None:
        """From the first document to the last; a killed one begins anew, and is swept."""
        with beating():
            self._desk.pack(disclosure.disclosure_id)
