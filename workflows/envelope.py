"""An envelope from the day it is sent until its downloads are closed.

The workflow holds order and waiting; `domain.route` holds the rules; activities hold the effects.
A person's act arrives as an update that carries an id. The handler asks the rows for facts, lets
the route decide, records the answer and returns: signing happens afterwards, in `run`, one act
at a time, because each signature builds on the bytes of the one before.
"""

from datetime import timedelta
from typing import TypeGuard
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.acts import ActActivities, ActQuestion
    from activities.archiving import ArchivingActivities
    from activities.envelopes import EnvelopeActivities
    from activities.history import HistoryActivities
    from activities.preparation import PreparationActivities
    from activities.returns import ReturnActivities
    from activities.signing import SigningActivities
    from domain import (
        calendar,
        route_effects,
        route_reminders,
        route_returns,
        route_rules,
        route_versions,
    )
    from domain.kinds import ActKind, EnvelopeState, HindranceKind, NoticeKind
    from domain.messages import (
        ActAnswer,
        ActDecision,
        ActFacts,
        ActRef,
        AnsweredAct,
        Ending,
        EnvelopeRef,
        ReturnOrder,
        SignOrder,
        StageOpening,
        Untrusted,
    )
    from domain.names import SUBMIT_ACT, envelope_workflow_id
    from domain.refusals import RefusalCode
    from domain.route import EnvelopeStart, Route, Verdict
    from workflows import corrections, following, options, steps
    from workflows.telling import Telling

GRACE = timedelta(seconds=5)
"""An act posted in the last second is committed before the deadline is declared over."""


