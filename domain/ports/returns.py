"""What activities ask of storage/ about sendings back. Every method is one transaction and may be
repeated safely."""

from typing import Protocol
from uuid import UUID

from domain.messages import EnvelopePlan


class ReturnDesk(Protocol):
    """The rows of stages that are asked anew."""

    def begin_round(self, envelope_id: UUID, act_id: UUID) -> EnvelopePlan:
        """New places take that of those from the stage on; the plan."""
