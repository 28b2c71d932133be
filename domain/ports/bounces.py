"""What the bounce loops ask of storage/: reports of mail that did not arrive."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.ports.notices import PendingNotice


class ReportAction(StrEnum):
    """What a report says of a mail (RFC 3464, 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"


@dataclass(frozen=True)
class DeliveryReport:
    """One delivery status notification, reduced to what is used. Nothing in it is believed
    beyond these fields."""

    action: ReportAction
    status: str = ""
    """RFC 3463 code such as `5.1.1`; empty when the report has none that can be read."""
    message_id: str | None = None
    """With angle brackets, from the returned headers."""


class BounceDesk(Protocol):
    """Reports become states of notices; each loss is told to the sender once."""

    def notice_of(self, message_id: str) -> UUID | None:
        """The notice that was mailed with this Message-ID."""

    def report(self, notice_id: UUID, report: DeliveryReport) -> bool:
        """Record it. True if it changed anything; unknown notices and repeats do not."""

    def untold(self, paused: Collection[UUID] = ()) -> tuple[PendingNotice, ...]:
        """Mails that no workflow sends and that were not sent yet, some of them; without those that
        are paused. What was tried least comes first, then the oldest."""

    def overdue(self, queued_before: datetime) -> tuple[UUID, ...]:
        """Mails that were queued before this moment and are still not sent."""

    def settle(self) -> int:
        """End hindrances whose lost mail matters no more. Returns how many."""
