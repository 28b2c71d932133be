"""What two people have deleted: its keys and bytes go."""

from temporalio import activity

from activities.boundary import beating, bounded
from domain.messages import DeletionOutcome, DeletionRef
from domain.ports.desks import DeletionDesk


class DeletionActivities:
    """Effects of deletions."""

    def __init__(self, desk: DeletionDesk) -> None:
        self._desk = desk

    @activity.defn
    @bounded
    def erase_bytes(self, deletion: DeletionRef) -> DeletionOutcome:
        """Remove whatever is left. A repeat goes on."""
        with beating():
            return DeletionOutcome(erased=self._desk.erase(deletion.deletion_id))
