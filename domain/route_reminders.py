"""When people of the open stage are reminded: from the day each of them was asked."""

from datetime import datetime

from domain.calendar import next_reminder
from domain.kinds import EnvelopeState
from domain.route_state import RouteState, SlotRecord


def earliest(route: RouteState) -> datetime | None:
    """The next reminder of anyone who is still asked; pages show the date."""
    if route.state is EnvelopeState.SENT_BACK or route.correcting is not None:
        return None
    moments = (moment_of(route, slot) for slot in route.asked)
    return min((moment for moment in moments if moment is not None), default=None)


def moment_of(route: RouteState, slot: SlotRecord) -> datetime | None:
    """The next reminder of one slot, or None."""
    if slot.asked_at is None:
        return None
    return next_reminder(
        slot.asked_at,
        route.plan.reminder_days,
        route.deadline_at,
        route.plan.zone,
        max(route.reminded_until or slot.asked_at, slot.asked_at),
    )