@workflow.defn
class EnvelopeWorkflow:
    """Carries one envelope through its life."""

    @workflow.init
    def __init__(self, start: EnvelopeStart | Untrusted | None = None) -> None:
        # Raising here would block the workflow's id; `run` refuses instead.
        self._start = start if _is_for_this_workflow(start) else None
        self._mails: Telling | None = None
        self._route: Route | None = self._start.carried if self._start else None
        self._returned = False
        self._recording = 0
        self._repeated: list[UUID] = []
        self._to_sign: list[Verdict] = []

    @workflow.run
    async def run(self, start: EnvelopeStart | Untrusted | None = None) -> EnvelopeState:
        """Prepare, collect acts, conclude, keep the documents ready, keep the history."""
        del start  # read by __init__, so that no handler ever sees a half-built object
        if self._start is None:
            message = "not started by this service"
            raise ApplicationError(message, non_retryable=True)
        if self._route is None and not await self._prepare():
            return EnvelopeState.DRAFT
        await self._collect_acts()
        await self._conclude()
        await self._await_download_end()
        await self._telling.finish()
        await steps.rows(HistoryActivities.keep_history, self._envelope)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._known_route.state

    @workflow.update(name=SUBMIT_ACT)
    async def submit_act(self, act: ActRef | Untrusted) -> ActAnswer:
        """Decide one act. Authority lies in the row that the id names."""
        if not isinstance(act, ActRef):
            message = "not sent by this service"
            raise ApplicationError(message, type=RefusalCode.UNKNOWN_ACT.value, non_retryable=True)
        await workflow.wait_condition(lambda: self._route is not None or self._returned)
        if self._route is None:
            return ActAnswer(accepted=False, refusal=RefusalCode.ENVELOPE_ENDED)
        return await self._decide(act)

    @submit_act.validator
    def _check_act(self, act: ActRef | Untrusted) -> None:
        """Refuse strangers before anything is written; a wrong number of payloads fails here too,
        where it refuses the update instead of blocking the workflow."""
        if not isinstance(act, ActRef):
            message = "not sent by this service"
            raise ApplicationError(message, type=RefusalCode.UNKNOWN_ACT.value, non_retryable=True)

    # -- the steps of the story ----------------------------------------------------------------

    async def _prepare(self) -> bool:
        """Base revisions with signature fields; False when the envelope returned to draft."""
        plan = await steps.rows(EnvelopeActivities.envelope_plan, self._envelope)
        if plan.opened_at or plan.unprepared:
            await self._begin_unhindered()
            self._route = Route.of(plan)
            self._to_sign = self._route.unsigned()
            following.take_over(self._route, self._telling)
            return True
        outcome = await steps.patiently(
            self._envelope,
            PreparationActivities.prepare_version,
            self._envelope,
            options.PREPARE,
            options.PATIENT_PREPARE,
        )
        if outcome.refusal is not None and plan.corrected_by is not None:
            self._route = Route.of(plan)
            await corrections.halt(self._route, outcome)
            return True
        if outcome.refusal is not None:
            await steps.rows(EnvelopeActivities.return_to_draft, self._envelope, outcome)
            self._returned = True
            return False
        self._route = Route.of(plan)
        return True

    async def _begin_unhindered(self) -> None:
        """What a step of the earlier workflow waited for is tried anew, and shown if it is still
        away. Envelopes that were under way showed it until their end, and beyond."""
        if not workflow.patched("taken-over-unhindered"):
            return
        for kind in HindranceKind:
            await steps.hinder(self._envelope, kind, "taken_over", begins=False)

    async def _collect_acts(self) -> None:
        """Stage after stage, until all are met or the envelope has ended."""
        route = self._known_route
        if route.stage is None and not route.ended and not route.plan.unprepared:
            await self._open_next_stage()
        while True:
            if not await self._settled():
                continue
            if route.ended:
                return
            if route.correcting is not None:
                await self._correct(route.correcting)
                continue
            if route.returning is not None:
                await self._return_to_stage(route.returning)
                continue
            if route.all_stages_met():
                route.start_completing()
                return
            if route.stage_is_met():
                await self._open_next_stage()
            elif not self._to_sign:
                self._continue_if_long()
                await self._wait_for_act_or_timer()

    async def _settled(self) -> bool:
        """Whether everything that was answered is in the rows, and its signatures are made."""
        if self._repeated:
            await self._decide(ActRef(act_id=self._repeated[0]))
            return False
        # A decision is in the rows before anything that follows from it.
        await workflow.wait_condition(lambda: self._recording == 0)
        await self._sign_accepted_acts()
        return not self._repeated

    async def _correct(self, act_id: UUID) -> None:
        """Version n+1 takes the place of n, and the route begins anew on it. What was accepted
        before it is signed on the old version by then."""
        if self._recording > 0:
            return
        route = self._known_route
        if await corrections.carry_out(self._envelope, route, act_id):
            await self._open_next_stage()
            ahead = route_versions.concerned_ahead(route)
            if ahead:
                self._telling.act(NoticeKind.CORRECTED, ahead, act_id)

    async def _return_to_stage(self, act_id: UUID) -> None:
        """Stages are asked anew from the one that it was sent back to; those before it stay."""
        route = self._known_route
        order = ReturnOrder(envelope_id=self._envelope.envelope_id, act_id=act_id)
        plan = await steps.rows(ReturnActivities.begin_round, order)
        route_returns.start_round(route, plan)
        await self._open_next_stage()
        later = route_returns.asked_later(route, act_id)
        if later:
            self._telling.act(NoticeKind.RETURNED, later, act_id)

    async def _conclude(self) -> None:
        """Archive what is complete, close what is not, and tell everybody."""
        route = self._known_route
        if route.state is EnvelopeState.COMPLETING:
            await steps.rows(EnvelopeActivities.project, route.snapshot())
            await steps.patiently(
                self._envelope,
                ArchivingActivities.archive_documents,
                self._envelope,
                options.SIGN,
                options.PATIENT_SIGN,
            )
            route.download_until = calendar.end_of_day(
                workflow.now(), route.plan.download_days, route.plan.zone
            )
            route.finish(EnvelopeState.DONE)
        ending = Ending(snapshot=route.snapshot(), act_id=route.ending_act_id, at=workflow.now())
        await steps.rows(EnvelopeActivities.end_envelope, ending)
        self._telling.ended(route)

    async def _await_download_end(self) -> None:
        until = self._known_route.download_until
        if until is None:
            return
        await workflow.sleep(max(until - workflow.now(), timedelta()), summary="download window")
        await steps.rows(EnvelopeActivities.close_download, self._envelope)

    # -- stages, timers ------------------------------------------------------------------------

    async def _open_next_stage(self) -> None:
        route = self._known_route
        stage = route.open_next_stage(workflow.now())
        if stage is None:
            return
        slot_ids = tuple(slot.slot_id for slot in stage.slots)
        opening = StageOpening(
            stage_id=stage.stage_id, slot_ids=slot_ids, snapshot=route.snapshot()
        )
        await steps.rows(EnvelopeActivities.open_stage, opening)
        if stage.gate:
            self._telling.gate(stage)
            return
        self._telling.asked(
            route, stage, [person for slot in route.asked for person in slot.plan.participant_ids]
        )

    async def _wait_for_act_or_timer(self) -> None:
        """Sleep until something is to be done; a timeout is an outcome, not an error."""
        route = self._known_route
        deadline = route.deadline_at + GRACE
        moment = min(route.next_reminder_at or deadline, deadline)
        try:
            await workflow.wait_condition(
                lambda: (
                    bool(self._to_sign)
                    or self._recording > 0
                    or route.ended
                    or route.stage_is_met()
                ),
                timeout=max(moment - workflow.now(), timedelta()),
                timeout_summary="deadline" if moment == deadline else "reminder",
            )
        except TimeoutError:
            # The deadline may have been moved while we slept.
            if workflow.now() >= route.deadline_at + GRACE:
                await self._last_call()
            else:
                await self._remind()

    async def _last_call(self) -> None:
        """The deadline is over: acts that were posted in time still count, then it expires."""
        route = self._known_route
        unanswered = await steps.rows(ActActivities.unanswered_acts, self._envelope)
        for act in unanswered:
            await self._decide(act)
        if self._to_sign or route.stage_is_met() or route.ended:
            return
        # Envelopes that were under way when this came expired here: their history says so.
        if self._goes_on() and workflow.patched("acts-in-time-go-on"):
            return
        route.expire()

    def _goes_on(self) -> bool:
        """What was posted in time moved the route or its deadline, or its answer is on its way into
        the rows, and a signature is made after it."""
        route = self._known_route
        moves = route.returning is not None or route.correcting is not None
        in_time = workflow.now() < route.deadline_at + GRACE
        return moves or in_time or self._recording > 0 or bool(self._repeated)

    async def _remind(self) -> None:
        """Everyone whose own day has come; a late wake-up makes one mail of several."""
        route = self._known_route
        now = workflow.now()
        by_place = route_reminders.due_by_place(route, now)
        gate = route_reminders.gate_due(route, now)
        due = route.remind(now)
        # Envelopes that were under way when this came remind all who share a place on one day: by
        # the record of what they did, there is a mail on that day and on no other.
        if due != by_place and not workflow.patched("remind-each-from-his-own-day"):
            due = by_place
        # Nobody was reminded at a gate before this came. An envelope whose deadline was moved in
        # the second in which it was over has woken at one and gone to sleep again.
        if gate is not None and not workflow.patched("remind-of-gates"):
            gate = None
        if not due and gate is None:
            return
        await steps.rows(EnvelopeActivities.project, route.snapshot())
        if due:
            self._telling.reminded(due, now)
        if gate is not None:
            self._telling.gate_again(now)

    def _continue_if_long(self) -> None:
        """Start a fresh history when the server asks for it, with nothing in flight."""
        if (
            workflow.info().is_continue_as_new_suggested()
            and not self._telling.busy
            and workflow.all_handlers_finished()
        ):
            workflow.continue_as_new(
                EnvelopeStart(envelope_id=self._envelope.envelope_id, carried=self._known_route)
            )

    # -- acts ----------------------------------------------------------------------------------

    async def _decide(self, act: ActRef) -> ActAnswer:
        """Facts from the rows, a verdict from the route, the answer into the rows."""
        # Envelopes that were under way decided at once. An answer in the rows whose workflow task
        # is lost afterwards would be forgotten here, and repeated by nobody: history comes first.
        if workflow.patched("history-before-answer"):
            await steps.without_end(ActActivities.anchor, act, options.ANCHOR)
        route = self._known_route
        question = ActQuestion(envelope=self._envelope, act=act, known=route.last_order())
        facts = await steps.rows(ActActivities.act_facts, question)
        if facts.refusal is RefusalCode.UNKNOWN_ACT:  # forged: nothing to answer, nothing to keep
            return ActAnswer(accepted=False, refusal=facts.refusal)
        self._repeat(facts.before)
        if act.act_id in route.verdicts and act.act_id not in self._repeated:
            return route.verdicts[act.act_id].answer
        # Envelopes that were under way refused an address before its turn, and go on as they did.
        ahead = facts.refusal is None and route_rules.corrects_ahead(route, facts)
        if ahead and not workflow.patched("address-ahead"):
            facts = facts.model_copy(update={"refusal": RefusalCode.NOT_ASKED_YET})
        # Envelopes that were under way refused one while they were sent back, likewise.
        paused = facts.refusal is None and route_rules.corrects_while_sent_back(route, facts)
        if paused and not workflow.patched("address-while-sent-back"):
            facts = facts.model_copy(update={"refusal": RefusalCode.SENT_BACK_NOW})
        # No await between the facts and what the verdict changes: acts have one linear order.
        verdict = route.decide(facts)
        self._pass_deputies_on(verdict, facts)
        decision = ActDecision(
            act_id=act.act_id,
            accepted=verdict.answer.accepted,
            refusal=verdict.answer.refusal,
            order=verdict.order,
            decided_at=workflow.now(),
            snapshot=route.snapshot(),
        )
        if act.act_id in self._repeated:
            self._repeated.remove(act.act_id)
        self._recording += 1
        try:
            await steps.rows(ActActivities.record_decision, decision)
        finally:
            self._recording -= 1
        if self._signs(verdict):
            self._to_sign.append(verdict)
        await following.follow_up(self._envelope, route, self._telling, facts, verdict)
        self._telling.late_refusal(facts, verdict)
        return verdict.answer

    def _repeat(self, answered: tuple[AnsweredAct, ...]) -> None:
        """The task that decided these was lost after it had written them: they come before what is
        decided now. What follows from them is done by their own handlers, or in `run`."""
        route = self._known_route
        for facts in route.repeat(answered):
            self._repeated.append(facts.act_id)
            self._pass_deputies_on(route.verdicts[facts.act_id], facts)

    def _pass_deputies_on(self, verdict: Verdict, facts: ActFacts) -> None:
        """Envelopes that were under way let both a deputy and the new person fill a place each."""
        route = self._known_route
        left = verdict.answer.accepted and route_effects.leaves_deputies(route, facts)
        if left and workflow.patched("deputies-follow-hand-over"):
            route_effects.follow_deputies(route, facts)

    def _signs(self, verdict: Verdict) -> bool:
        record = self._known_route.slots.get(verdict.slot_id) if verdict.slot_id else None
        return (
            verdict.answer.accepted
            and verdict.kind is ActKind.SIGN
            and record is not None
            and record.act_id == verdict.act_id
        )

    async def _sign_accepted_acts(self) -> None:
        """One act at a time, in the order in which they were accepted."""
        while self._to_sign:
            verdict = min(self._to_sign, key=lambda accepted: accepted.order)
            order = SignOrder(envelope_id=self._envelope.envelope_id, act_id=verdict.act_id)
            await steps.patiently(
                self._envelope,
                SigningActivities.sign_act,
                order,
                options.SIGN,
                options.PATIENT_SIGN,
            )
            self._to_sign.remove(verdict)
            if verdict.slot_id is not None:
                self._known_route.mark_done(verdict.slot_id)

    # -- effects -------------------------------------------------------------------------------

    @property
    def _envelope(self) -> EnvelopeRef:
        if self._start is None:
            raise AssertionError  # run refuses before anything asks for it
        return EnvelopeRef(envelope_id=self._start.envelope_id)

    @property
    def _telling(self) -> Telling:
        if self._mails is None:
            self._mails = Telling(self._envelope)
        return self._mails

    @property
    def _known_route(self) -> Route:
        if self._route is None:
            raise AssertionError  # set by _prepare before anything asks for it
        return self._route


def _is_for_this_workflow(start: object) -> TypeGuard[EnvelopeStart]:
    """A ciphertext of ours that was copied from another envelope's history starts nothing."""
    return isinstance(start, EnvelopeStart) and workflow.info().workflow_id == envelope_workflow_id(
        start.envelope_id
    )
