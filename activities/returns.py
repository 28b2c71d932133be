"""Sendings back to a stage: the rows of what is asked anew."""

from temporalio import activity

from activities.boundary import bounded
from domain.messages import EnvelopePlan, ReturnOrder
from domain.ports.returns import ReturnDesk


class ReturnActivities:
    """Effects of sendings back."""

    def __init__(self, desk: ReturnDesk) -> None:
        self._desk = desk

    @activity.defn
    @bounded
    def begin_round(self, order: ReturnOrder) -> EnvelopePlan:
        """The stage and those after it get new places."""
        return self._desk.begin_round(order.envelope_id, order.act_id)
