"""How a route goes on with a new version of its documents: from the first stage, everybody anew."""

from uuid import UUID

from domain.kinds import EnvelopeState, SlotState
from domain.messages import EnvelopePlan
from domain.route_state import RouteState, SlotRecord


def start_version(route: RouteState, plan: EnvelopePlan) -> None:
    """Version n+1 takes the place of n, in the same object: a decision that waits for its facts
    meanwhile is made on what holds afterwards.

    Answers stay remembered, so that no act is decided twice. Nobody is asked yet.
    """
    route.plan = plan
    route.slots = {
        slot.slot_id: SlotRecord(plan=slot) for stage in plan.stages for slot in stage.slots
    }
    route.state, route.stage_index = EnvelopeState.SENDING, -1
    route.next_reminder_at = route.reminded_until = None
    route.sent_back_by = route.resumed_by = None
    route.came_by = {}
    route.extended = False
    route.sequence = max(route.sequence, plan.sequence)


def version_is_ready(route: RouteState) -> None:
    """Its documents are prepared: the first stage may be asked."""
    route.correcting = None


def halt_version(route: RouteState) -> None:
    """Its documents could not be prepared. Nobody can act until the sender corrects again."""
    route.correcting = None
    route.plan = route.plan.model_copy(update={"unprepared": True})
    route.state = EnvelopeState.SENT_BACK


def concerned_ahead(route: RouteState) -> tuple[UUID, ...]:
    """Whom an earlier version concerned and who is asked later: they learn now that what they
    agreed to counts no more. Whoever is asked at once learns it with his request."""
    later = {
        person
        for slot in route.slots.values()
        if slot.state is SlotState.WAITING
        for person in slot.plan.participant_ids
    }
    now = {person for slot in route.asked for person in slot.plan.participant_ids}
    return tuple(person for person in route.plan.concerned if person in later - now)
