"""What keeping time-stamps provable asks of storage/."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.stamp_proofs import Datum, Further, Owed, Stamped


class ProofDesk(Protocol):
    """What keeps the time-stamps of imports and consents provable."""

    def owed(self, kind: Stamped, subject_id: UUID) -> Owed | None:
        """What is to be done for its time-stamp; None for nothing, and where there is none."""

    def keep(self, owed: Owed, data: Sequence[Datum], ends_at: datetime, at: datetime) -> None:
        """Of the newest token's authority, whose certificate ends then, and when somebody looks
        again. Data that are kept already stay."""

    def renewed(self, owed: Owed, further: Further) -> None:
        """Keep a further token, unless another came before."""

    def look_again(self, owed: Owed, at: datetime | None) -> None:
        """Nothing was to be done now; None: never."""
