"""What an ended envelope still owes."""

from temporalio import activity

from activities.boundary import bounded
from domain.messages import EnvelopeRef
from domain.ports.closing import Aftermath, ClosingDesk


class ClosingActivities:
    """Reads rows; the effects are those of every other envelope."""

    def __init__(self, desk: ClosingDesk) -> None:
        self._desk = desk

    @activity.defn
    @bounded
    def aftermath(self, envelope: EnvelopeRef) -> Aftermath:
        """What is left to do after its end."""
        return self._desk.aftermath(envelope.envelope_id)
