"""What the making of a ZIP for the tax office asks of storage/."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class DisclosureTask:
    """A ZIP that is not made yet, and the verification that comes before it."""

    run_id: UUID


class DisclosureDesk(Protocol):
    """Its rows and bytes. Each method may be repeated."""

    def task(self, disclosure_id: UUID) -> DisclosureTask | None:
        """What is left to do; None for one that is ready, given up, or unknown."""

    def pack(self, disclosure_id: UUID) -> None:
        """Make the ZIP, once its documents are verified. The first one stays; one that grows past
        the limit is given up."""
