"""What an envelope still owes after its end, when the workflow that ended it is gone."""

from typing import Protocol
from uuid import UUID

from pydantic import AwareDatetime

from domain.kinds import EnvelopeState
from domain.messages import Message


class Aftermath(Message):
    """What is left to do of an ended envelope."""

    state: EnvelopeState | None = None
    """How it ended; None where nothing is left."""
    tell: bool = False
    """Whether the mails about its end did not all go out."""
    act_id: UUID | None = None
    """The act that ended it."""
    download_until: AwareDatetime | None = None


class ClosingDesk(Protocol):
    """Reads what is left."""

    def aftermath(self, envelope_id: UUID) -> Aftermath:
        """Of an envelope that was sent and has ended; nothing of any other."""
