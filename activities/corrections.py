"""Corrections: the rows of a version that follows another."""

from temporalio import activity

from activities.boundary import bounded
from domain.messages import CorrectionHalt, CorrectionOrder, EnvelopePlan
from domain.ports.corrections import CorrectionDesk


class CorrectionActivities:
    """Effects of corrections."""

    def __init__(self, desk: CorrectionDesk) -> None:
        self._desk = desk

    @activity.defn
    @bounded
    def begin_version(self, order: CorrectionOrder) -> EnvelopePlan:
        """Version n+1 takes the place of n, with the same route."""
        return self._desk.begin_version(order.envelope_id, order.act_id)

    @activity.defn
    @bounded
    def halt_version(self, halt: CorrectionHalt) -> None:
        """Its documents could not be prepared."""
        self._desk.halt(halt)
