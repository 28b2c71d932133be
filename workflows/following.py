"""What follows from an answered act besides the route, and from taking an envelope over."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.envelopes import EnvelopeActivities
    from domain.kinds import FILLING_ACTS, ActKind, EnvelopeState, NoticeKind, SlotState
    from domain.messages import ActFacts, EnvelopeRef, LinkRenewal
    from domain.route import Route, Verdict
    from workflows import steps
    from workflows.telling import Telling

NOTICE_OF_ACT = {
    ActKind.REMIND: NoticeKind.REMINDER,
    ActKind.REREQUEST: NoticeKind.REQUEST,
    ActKind.READDRESS: NoticeKind.REQUEST,
    ActKind.FRESH_LINK: NoticeKind.REQUEST,
}
NAMING_ACTS = frozenset({ActKind.HAND_OVER, ActKind.DEPUTISE})
"""Acts after which somebody else is asked, instead or besides."""
NEW_LINK = frozenset({ActKind.REREQUEST, ActKind.READDRESS, ActKind.FRESH_LINK})
"""Acts after which the mail carries a new link."""


def take_over(route: Route, telling: Telling) -> None:
    """An earlier workflow of this envelope is gone: go on from what its rows say."""
    route.remind(workflow.now())  # what was due before was sent before
    asked = [person for slot in route.asked for person in slot.plan.participant_ids]
    if route.state is EnvelopeState.SENT_BACK and route.sent_back_by:
        telling.act(NoticeKind.SENT_BACK, (), route.sent_back_by)
        return
    if route.resumed_by and not route.ended:
        telling.act(NoticeKind.RESUMED, asked, route.resumed_by)
    if route.correcting is not None or route.returning is not None:
        return  # they hear of the new version, or of the sending back, instead
    if route.waiting_gate is not None:
        telling.gate(route.waiting_gate)
    elif route.stage is not None and not route.ended:
        named = route.came_by.keys()
        telling.asked(route, route.stage, [person for person in asked if person not in named])
    for person in asked:
        if person in route.came_by:
            telling.successor(route, person, route.came_by[person])


async def follow_up(
    envelope: EnvelopeRef, route: Route, telling: Telling, facts: ActFacts, verdict: Verdict
) -> None:
    """What an accepted act sets going besides the route."""
    if not verdict.answer.accepted:
        return None
    if facts.kind in FILLING_ACTS:
        return telling.released(route, facts)
    if facts.kind in NAMING_ACTS and facts.successor_id:
        return telling.successor(route, facts.successor_id, facts.act_id)
    if facts.kind is ActKind.SEND_BACK:
        return telling.act(NoticeKind.SENT_BACK, (), facts.act_id)
    if facts.kind is ActKind.RESUME:
        people = [person for slot in route.asked for person in slot.plan.participant_ids]
        return telling.act(NoticeKind.RESUMED, people, facts.act_id)
    return await _steer(envelope, route, telling, facts)


async def _steer(envelope: EnvelopeRef, route: Route, telling: Telling, facts: ActFacts) -> None:
    """One person is asked again, by the sender or because he wants a new link himself."""
    record = route.record_of(facts.slot_id)
    if record is None or facts.kind not in NOTICE_OF_ACT:
        return
    # Whose address was corrected before his turn is asked there when it comes. If it came while
    # the answer was written, the request may have gone to the old address.
    if record.state is SlotState.WAITING:
        return
    # Likewise while everything stands still: the old link has died with the answer, and what
    # follows the sender's decision takes the new one there.
    stands = route.state is EnvelopeState.SENT_BACK and facts.kind is ActKind.READDRESS
    if stands and workflow.patched("address-while-sent-back"):
        return
    people = record.plan.participant_ids
    if facts.about_id in people:
        people = (facts.about_id,)
    if facts.kind in NEW_LINK:
        renewal = LinkRenewal(
            envelope_id=envelope.envelope_id, act_id=facts.act_id, participant_ids=people
        )
        await steps.rows(EnvelopeActivities.renew_links, renewal)
    telling.steered(NOTICE_OF_ACT[facts.kind], people, facts.act_id)
