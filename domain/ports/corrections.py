"""What activities ask of storage/ about corrections. Every method is one transaction and may be
repeated safely."""

from typing import Protocol
from uuid import UUID

from domain.messages import CorrectionHalt, EnvelopePlan


class CorrectionDesk(Protocol):
    """The rows of a new version."""

    def begin_version(self, envelope_id: UUID, act_id: UUID) -> EnvelopePlan:
        """Rows of version n+1 take the place of those of n; its plan."""

    def halt(self, halt: CorrectionHalt) -> None:
        """The new version could not be prepared: everything stands still."""
