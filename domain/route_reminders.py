"""When people of the open stage are reminded: from the day each of them was asked; who may open a
gate, from the day on which the route came to it."""

from datetime import datetime
from uuid import UUID

from domain.calendar import next_reminder
from domain.kinds import EnvelopeState
from domain.messages import StagePlan
from domain.route_state import RouteState, SlotRecord


def earliest(route: RouteState) -> datetime | None:
    """The next reminder of anyone who is still asked; pages show the date."""
    halted = route.correcting is not None or route.returning is not None
    if route.state is EnvelopeState.SENT_BACK or halted:
        return None
    moments = (
        _moment_of(route, slot, person)
        for slot in route.asked
        for person in slot.plan.participant_ids
    )
    known = (*moments, _moment_of_gate(route))
    return min((moment for moment in known if moment is not None), default=None)


def due(route: RouteState, now: datetime) -> tuple[UUID, ...]:
    """Everyone whose own day has come, each once, in the order of the plan."""
    found = (
        person
        for slot in route.asked
        for person in slot.plan.participant_ids
        if _has_come(_moment_of(route, slot, person), now)
    )
    return tuple(dict.fromkeys(found))


def gate_due(route: RouteState, now: datetime) -> StagePlan | None:
    """The gate that stayed closed until its day came."""
    return route.waiting_gate if _has_come(_moment_of_gate(route), now) else None


def due_by_place(route: RouteState, now: datetime) -> tuple[UUID, ...]:
    """Everyone of a place whose day has come: how it was counted before people had their own."""
    found = (
        person
        for slot in route.asked
        if _has_come(_moment(route, slot.asked_at), now)
        for person in slot.plan.participant_ids
    )
    return tuple(dict.fromkeys(found))


def _moment_of(route: RouteState, slot: SlotRecord, person: UUID) -> datetime | None:
    """The next reminder of one candidate, or None."""
    return _moment(route, slot.came_at.get(person, slot.asked_at))


def _moment_of_gate(route: RouteState) -> datetime | None:
    return _moment(route, route.gate_reached_at) if route.waiting_gate is not None else None


def _moment(route: RouteState, asked_at: datetime | None) -> datetime | None:
    if asked_at is None:
        return None
    stage = route.stage
    own = stage.reminder_days if stage is not None else None
    return next_reminder(
        asked_at,
        route.plan.reminder_days if own is None else own,
        route.deadline_at,
        route.plan.zone,
        max(route.reminded_until or asked_at, asked_at),
    )


def _has_come(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now
