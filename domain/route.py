"""Route algebra: who may act now, what an act changes, and when a route has ended.

One mutable object per envelope, held by the workflow and carried through continue-as-new.
No clock, no effect: times come in as arguments. Whoever decides first decides for all:
`decide` runs without interruption, so acts have one linear order.

`route_state` is what is remembered, `route_rules` why an act is refused, `route_effects` what an
accepted one changes, `route_versions` what a correction does, `route_returns` what a sending back
to a stage does, `route_reminders` when people hear again.
"""

from datetime import datetime
from uuid import UUID

from domain import route_effects, route_reminders, route_rules
from domain.calendar import end_of_day
from domain.kinds import EnvelopeState, SlotState
from domain.messages import (
    ActAnswer,
    ActFacts,
    AnsweredAct,
    EnvelopePlan,
    Message,
    SlotSnapshot,
    Snapshot,
    StagePlan,
)
from domain.route_state import RouteState, SlotRecord, Verdict

__all__ = ["EnvelopeStart", "Route", "SlotRecord", "Verdict"]


class Route(RouteState):
    """One envelope's way: opened stage by stage, changed by acts and by time."""

    @classmethod
    def of(cls, plan: EnvelopePlan) -> "Route":
        """The route as far as rows say it came: at first, nobody has been asked yet."""
        slots = {
            slot.slot_id: SlotRecord(plan=slot) for stage in plan.stages for slot in stage.slots
        }
        rounds = len({stage.returned_by for stage in plan.stages} - {None})
        route = cls(plan=plan, slots=slots, sequence=plan.sequence, rounds=rounds)
        route._restore()
        return route

    def _restore(self) -> None:
        """Repeat what was answered before, as it was answered; nothing is decided again."""
        left = sorted(self.plan.answered, key=lambda act: (act.decided_at, act.order))
        if self.plan.unprepared:
            self.state = EnvelopeState.SENT_BACK
            for act in left:
                self._repeat(act)
        for position, opened_at in enumerate(self.plan.opened_at, start=1):
            self.open_next_stage(opened_at)
            next_at = next(iter(self.plan.opened_at[position:]), None)
            while left and (next_at is None or left[0].decided_at < next_at):
                self._repeat(left.pop(0))

    def _repeat(self, act: AnsweredAct) -> None:
        self.verdicts[act.facts.act_id] = Verdict(
            act_id=act.facts.act_id,
            kind=act.facts.kind,
            answer=ActAnswer(accepted=act.accepted, refusal=act.refusal),
            order=act.order,
            slot_id=act.facts.slot_id,
        )
        if not act.accepted:
            return
        route_effects.apply(self, act.facts)
        if act.carried_out and act.facts.slot_id is not None:
            self.mark_done(act.facts.slot_id)

    def open_next_stage(self, now: datetime) -> StagePlan | None:
        """Ask the slots of the next stage; None when there is no further stage."""
        if self.stage is not None:
            self.release(slot.slot_id for slot in self.stage.slots)
        self.stage_index += 1
        stage = self.stage
        if stage is None:
            return None
        self.state = EnvelopeState.RUNNING
        self.gate_reached_at = now if stage.gate else None
        self.stage_deadline_at = (
            end_of_day(now, stage.deadline_days, self.plan.zone) if stage.deadline_days else None
        )
        for slot in stage.slots:
            record = self.slots[slot.slot_id]
            record.state, record.asked_at = SlotState.ASKED, now
        self._plan_reminder()
        return stage

    def decide(self, facts: ActFacts) -> Verdict:
        """Accept or refuse one act. The same act always gets the same verdict."""
        earlier = self.verdicts.get(facts.act_id)
        if earlier is not None:
            return earlier
        refusal = facts.refusal or route_rules.objection(self, facts)
        verdict = Verdict(
            act_id=facts.act_id,
            kind=facts.kind,
            answer=ActAnswer(accepted=refusal is None, refusal=refusal),
            order=self.next_order(),
            slot_id=facts.slot_id,
        )
        self.verdicts[facts.act_id] = verdict
        if refusal is None:
            route_effects.apply(self, facts)
            self._plan_reminder()
        return verdict

    def repeat(self, answered: tuple[AnsweredAct, ...]) -> tuple[ActFacts, ...]:
        """Give answers of before once more, as they were given, so that whoever is decided now
        comes after them. Which of them were new here."""
        unknown = [act for act in answered if act.facts.act_id not in self.verdicts]
        for act in unknown:
            self._repeat(act)
            self._plan_reminder()
        return tuple(act.facts for act in unknown)

    def remind(self, now: datetime) -> tuple[UUID, ...]:
        """Whose reminder is due; the next one is planned from here on."""
        due = route_reminders.due(self, now)
        if self.state is EnvelopeState.SENT_BACK:
            return ()
        self.reminded_until = now
        self._plan_reminder()
        return due

    def mark_done(self, slot_id: UUID) -> None:
        """Every effect of the slot's act is stored and verified."""
        record = self.slots[slot_id]
        if record.state is SlotState.ACTED:
            record.state = SlotState.DONE

    def start_completing(self) -> None:
        """All stages are met: the archive timestamp and the hand-over come next."""
        self.state = EnvelopeState.COMPLETING

    def expire(self) -> None:
        """The deadline passed with slots unfilled."""
        self.finish(EnvelopeState.EXPIRED)

    def snapshot(self) -> Snapshot:
        """The visible state, numbered so that an older one never overwrites a newer one."""
        self.sequence += 1
        return Snapshot(
            envelope_id=self.plan.envelope_id,
            sequence=self.sequence,
            state=self.state,
            slots=tuple(
                SlotSnapshot(slot_id=slot_id, state=slot.state, asked_at=slot.asked_at)
                for slot_id, slot in self.slots.items()
            ),
            next_reminder_at=self.next_reminder_at,
            download_until=self.download_until,
            deadline_at=self.plan.deadline_at if self.extended else None,
            stage_id=self.stage.stage_id if self.stage and self.stage_deadline_at else None,
            stage_deadline_at=self.stage_deadline_at if self.stage else None,
        )

    def _plan_reminder(self) -> None:
        self.next_reminder_at = route_reminders.earliest(self)


class EnvelopeStart(Message):
    """Input of an envelope's workflow; `carried` is set when it continues as a new run."""

    envelope_id: UUID
    carried: Route | None = None
