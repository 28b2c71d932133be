"""What the people of an envelope are told by mail, and when.

Mail goes out beside the story: a slow server holds up nobody's signature. Each mail has an occasion
by which its rows know it, so that whichever workflow orders it, it goes out once.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.notices import NoticeActivities
    from domain import route_candidates
    from domain.kinds import ActKind, EnvelopeState, HindranceKind, NoticeKind
    from domain.limits import ACT_ANSWER_SECONDS
    from domain.messages import (
        REMINDING,
        ActFacts,
        EnvelopeRef,
        NoticeOrder,
        NoticeOutcome,
        StagePlan,
    )
    from domain.refusals import RefusalCode
    from domain.route import Route, Verdict
    from workflows import options, steps

NOTICE_OF_ENDING = {
    EnvelopeState.DONE: NoticeKind.COMPLETED,
    EnvelopeState.DECLINED: NoticeKind.DECLINED,
    EnvelopeState.WITHDRAWN: NoticeKind.WITHDRAWN,
    EnvelopeState.EXPIRED: NoticeKind.EXPIRED,
}

TOLD_OTHERWISE = frozenset({RefusalCode.ALREADY_ACTED, RefusalCode.NO_LONGER_NEEDED})
"""Refusals that need no mail of their own."""


class Telling:
    """Orders an envelope's mails, and knows which are on their way."""

    def __init__(self, envelope: EnvelopeRef) -> None:
        self._envelope = envelope
        self._errands: list[asyncio.Task[None]] = []

    @property
    def busy(self) -> bool:
        """Whether mails are on their way."""
        return bool(self._errands)

    async def finish(self) -> None:
        """Wait until none is."""
        while self._errands:
            await asyncio.gather(*list(self._errands))

    # -- stages --------------------------------------------------------------------------------

    def gate(self, stage: StagePlan) -> None:
        """Who may open the gate learns that the route has come to it."""
        self._order(NoticeKind.GATE_WAITING, f"stage:{stage.stage_id}", participant_ids=())

    def gate_again(self, now: datetime) -> None:
        """It is still closed."""
        occasion = f"{REMINDING}{now.date().isoformat()}"
        self._order(NoticeKind.GATE_WAITING, occasion, participant_ids=())

    def asked(self, route: Route, stage: StagePlan, people: Sequence[UUID]) -> None:
        """The request to everyone of a stage; who has his mail already gets no second one. Whom an
        earlier version concerned is told of the correction with it; whom a sending back asks once
        more, of that."""
        occasion = f"stage:{stage.stage_id}"
        if stage.returned_by is not None:
            self._order(
                NoticeKind.RETURNED,
                occasion,
                participant_ids=tuple(people),
                act_id=stage.returned_by,
            )
            return
        concerned = route.plan.concerned
        anew = tuple(person for person in people if person in concerned)
        first = tuple(person for person in people if person not in concerned)
        if first or not anew:
            self._order(NoticeKind.REQUEST, occasion, participant_ids=first)
        if anew:
            act_id = route.plan.corrected_by
            self._order(NoticeKind.CORRECTED, occasion, participant_ids=anew, act_id=act_id)

    def released(self, route: Route, facts: ActFacts) -> None:
        """When the rule of a stage is met, whoever was asked and did not act hears of it."""
        stage = route_candidates.stage_of(route, facts.slot_id) if facts.slot_id else None
        if stage is None or not route_candidates.rule_is_met(route, stage):
            return
        people = route_candidates.needless(route, stage)
        # Envelopes that were under way when this came told nobody: their history has no such mail.
        if people and workflow.patched("tell-released"):
            occasion = f"stage:{stage.stage_id}"
            self._order(NoticeKind.RELEASED, occasion, participant_ids=people, act_id=facts.act_id)

    def reminded(self, people: Sequence[UUID], now: datetime) -> None:
        """Everyone whose own day has come."""
        occasion = f"{REMINDING}{now.date().isoformat()}"
        self._order(NoticeKind.REMINDER, occasion, participant_ids=tuple(people))

    def ended(self, route: Route) -> None:
        """Everybody."""
        self.closed(route.state, route.ending_act_id)

    def closed(self, state: EnvelopeState, act_id: UUID | None) -> None:
        """The same, by what rows say of the end."""
        self._order(NOTICE_OF_ENDING[state], "end", act_id=act_id)

    # -- acts ----------------------------------------------------------------------------------

    def successor(self, route: Route, participant_id: UUID, act_id: UUID) -> None:
        """Who was named is asked, and the sender learns of it; a deputy is asked besides somebody,
        and the sender reads that on the envelope's page."""
        self.act(NoticeKind.REQUEST, (participant_id,), act_id)
        if participant_id not in route.plan.deputies:
            self.act(NoticeKind.HANDED_OVER, (), act_id)

    def act(self, kind: NoticeKind, people: Sequence[UUID], act_id: UUID) -> None:
        """What an act says to others."""
        self._order(kind, f"act:{act_id}", participant_ids=tuple(people), act_id=act_id)

    def steered(self, kind: NoticeKind, people: Sequence[UUID], act_id: UUID) -> None:
        """Somebody is asked again; the mail is the one that he had, not about an act."""
        self._order(kind, f"act:{act_id}", participant_ids=tuple(people))

    def late_refusal(self, facts: ActFacts, verdict: Verdict) -> None:
        """A person who was told 「受け付けました」 learns by mail that it came to nothing."""
        waited = workflow.now() - facts.posted_at
        if (
            verdict.answer.accepted
            or verdict.answer.refusal in TOLD_OTHERWISE
            or facts.participant_id is None
            or facts.kind is ActKind.FRESH_LINK  # he was promised nothing
            or waited < timedelta(seconds=ACT_ANSWER_SECONDS)
        ):
            return
        self.act(NoticeKind.ACT_REFUSED, (facts.participant_id,), facts.act_id)

    # -- on their way --------------------------------------------------------------------------

    def _order(self, kind: NoticeKind, occasion: str, **more: Any) -> None:  # noqa: ANN401 - fields of a message
        order = NoticeOrder(
            envelope_id=self._envelope.envelope_id, kind=kind, occasion=occasion, **more
        )
        task = asyncio.create_task(self._send(order))
        self._errands.append(task)
        task.add_done_callback(self._errands.remove)

    async def _send(self, order: NoticeOrder) -> None:
        try:
            outcome = await steps.trusted(NoticeActivities.send_notices, order, options.MAIL)
        except ActivityError:
            outcome = NoticeOutcome(failed=1)
        if outcome.failed:
            await steps.hinder(self._envelope, HindranceKind.OPERATOR, "mail_failed", begins=True)
